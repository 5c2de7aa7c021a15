"""The real server behind ``oko lab``."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest
from jupyter_client.blocking import BlockingKernelClient
from lab_kernels import LONG, Kernel, has_ended, needs_fork, wait_for

TOKEN = "secret"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Lab:
    """A server and its REST interface."""

    def __init__(self, root):
        self.runtime = root / "runtime"
        self.log = root / "log.txt"
        environment = {
            **{name: value for name, value in os.environ.items() if name not in ("PYTEST_CURRENT_TEST", "OKO_KERNELS")},
            "JUPYTER_TOKEN": TOKEN,
            "JUPYTER_RUNTIME_DIR": str(self.runtime),
            "JUPYTER_CONFIG_DIR": str(root / "config"),
            "JUPYTER_DATA_DIR": str(root / "data-dir"),
            "IPYTHONDIR": str(root / "ipython"),
        }
        command = [sys.executable, "-c", "from oko_lib.cli import main; main()"]
        command += ["lab", "--no-browser", "--root", str(root), f"--port={free_port()}"]
        with open(self.log, "w") as log:
            # Tests may run as root, which a Jupyter server refuses unless told.
            (root / "config").mkdir()
            (root / "config" / "jupyter_server_config.py").write_text("c.ServerApp.allow_root = True\n")
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=root)
        assert wait_for(lambda: self.process.poll() is not None or self.answers()), self.said()
        assert self.process.poll() is None, self.said()

    def said(self):
        return self.log.read_text(errors="replace")

    def address(self):
        found = re.search(r"http://[^/]+:\d+", self.said())
        return found[0] if found else None

    def answers(self):
        with contextlib.suppress(OSError):
            return self.address() and self.ask("GET", "status")

    def ask(self, method, address, **content):
        request = urllib.request.Request(
            f"{self.address()}/api/{address}",
            method=method,
            data=json.dumps(content).encode() if content else None,
            headers={"Authorization": f"token {TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=LONG) as answer:
            said = answer.read()
        return json.loads(said) if said else None

    def client(self, kernel_id):
        until = time.monotonic() + LONG
        while True:
            client = BlockingKernelClient(connection_file=str(self.runtime / f"kernel-{kernel_id}.json"))
            client.load_connection_file()
            client.start_channels()
            try:
                client.wait_for_ready(timeout=LONG)
            except RuntimeError:
                # It takes a kernel whose heart does not beat yet for dead.
                client.stop_channels()
                assert time.monotonic() < until
            else:
                return Kernel(None, client)

    def fork_servers(self):
        children = psutil.Process(self.process.pid).children()
        return [child for child in children if "oko_lib.lab.fork_server" in child.cmdline()]


@pytest.fixture
def lab(tmp_path):
    (tmp_path / "notebooks").mkdir()
    lab = Lab(tmp_path)
    yield lab
    with contextlib.suppress(OSError):
        lab.process.kill()
    lab.process.wait()


def session_off(lab, warm):
    """Begin a session with a kernel forked off the warm process; while it still imports, kernels are ordinary ones."""
    place = {"path": "notebooks/a.ipynb", "type": "notebook", "name": ""}
    until = time.monotonic() + LONG
    while True:
        session = lab.ask("POST", "sessions", **place, kernel={"name": "python3"})
        if warm.children() or time.monotonic() > until:
            return session["kernel"]["id"]
        lab.ask("DELETE", f"sessions/{session['id']}")
        time.sleep(1)


@needs_fork
def test_a_notebook_of_the_working_place_gets_a_warm_kernel(lab, tmp_path):
    specs = lab.ask("GET", "kernelspecs")
    assert specs["default"] == "python3"
    assert specs["kernelspecs"]["python3"]["spec"]["display_name"] == "ОКО (Python 3)"

    [warm] = lab.fork_servers()
    # Imports under way; here only because the test wants to see a fork.
    wait_for(lambda: warm.cpu_percent(interval=1.0) < 5)
    number = session_off(lab, warm)
    kernel = lab.client(number)
    pid = kernel.value("__import__('os').getpid()")
    assert kernel.value(
        "__import__('os').getppid(), __import__('os').environ['OKO_ROOT'], __import__('os').getcwd(), "
        "'seaborn' in __import__('sys').modules"
    ) == (warm.pid, str(tmp_path), str(tmp_path / "notebooks"), True)

    said = kernel.interrupted("import time; time.sleep(600)", lambda: lab.ask("POST", f"kernels/{number}/interrupt"))
    assert said == "KeyboardInterrupt"

    lab.ask("POST", f"kernels/{number}/restart")
    assert has_ended(pid)
    kernel.client.stop_channels()
    kernel = lab.client(number)
    second = kernel.value("__import__('os').getpid()")
    assert psutil.Process(second).ppid() == warm.pid

    # A kernel that dies is started again by the server.
    kernel.client.execute("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    kernel.client.stop_channels()
    assert wait_for(lambda: has_ended(second) and warm.children())
    kernel = lab.client(number)
    third = kernel.value("__import__('os').getpid()")
    assert psutil.Process(third).ppid() == warm.pid
    kernel.client.stop_channels()

    with contextlib.suppress(OSError):
        lab.ask("POST", "shutdown")
    assert lab.process.wait(timeout=LONG) == 0, lab.said()
    for gone in (third, warm.pid):
        assert wait_for(lambda gone=gone: not psutil.pid_exists(gone) or psutil.Process(gone).status() == "zombie")
    assert "Traceback" not in lab.said()


@needs_fork
def test_a_terminated_server_leaves_nothing(lab):
    kernel = lab.client(lab.ask("POST", "kernels", name="python3")["id"])
    pids = [kernel.value("__import__('os').getpid()"), *(item.pid for item in lab.fork_servers())]
    lab.process.send_signal(signal.SIGTERM)
    lab.process.wait(timeout=LONG)
    for gone in pids:
        assert wait_for(lambda gone=gone: not psutil.pid_exists(gone) or psutil.Process(gone).status() == "zombie")
