"""Which kernels the workbench offers, and which requests a warm process can meet."""

import json
import sys

import pytest
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.provisioning import KernelProvisionerFactory

from oko_lib.lab.kernelspec import PLAIN, USUAL, OkoKernelSpecManager
from oko_lib.lab.messages import Decoder, encode
from oko_lib.lab.request import KernelRequest, early_variables

COMMAND = [sys.executable, "-m", "ipykernel_launcher", "-f", "file.json"]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "kernels"


@pytest.fixture
def manager(folder):
    folder.mkdir()
    return OkoKernelSpecManager(kernel_dirs=[str(folder)])


def install(folder, name, **content):
    (folder / name).mkdir()
    spec = {"argv": ["python", *COMMAND[1:4], "{connection_file}"], "display_name": name, "language": "python"}
    (folder / name / "kernel.json").write_text(json.dumps({**spec, **content}))


def test_the_kernel_that_notebooks_name_starts_warm(manager):
    specs = {name: item["spec"] for name, item in manager.get_all_specs().items()}
    assert set(specs) == {USUAL, PLAIN}
    assert specs[USUAL]["display_name"] == "ОКО (Python 3)"
    assert specs[USUAL]["metadata"]["kernel_provisioner"] == {"provisioner_name": "oko-warm"}
    assert specs[USUAL]["metadata"]["debugger"]
    assert "kernel_provisioner" not in specs[PLAIN]["metadata"]
    assert specs[USUAL]["argv"] == specs[PLAIN]["argv"]


def test_other_kernels_are_as_they_were(manager, folder):
    install(folder, "own")
    assert (
        manager.get_kernel_spec("own").to_dict()
        == KernelSpecManager(kernel_dirs=[str(folder)]).get_kernel_spec("own").to_dict()
    )
    with pytest.raises(NoSuchKernel):
        manager.get_kernel_spec("none")


@pytest.mark.parametrize(
    "content",
    [
        {"argv": ["/other/bin/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]},
        {"argv": ["python", "-m", "xpython", "-f", "{connection_file}"]},
        {"metadata": {"kernel_provisioner": {"provisioner_name": "local-provisioner"}}},
    ],
    ids=["interpreter", "kernel", "provisioner"],
)
def test_a_python3_of_the_users_own_is_left_alone(manager, folder, content):
    install(folder, USUAL, **content)
    assert set(manager.get_all_specs()) == {USUAL}
    assert manager.get_kernel_spec(USUAL).display_name == USUAL


def test_without_the_provisioner_the_kernel_is_an_ordinary_one(manager, monkeypatch):
    """The package was installed before there was a provisioner."""
    available = KernelProvisionerFactory.is_provisioner_available
    monkeypatch.setattr(
        KernelProvisionerFactory,
        "is_provisioner_available",
        lambda self, spec: available(self, spec) and "oko" not in str(spec.metadata),
    )
    assert set(manager.get_all_specs()) == {USUAL}
    assert "kernel_provisioner" not in manager.get_kernel_spec(USUAL).metadata


def test_allowed_kernels_are_respected(folder):
    folder.mkdir()
    assert set(OkoKernelSpecManager(kernel_dirs=[str(folder)], allowed_kernelspecs={USUAL}).get_all_specs()) == {USUAL}


def test_a_usual_request_is_understood(tmp_path):
    request = KernelRequest.of(COMMAND, {"env": {"A": "б"}, "cwd": str(tmp_path), "kernel_id": "1"})
    assert request == KernelRequest(["-f", "file.json"], {"A": "б"}, str(tmp_path))
    assert KernelRequest.from_json(json.loads(encode(request.to_json()))) == request


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ([sys.executable, "-m", "xpython"], {}),
        ([sys.executable, "ipykernel_launcher"], {}),
        (["ipykernel_launcher"], {}),
        (COMMAND, {"stdout": 5}),
        (COMMAND, {"cwd": "/no/such/folder"}),
        (COMMAND, {"independent": True}),
    ],
)
def test_an_unusual_request_is_left_to_jupyter(command, options):
    assert KernelRequest.of(command, options) is None


def test_variables_that_come_too_late_for_a_running_process():
    given = {
        "PYTHONPATH": "a",
        "OMP_NUM_THREADS": "1",
        "LC_ALL": "C",
        "OKO_ROOT": "b",
        "TZ": "c",
        "PYTHONEXECUTABLE": "d",
    }
    assert early_variables(given) == {"PYTHONPATH": "a", "OMP_NUM_THREADS": "1", "LC_ALL": "C"}


def test_messages_come_whole_however_they_are_cut():
    line = encode({"имя": "да\nнет\udc80"})
    decoder = Decoder()
    heard = []
    for byte in line + line[:-1]:
        heard += decoder.feed(bytes([byte]))
    assert heard == [{"имя": "да\nнет\udc80"}]
    assert not decoder.is_between
    assert decoder.feed(b"\n") == heard
    assert decoder.is_between
