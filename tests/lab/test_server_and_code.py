"""Servers that are killed, code that changes: both in processes of their own."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from lab_kernels import has_ended, needs_fork, wait_for

import oko_lib
from oko_lib.lab.sources import fingerprint

HERE = Path(__file__).parent

#: Starts kernels and tells of them; then does as it is told, one line at a time.
SERVER = """
import json, os, sys, time
sys.path.insert(0, sys.argv[1])
from jupyter_client.manager import KernelManager
from lab_kernels import LONG, Kernel
from oko_lib.lab.kernelspec import OkoKernelSpecManager
from oko_lib.lab.warm import warmth

def tell(**said):
    print(json.dumps(said), flush=True)

warm = warmth()
warm.start()
if warm.warm is not None:
    warm.warm.wait_until_warm(LONG)
kernels = []
tell(warm=warm.warm.process.pid if warm.warm else warm.reserve._spare.pid)
for line in sys.stdin:
    word, _, rest = line.strip().partition(" ")
    if word == "start":
        manager = KernelManager(kernel_name="python3", kernel_spec_manager=OkoKernelSpecManager())
        manager.start_kernel()
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=LONG)
        kernels.append(Kernel(manager, client))
        tell(pid=kernels[-1].pid, kind=type(kernels[-1].process).__name__)
    elif word == "busy":
        kernels[-1].client.execute("while True: pass")
        tell(busy=True)
    elif word == "value":
        number, _, code = rest.partition(" ")
        tell(value=kernels[int(number)].run(code).result)
    elif word == "state":
        warm.warm and warm.warm.wait_until_warm(float(rest))
        tell(state=warm.warm and warm.warm.state, spare=warm.reserve and warm.reserve._spare.pid)
"""

#: Which libraries are imported beforehand is no matter here, and every warm process would take seconds for them.
FEWER_IMPORTS = """
_LIBRARIES = tuple(name for name in _LIBRARIES if name.startswith(("ipykernel.", "IPython.")))
_ROOMS = ("tables",)
sys.modules["oko_lib.batch.warm"] = None
"""


class Server:
    """A process that keeps kernels warm, with a package of its own."""

    def __init__(self, folder: Path, method: str) -> None:
        self.package = folder / "code" / "oko_lib"
        # Times of files are kept, so that what is compiled already stays in force.
        shutil.copytree(Path(oko_lib.__file__).parent, self.package)
        with open(self.package / "lab" / "preload.py", "a", encoding="utf-8") as file:
            file.write(FEWER_IMPORTS)
        environment = {
            **os.environ,
            "OKO_KERNELS": method,
            "PYTHONPATH": str(self.package.parent),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "IPYTHONDIR": str(folder / "ipython"),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(HERE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=environment,
            cwd=folder,
        )
        self.warm = self.heard()["warm"]

    def heard(self):
        return json.loads(self.process.stdout.readline())

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.heard()

    def kill(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def serve(tmp_path):
    servers = []

    def start(method):
        servers.append(Server(tmp_path, method))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


@pytest.mark.parametrize("method", [pytest.param("fork", marks=needs_fork), "spare"])
def test_nothing_outlives_a_killed_server(serve, method):
    server = serve(method)
    pids = [server.ask("start")["pid"], server.ask("start")["pid"]]
    server.ask("busy")
    spare = server.ask("state 0")["spare"]
    server.kill()
    for pid in filter(None, [*pids, server.warm, spare]):
        assert wait_for(lambda pid=pid: has_ended_or_waits_for_the_system(pid)), pid


def has_ended_or_waits_for_the_system(pid):
    import psutil

    try:
        return has_ended(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@needs_fork
def test_changed_code_is_in_the_next_kernel_and_kernels_at_work_go_on(serve):
    server = serve("fork")
    assert server.ask("start")["kind"] == "ForkedKernel"
    assert server.ask("value 0 'oko_lib.tables' in __import__('sys').modules")["value"] == "True"
    probe = "getattr(__import__('oko_lib.tables', fromlist=['x']), 'SAID', None)"
    assert server.ask(f"value 0 {probe}")["value"] == ""
    with open(server.package / "tables" / "__init__.py", "a", encoding="utf-8") as file:
        file.write("\nSAID = 'новое'\n")
    assert server.ask("start")["kind"] == "Popen"
    assert server.ask(f"value 1 {probe}")["value"] == "'новое'"

    # The warm process has started itself anew, and is still the first kernel's parent.
    assert wait_for(lambda: server.ask("state 5")["state"] == "ready")
    assert server.ask("start")["kind"] == "ForkedKernel"
    assert server.ask(f"value 2 {probe}")["value"] == "'новое'"
    assert server.ask("value 0 __import__('os').getppid()")["value"] == str(server.warm)
    assert server.ask("value 2 __import__('os').getppid()")["value"] == str(server.warm)

    # Code that cannot be imported: ordinary kernels, and warm ones again once it is mended.
    broken = server.package / "lab" / "preload.py"
    whole = broken.read_text(encoding="utf-8")
    broken.write_text(whole + "\n(", encoding="utf-8")
    assert server.ask("start")["kind"] == "Popen"
    assert wait_for(lambda: server.ask("state 5")["state"] == "failed")
    assert server.ask("start")["kind"] == "Popen"
    assert server.ask("value 0 1 + 1")["value"] == "2"
    broken.write_text(whole, encoding="utf-8")
    assert wait_for(lambda: server.ask("state 5")["state"] == "ready")
    assert server.ask("start")["kind"] == "ForkedKernel"
    os.kill(server.ask("start")["pid"], signal.SIGKILL)


def test_the_fingerprint_sees_every_change(tmp_path):
    package = tmp_path / "package"
    (package / "inner" / "__pycache__").mkdir(parents=True)
    (package / "inner" / "one.py").write_text("a = 1")
    seen = [fingerprint(package)]
    (package / "inner" / "__pycache__" / "one.pyc").write_text("x")
    assert fingerprint(package) == seen[0]
    (package / "inner" / "one.py").write_text("a = 12")
    seen.append(fingerprint(package))
    os.utime(package / "inner" / "one.py", (1, 1))
    seen.append(fingerprint(package))
    (package / "two.lua").write_text("")
    seen.append(fingerprint(package))
    (package / "two.lua").unlink()
    (package / "inner" / "one.py").rename(package / "one.py")
    seen.append(fingerprint(package))
    assert len(set(seen)) == len(seen)
