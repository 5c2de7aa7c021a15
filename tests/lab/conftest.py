"""Real kernels, started as JupyterLab starts them."""

import os

import pytest
from jupyter_client.manager import KernelManager
from lab_kernels import LONG, Kernel

from oko_lib.lab import warm
from oko_lib.lab.kernelspec import OkoKernelSpecManager


@pytest.fixture(scope="session", autouse=True)
def quiet_homes(tmp_path_factory):
    """Kernels of tests leave no traces in the user's folders."""
    patch = pytest.MonkeyPatch()
    patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
    patch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    yield
    patch.undo()


@pytest.fixture
def start():
    """Start kernels; all are shut down afterwards."""
    kernels = []

    def start_kernel(name="python3", **options):
        manager = KernelManager(kernel_name=name, kernel_spec_manager=OkoKernelSpecManager())
        kept = warm.warmth().warm
        if kept is not None:
            kept.wait_until_warm(LONG)
        # Where it is set, kernels leave alone what libraries print below Python.
        environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
        manager.start_kernel(**{"env": environment, **options})
        client = manager.client()
        client.start_channels()
        kernel = Kernel(manager, client)
        kernels.append(kernel)
        client.wait_for_ready(timeout=LONG)
        return kernel

    yield start_kernel
    for kernel in kernels:
        kernel.client.stop_channels()
        kernel.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def use_method():
    """Make this process keep kernels warm by another method; put back afterwards."""
    patch = pytest.MonkeyPatch()

    def use(method):
        warm.close()
        patch.setenv(warm.METHOD_VARIABLE, method)
        return warm.warmth()

    yield use
    warm.close()
    patch.undo()
