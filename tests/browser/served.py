"""A server of the workbench in a process of its own: ``oko lab`` or ``oko dashboard``."""

import contextlib
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

TOKEN = "secret"
#: Seconds for what takes five on a quiet machine.
LONG = 120


#: A user's configuration that opens everything: what the commands say must win over it.
CONFIGURATION = """
c.ServerApp.ip = c.Voila.ip = "0.0.0.0"
c.ServerApp.allow_remote_access = True
c.ServerApp.token = c.IdentityProvider.token = c.PasswordIdentityProvider.token = c.Voila.token = ""
c.LabApp.extension_manager = "pypi"
# Tests may run as root, which a Jupyter server refuses unless told.
c.ServerApp.allow_root = True
# The helpers of these tests speak to JupyterLab itself: its commands have the same names in every language.
c.LabApp.expose_app_in_browser = True
"""


class Served:
    """A running server; its files of configuration, settings and logs lie in `homes`, none in the user's folders."""

    def __init__(self, command: str, root: Path, homes: Path):
        config = homes / "config"
        config.mkdir(parents=True)
        for name in ("jupyter_server_config.py", "voila.py"):
            (config / name).write_text(CONFIGURATION, encoding="utf-8")
        environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
            "JUPYTER_TOKEN": TOKEN,
            "JUPYTER_RUNTIME_DIR": str(homes / "runtime"),
            "JUPYTER_CONFIG_DIR": str(config),
            "JUPYTER_DATA_DIR": str(homes / "data"),
            "IPYTHONDIR": str(homes / "ipython"),
            "PYTHONUNBUFFERED": "1",
        }
        program = [sys.executable, "-c", "from oko_lib.cli import main; main()"]
        self.log = homes / "log.txt"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [*program, command, "--no-browser", "--root", str(root)],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=homes,
            )
        until = time.monotonic() + LONG
        while not self.answers():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.1)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def address(self) -> str | None:
        """Scheme, host and port, once the server has said them."""
        found = re.search(r"http://[^/\s]+:\d+", self.said())
        return found[0] if found else None

    def answers(self) -> bool:
        with contextlib.suppress(OSError):
            return self.address is not None and self.status("/login") > 0
        return False

    def status(self, path: str) -> int:
        """Return the status of an answer to somebody without the token; redirections are not followed."""
        opener = urllib.request.build_opener(_Stay)
        try:
            with opener.open(f"{self.address}{path}", timeout=LONG) as answer:
                return answer.status
        except urllib.error.HTTPError as answer:
            return answer.code

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None
