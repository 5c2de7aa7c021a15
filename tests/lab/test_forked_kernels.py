"""Kernels forked off a process that has everything imported."""

import os
import signal
import time

import psutil
import pytest
from lab_kernels import LONG, has_ended, needs_fork, wait_for

from oko_lib.lab import provisioner
from oko_lib.lab.forking import ForkedKernel
from oko_lib.lab.warm import warmth

pytestmark = needs_fork

LIBRARIES = ("pandas", "seaborn", "statsmodels.api", "ipywidgets", "duckdb", "oko_lib.report", "ipykernel.debugger")


@pytest.fixture(scope="module", autouse=True)
def warm(use_method):
    kept = use_method("fork")
    kept.start()
    assert kept.warm.wait_until_warm(LONG), kept.warm.refusal
    return kept


def test_a_kernel_has_everything_imported_and_is_a_fork_of_the_warm_process(start, warm):
    kernel = start()
    assert isinstance(kernel.process, ForkedKernel)
    assert kernel.value("__import__('os').getppid()") == warm.warm.process.pid
    assert kernel.value("__import__('os').getpid()") == kernel.pid
    assert kernel.value(f"[name for name in {LIBRARIES} if name not in __import__('sys').modules]") == []


def test_environment_and_folder_are_those_of_the_request(start, tmp_path):
    environment = {**os.environ, "OKO_ROOT": str(tmp_path / "место"), "OKO_SAID": "да", "TZ": "Asia/Kamchatka"}
    kernel = start(env=environment, cwd=str(tmp_path))
    said = kernel.value(
        "__import__('os').environ['OKO_ROOT'], __import__('os').environ['OKO_SAID'], "
        "__import__('os').environ.get('JPY_PARENT_PID'), __import__('os').getcwd(), __import__('time').timezone"
    )
    assert said == (str(tmp_path / "место"), "да", str(os.getpid()), str(tmp_path), -12 * 3600)
    root = kernel.value("str(__import__('oko_lib.settings.workspace', fromlist=['Workspace']).Workspace.at().root)")
    assert root == str(tmp_path / "место")
    other = start()
    assert other.value("__import__('os').environ.get('OKO_SAID')") is None


def test_kernels_do_not_see_each_other(start):
    first, second = start(), start()
    first.run("import pandas as pd, oko_lib.report as r; pd.set_option('display.max_rows', 7); r.mine = 1; x = 5")
    first.run("import warnings, os; warnings.simplefilter('error'); os.environ['MINE'] = '1'")
    probe = (
        "import pandas as pd, oko_lib.report as r, os\n"
        "pd.get_option('display.max_rows'), hasattr(r, 'mine'), 'x' in dir(), 'MINE' in os.environ"
    )
    assert first.value(probe) == (7, True, True, True)
    assert second.value(probe) == (60, False, False, False)
    assert start().value(probe) == (60, False, False, False)


def test_chance_numbers_differ_among_kernels(start):
    draw = "import numpy as np, random\n(np.random.random(), random.random())"
    first, second = start().value(draw), start().value(draw)
    assert first[0] != second[0]
    assert first[1] != second[1]


#: What a notebook could notice, after the same imports.
STATE = """
import sys, os, warnings, logging, locale, gc, signal, decimal
import pandas as pd, matplotlib as mpl, matplotlib.pyplot as plt, numpy as np, seaborn, statsmodels.api
import oko_lib.report
from matplotlib_inline.config import InlineBackend
state = dict(
    names=sorted(name for name in dir() if name[0] != "_"),
    rc={key: str(value) for key, value in mpl.rcParams.items() if key != "backend"},
    backend=mpl.get_backend().rpartition("backend_")[2],
    interactive=mpl.is_interactive(),
    figures=plt.get_fignums(),
    formats=str(InlineBackend.instance().figure_formats),
    pandas={key: str(pd.get_option(key)) for key in pd._config.config._registered_options},
    numpy=np.get_printoptions(),
    decimal=decimal.getcontext().prec,
    path=sys.path,
    argv=[os.path.basename(word) for word in sys.argv[:2]],
    flags=str(sys.flags),
    options=sys._xoptions,
    warned={(kind, str(message), category.__name__, str(module), line)
            for kind, message, category, module, line in warnings.filters},
    logging=(logging.getLogger().level, len(logging.getLogger().handlers)),
    locale=locale.setlocale(locale.LC_ALL),
    streams=(sys.stdout.encoding, type(sys.stdout).__name__, sys.stdin.isatty()),
    signals=[str(signal.getsignal(n)) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE)],
    hooks=(sys.excepthook.__qualname__, sys.displayhook.__class__.__name__),
    collector=(gc.isenabled(), gc.get_threshold()),
    recursion=sys.getrecursionlimit(),
    slow=sys.modules.get("rfc3987_syntax", 0) is None,
)
"""


def test_a_kernel_is_left_as_an_ordinary_one_would_be(start, tmp_path):
    """A batch's trial figure and trial shell leave no trace."""
    states = {}
    for name in ("python3", "python3-plain"):
        kernel = start(name, cwd=str(tmp_path))
        assert kernel.run(STATE).status == "ok"
        states[name] = {key: kernel.value(f"state[{key!r}]") for key in kernel.value("list(state)")}
    ours, ordinary = states["python3"], states["python3-plain"]
    # What is imported beforehand adds rules on warnings of its own.
    assert ours.pop("warned") >= ordinary.pop("warned")
    assert {key: (ours[key], ordinary[key]) for key in ours if ours[key] != ordinary[key]} == {}


def test_figures_are_drawn_inline(start):
    kernel = start()
    answer = kernel.run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nNone")
    assert "image/png" in answer.pictures, answer
    assert not kernel.run("None").pictures


def test_another_backend_is_respected(start):
    kernel = start(env={**os.environ, "MPLBACKEND": "agg"})
    answer = kernel.run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nNone")
    assert answer.status == "ok"
    assert not answer.pictures
    assert kernel.value("__import__('matplotlib').get_backend().lower()") == "agg"


def test_commands_and_what_libraries_print_are_the_kernels_own(start):
    first, second = start(), start()
    for kernel, other in ((first, second), (second, first)):
        above = f"!echo оболочка {kernel.pid}\nprint('печать {kernel.pid}')\n"
        below = f"import os, time\nos.system('echo низ {kernel.pid}')\ntime.sleep(0.5)"
        said = kernel.run(above + below).stdout
        assert all(f"{word} {kernel.pid}" in said for word in ("оболочка", "печать", "низ")), said
        assert str(other.pid) not in said


def test_widgets_and_completion(start):
    kernel = start()
    answer = kernel.run("import ipywidgets\ndisplay(ipywidgets.IntSlider())")
    assert "application/vnd.jupyter.widget-view+json" in answer.pictures
    reply = kernel.client.complete("import pand", 11, reply=True, timeout=LONG)
    assert "pandas" in reply["content"]["matches"]


def test_the_debugger_starts(start):
    kernel = start()
    message = kernel.client.session.msg(
        "debug_request",
        {"type": "request", "seq": 1, "command": "initialize", "arguments": {"clientID": "t", "adapterID": ""}},
    )
    kernel.client.control_channel.send(message)
    reply = kernel.client.get_control_msg(timeout=LONG)
    assert reply["content"]["success"], reply


@pytest.mark.parametrize("busy", ["import time; time.sleep(600)", "while True: pass"], ids=["sleep", "loop"])
def test_interrupt(start, busy):
    kernel = start()
    assert kernel.interrupted(busy, kernel.manager.interrupt_kernel) == "KeyboardInterrupt"
    # What came in meanwhile would be dropped, as in any kernel.
    assert wait_for(lambda: kernel.run("1 + 1").result == "2")


def test_restart_gives_a_fresh_kernel(start):
    kernel = start()
    kernel.run("x = 5")
    former = kernel.pid
    kernel.manager.restart_kernel()
    kernel.client.wait_for_ready(timeout=LONG)
    assert kernel.pid != former
    assert isinstance(kernel.process, ForkedKernel)
    assert has_ended(former)
    assert kernel.value("'x' in dir()") is False


@pytest.mark.parametrize(
    ("code", "expected"),
    [("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV), ("import os; os._exit(3)", 3)],
)
def test_death_is_seen_with_its_cause_and_leaves_no_zombie(start, code, expected):
    kernel = start()
    process = kernel.process
    kernel.client.execute(code)
    assert wait_for(lambda: not kernel.manager.is_alive())
    assert process.poll() == expected
    assert has_ended(kernel.pid)
    kernel.manager.restart_kernel()
    kernel.reconnect()
    assert kernel.value("1 + 1") == 2


def test_a_request_the_dead_kernel_did_not_hear_does_not_end_its_successor(start, monkeypatch):
    # Jupyter's manager goes on sending for 0.1 s; drawn out, what would happen rarely happens nearly every time.
    monkeypatch.setattr(provisioner, "_UNHEARD", 1.2)
    kernel = start()
    for _ in range(2):
        kernel.client.execute("import os; os._exit(3)")
        assert wait_for(lambda: not kernel.manager.is_alive())
        kernel.manager._control_socket.linger = 500
        kernel.manager.restart_kernel()
        kernel.reconnect()
        assert kernel.value("1 + 1") == 2


def test_shutdown_leaves_nothing(start):
    kernel = start()
    process = kernel.process
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel()
    assert process.poll() == 0
    assert has_ended(kernel.pid)


def test_a_kernel_is_killed_with_what_it_has_started(start):
    kernel = start()
    kernel.run("import subprocess; child = subprocess.Popen(['sleep', '600'])")
    child, process = psutil.Process(kernel.value("child.pid")), kernel.process
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel(now=True)
    assert process.poll() == -signal.SIGKILL
    assert has_ended(kernel.pid)
    # Nobody but the system can bury an orphan.
    assert wait_for(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_a_kernel_compiles_typst_and_reads_a_delta_table(start, tmp_path):
    """Both are refused or hang in a fork of a process that has used them."""
    import deltalake
    import pandas as pd

    deltalake.write_deltalake(str(tmp_path / "t"), pd.DataFrame({"a": [1, 2]}))
    kernel = start()
    kernel.run(f"import deltalake, typst; table = deltalake.DeltaTable({str(tmp_path / 't')!r})")
    assert kernel.value("len(table.to_pandas()), typst.compile(b'= A')[:4]") == (2, b"%PDF")


def test_a_variable_read_at_start_gets_an_ordinary_kernel(start):
    kernel = start(env={**os.environ, "PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "1"})
    assert not isinstance(kernel.process, ForkedKernel)
    assert kernel.value("__import__('sys').flags.hash_randomization, __import__('os').environ['PYTHONHASHSEED']") == (
        1,
        "7",
    )


def test_matplotlib_settings_in_the_folder_get_an_ordinary_kernel(start, tmp_path):
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 7\n")
    kernel = start(cwd=str(tmp_path))
    assert not isinstance(kernel.process, ForkedKernel)
    assert kernel.value("__import__('matplotlib').rcParams['lines.linewidth']") == 7


def test_kernels_outlive_the_warm_process_and_a_new_one_is_started(start, warm):
    kernel = start()
    kernel.run("x = 5")
    first = warm.warm
    first.process.kill()
    assert wait_for(lambda: first.state == "gone")
    assert kernel.manager.is_alive()
    assert kernel.value("x") == 5
    # Nothing is warm yet: an ordinary kernel at once rather than a wait.
    began = time.monotonic()
    other = start()
    assert not isinstance(other.process, ForkedKernel), time.monotonic() - began
    kernel.client.execute("import os; os._exit(3)")
    assert wait_for(lambda: not kernel.manager.is_alive())
    assert warm.warm is not first
    assert warm.warm.wait_until_warm(LONG)
    assert isinstance(start().process, ForkedKernel)
    assert warmth() is warm
