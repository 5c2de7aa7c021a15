"""Kernels that were started in advance: what Windows and macOS get."""

import os
import subprocess
import sys

import pytest
from lab_kernels import LONG, has_ended, wait_for

from oko_lib.lab.forking import ForkedKernel


@pytest.fixture(scope="module", autouse=True)
def warm(use_method):
    kept = use_method("spare")
    kept.start()
    return kept


#: A spare kernel but for most of the libraries, which take seconds of every one.
LIGHT = """
import sys
from oko_lib.lab import preload, spare_kernel
preload._LIBRARIES, preload._ROOMS = (), ()
sys.modules["oko_lib.batch.warm"] = None
spare_kernel.main()
"""


@pytest.fixture
def light(warm, monkeypatch):
    """Spares that import little; whole ones again afterwards."""
    from oko_lib.lab import spares

    launch = spares.launch_kernel
    command = [sys.executable, "-c", LIGHT]
    monkeypatch.setattr(spares, "launch_kernel", lambda usual, **options: launch(command, **options))
    warm.close()
    warm.start()
    yield
    warm.close()


def test_a_spare_becomes_the_kernel_and_another_takes_its_place(start, warm, tmp_path):
    spare = warm.reserve._spare
    kernel = start(env={**os.environ, "OKO_ROOT": str(tmp_path / "место"), "OKO_SAID": "да"}, cwd=str(tmp_path))
    assert kernel.process is spare
    assert not isinstance(kernel.process, ForkedKernel)
    assert kernel.value(
        "__import__('os').environ['OKO_ROOT'], __import__('os').environ['OKO_SAID'], __import__('os').getcwd(), "
        "'' in __import__('sys').path, 'statsmodels.api' in __import__('sys').modules"
    ) == (str(tmp_path / "место"), "да", str(tmp_path), True, True)
    answer = kernel.run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nNone")
    assert "image/png" in answer.pictures
    assert kernel.value("__import__('pandas').get_option('display.max_columns')") == 20
    assert warm.reserve._spare.poll() is None

    busy = "import time\nwhile True: time.sleep(0.01)"
    assert kernel.interrupted(busy, kernel.manager.interrupt_kernel) == "KeyboardInterrupt"

    former, next_one = kernel.pid, warm.reserve._spare
    kernel.manager.restart_kernel()
    kernel.client.wait_for_ready(timeout=LONG)
    assert kernel.process is next_one
    assert has_ended(former)
    assert kernel.value("'answer' in dir(), 'plt' in dir()") == (False, False)

    process = kernel.process
    kernel.client.execute("import os; os._exit(3)")
    assert wait_for(lambda: not kernel.manager.is_alive())
    assert process.poll() == 3


def test_a_spare_with_other_code_or_dead_is_not_used(start, warm, light, monkeypatch):
    from oko_lib.lab import spares

    warm.start()
    spare = warm.reserve._spare
    monkeypatch.setattr(spares, "fingerprint", lambda: "изменилось")
    kernel = start()
    assert kernel.process is not spare
    assert spare.poll() is not None
    fresh = warm.reserve._spare
    assert fresh is not spare
    fresh.kill()
    fresh.wait()
    assert start().process is not fresh
    assert isinstance(warm.reserve._spare, subprocess.Popen)


def test_a_variable_read_at_start_gets_an_ordinary_kernel(start, warm, light):
    warm.start()
    spare = warm.reserve._spare
    kernel = start(env={**os.environ, "PYTHONHASHSEED": "7"})
    assert kernel.process is not spare
    assert warm.reserve._spare is spare


def test_closing_ends_the_spare(warm):
    warm.start()
    pid = warm.reserve._spare.pid
    warm.close()
    assert has_ended(pid)
