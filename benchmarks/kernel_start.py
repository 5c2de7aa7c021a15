"""Seconds from asking for a kernel until the libraries of a notebook can be used: stock beside ``oko lab``.

    python benchmarks/kernel_start.py                 # 7 rounds, kernels of both kinds in turn
    python benchmarks/kernel_start.py --method spare  # what Windows and macOS get

Both kernels are started through Jupyter's own ``KernelManager`` and used through its client, as JupyterLab does, except
for the browser. Usable: a cell with the imports below has been answered. The warm process has done its imports when the
first round begins, as it has in ``oko lab`` by the time a notebook is opened; a spare kernel is given the time to.
Jupyter's client itself waits a fixed 0.2 s until nothing more comes from a new kernel; both figures contain that.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

import psutil
from jupyter_client.manager import KernelManager

from oko_lib.lab import warm
from oko_lib.lab.kernelspec import PLAIN, USUAL, OkoKernelSpecManager

IMPORTS = "import pandas, seaborn, statsmodels.api, oko_lib.report"
STEPS = ("asked", "answers", "usable", "restarted", "kernel_cpu", "kernel_pss_mb")


def measure(name: str, folder: Path) -> dict[str, float]:
    """Start a kernel, use it, restart it, end it."""
    began = time.perf_counter()
    manager = KernelManager(kernel_name=name, kernel_spec_manager=OkoKernelSpecManager())
    manager.start_kernel(cwd=str(folder))
    asked = time.perf_counter() - began
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=300)
    answers = time.perf_counter() - began
    outcome = client.execute_interactive(IMPORTS, timeout=300)
    usable = time.perf_counter() - began
    assert outcome["content"]["status"] == "ok", outcome
    process = psutil.Process(manager.provisioner.pid)
    cpu = sum(process.cpu_times()[:2])
    memory = process.memory_full_info()
    began = time.perf_counter()
    manager.restart_kernel()
    client.wait_for_ready(timeout=300)
    client.execute_interactive(IMPORTS, timeout=300)
    restarted = time.perf_counter() - began
    client.stop_channels()
    manager.shutdown_kernel()
    figures = (asked, answers, usable, restarted, cpu, getattr(memory, "pss", memory.rss) / 2**20)
    return dict(zip(STEPS, figures, strict=True))


def get_warm(method: str) -> float:
    """Let this process keep kernels warm and return how long that takes."""
    began = time.perf_counter()
    os.environ[warm.METHOD_VARIABLE] = method
    kept = warm.warmth()
    kept.start()
    if kept.warm is not None and not kept.warm.wait_until_warm(300):
        raise SystemExit(f"no warm process: {kept.warm.refusal}")
    return time.perf_counter() - began


def rest_of_spare(method: str) -> None:
    """Wait until the spare kernel has nothing more to import."""
    reserve = warm.warmth().reserve
    if method == "spare" and reserve is not None and reserve.pid is not None:
        process = psutil.Process(reserve.pid)
        while process.cpu_percent(interval=1.0) > 2.0:
            continue


def main() -> None:
    """Measure in turn and print medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--method", choices=("fork", "spare"), default="fork")
    parser.add_argument("--json", action="store_true", help="all figures of all rounds")
    options = parser.parse_args()
    figures: dict[str, list[dict[str, float]]] = {PLAIN: [], USUAL: []}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IPYTHONDIR"] = str(Path(folder, "ipython"))
        os.environ["JUPYTER_RUNTIME_DIR"] = str(Path(folder, "runtime"))
        warming = get_warm(options.method)
        # One of each apart: folders are made, files come into the cache of the disk.
        for count in range(options.rounds + 1):
            for name, rounds in figures.items():
                rest_of_spare(options.method)
                taken = measure(name, Path(folder))
                if count:
                    rounds.append(taken)
        warm.close()
    if options.json:
        print(json.dumps({"method": options.method, "warming": warming, "rounds": figures}, indent=1))
        return
    print(
        f"medians of {options.rounds} rounds, load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "medians"
    )
    print(f"{'':16}" + "".join(f"{step:>15}" for step in STEPS))
    for name, rounds in figures.items():
        row = "".join(f"{statistics.median(item[step] for item in rounds):15.2f}" for step in STEPS)
        print(f"{'stock' if name == PLAIN else 'oko ' + options.method:16}{row}")
    if options.method == "fork":
        print(f"imports of the warm process, once per `oko lab`: {warming:.1f} s")


if __name__ == "__main__":
    main()
