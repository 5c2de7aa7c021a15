"""JupyterLab in this process, with its kernels warming up while it starts."""

from __future__ import annotations


def serve(arguments: list[str]) -> None:
    """Run JupyterLab with `arguments` until it is shut down."""
    from oko_lib.lab.warm import warmth

    warmth().start()
    from jupyterlab.labapp import LabApp

    manager = "oko_lib.lab.kernelspec.OkoKernelSpecManager"
    LabApp.launch_instance(argv=[f"--ServerApp.kernel_spec_manager_class={manager}", *arguments])
