"""A running kernel and what comes of its cells."""

import os
import sys
import time
from dataclasses import dataclass, field

import psutil
import pytest
from jupyter_client.manager import KernelManager

#: Seconds for what takes one on a quiet machine.
LONG = 120


@dataclass
class Answer:
    """What came of a cell."""

    status: str = ""
    stdout: str = ""
    stderr: str = ""
    result: str = ""
    error: str = ""
    pictures: list[str] = field(default_factory=list)


@dataclass
class Kernel:
    """A running kernel and its client."""

    manager: KernelManager
    client: object

    @property
    def pid(self) -> int:
        return self.manager.provisioner.pid

    @property
    def process(self):
        return self.manager.provisioner.process

    def run(self, code, timeout=LONG) -> Answer:
        answer = Answer()

        def hear(message):
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                setattr(answer, content["name"], getattr(answer, content["name"]) + content["text"])
            elif kind == "execute_result":
                answer.result = content["data"]["text/plain"]
            elif kind == "display_data":
                answer.pictures.extend(content["data"])
            elif kind == "error":
                answer.error = content["ename"]

        answer.status = self.client.execute_interactive(code, output_hook=hear, timeout=timeout)["content"]["status"]
        return answer

    def value(self, expression):
        answer = self.run(expression)
        assert answer.status == "ok", answer
        return eval(answer.result or "None")

    def interrupted(self, busy, interrupt) -> str | None:
        """How a cell ends that is interrupted after it has begun."""
        request = self.client.execute("print('начато')\n" + busy)
        self._answer_to(request, self.client.get_iopub_msg, "stream")
        interrupt()
        return self._answer_to(request, self.client.get_shell_msg, "execute_reply")["content"].get("ename")

    def _answer_to(self, request, receive, kind):
        # A kernel asked twice whether it is ready answers twice; the second answer may lie here yet.
        until = time.monotonic() + LONG
        while time.monotonic() < until:
            message = receive(timeout=LONG)
            if message["msg_type"] == kind and message["parent_header"].get("msg_id") == request:
                return message
        raise TimeoutError(kind)

    def reconnect(self):
        self.client.stop_channels()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=LONG)


def has_ended(pid) -> bool:
    """No such process any more, not even a zombie."""
    return not psutil.pid_exists(pid)


def wait_for(condition, timeout=LONG):
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return False


needs_fork = pytest.mark.skipif(
    not hasattr(os, "fork") or sys.platform == "darwin", reason="kernels are not forked on this system"
)
