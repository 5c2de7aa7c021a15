"""How soon an explorer shows a change, seen from the browser: seconds from the change of a control to the painted page.

    python benchmarks/explore.py                          # a demo region of its own, 61 municipalities
    python benchmarks/explore.py --root WORKSPACE         # a working place that is there (its data are read only)
    python benchmarks/explore.py --directions objectivity --out explore.md

``oko lab`` is started as a methodologist does, a notebook with each explorer opened in Chromium, and every control of
every topic changed as a person would, by the page itself. Time runs from the event of the control to the second frame
painted after the figure and the table are there; for a unit that is picked, until what is behind its number is there.
The first view of a direction, which computes or reads the region, is told apart; the controls are changed five seconds
after it. Shared machines slow down and recover: a fixed piece of work is timed before each change, and the changes made
while the machine ran at its own pace are counted apart. Needs the extra ``bench`` and Chromium.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from urllib.parse import quote

import nbformat
from playwright.sync_api import Page, sync_playwright

from oko_lib.explore.directions import NAMES

AIM = 0.5
_CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser")
_TOKEN = "benchmark"
_LONG = 300_000
_OKO = Path(sys.executable).with_name("oko")
_YEAR = "Год:"
#: A year looked at for the first time: its region is read from the cache, or computed.
_NEW_YEAR = "Год, впервые"
#: The machine runs at its own pace while a fixed piece of work takes at most so many times its shortest.
_OWN_PACE = 1.5
#: A person looks at the first view before changing anything; meanwhile what is in the cache of other years is read.
_LOOKED_SECONDS = 5.0
#: Options tried of each control: enough to tell a first look from a second.
_TRIED = 3

#: In the page: acts, waits for what comes of it, and tells the seconds until the second frame painted after that.
_WATCH = """
window.okoTimed = (watched, options, isThere, act) => new Promise((resolve) => {
  const began = performance.now();
  const told = () => resolve((performance.now() - began) / 1000);
  const watcher = new MutationObserver(() => {
    if (!isThere()) return;
    watcher.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(told));
  });
  watcher.observe(watched, options);
  setTimeout(() => { watcher.disconnect(); resolve(-1); }, 30000);
  act();
});
window.okoDrawn = (act) => {
  const linked = document.querySelector(".oko-linked");
  const before = linked.dataset.serial;
  return okoTimed(linked, { attributes: true }, () => linked.dataset.serial !== before, act);
};
window.okoSelects = () => [...document.querySelectorAll(".oko-explorer select")]
  .filter((each) => each.offsetParent)
  .map((each) => [each.closest(".widget-dropdown").querySelector("label").textContent, each]);
"""
#: What is run before the page has its kernel is forgotten.
_CONNECTED = """async () => {
  const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
  if (!context) return false;
  await context.ready;
  await context.session.kernel.info;
  return context.session.kernel.connectionStatus === "connected";
}"""
_CONTROLS = """() => okoSelects().map(
  ([label, each]) => [label, [...each.options].map((option) => option.value), each.value]
)"""
_CHANGE = """([control, value]) => okoDrawn(() => {
  const [, box] = okoSelects().find(([label]) => label === control);
  box.value = value;
  box.dispatchEvent(new Event("change", { bubbles: true }));
})"""
_HANDLE = "() => [...document.querySelectorAll('.oko-explorer .noUi-handle')].find((each) => each.offsetParent)"
_SLIDE = f"""(key) => okoDrawn(() => ({_HANDLE})()
  .dispatchEvent(new KeyboardEvent("keydown", {{ key, bubbles: true, cancelable: true }})))"""
_PICK = """(number) => {
  const rows = document.querySelectorAll(".oko-linked tbody tr[data-unit]");
  const behind = document.querySelector(".oko-explorer > .widget-html:last-child .widget-html-content");
  if (!rows.length || !behind) return -1;
  const row = rows[number % rows.length];
  return okoTimed(behind, { childList: true, subtree: true }, () => true, () => row.click());
}"""


class Lab:
    """``oko lab`` over a working place, in folders of its own."""

    def __init__(self, root: Path, scratch: Path) -> None:
        config = scratch / "config"
        config.mkdir()
        # The benchmark may run as root, which a Jupyter server refuses unless told.
        (config / "jupyter_server_config.py").write_text(
            "c.ServerApp.allow_root = True\nc.LabApp.expose_app_in_browser = True\n"
        )
        environment = {
            **os.environ,
            "JUPYTER_TOKEN": _TOKEN,
            "JUPYTER_CONFIG_DIR": str(config),
            "JUPYTER_RUNTIME_DIR": str(scratch / "runtime"),
            "JUPYTER_DATA_DIR": str(scratch / "jupyter"),
        }
        self.log = scratch / "lab.log"
        command = [str(_OKO), "lab", "--no-browser", "--root", str(root)]
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        until = time.monotonic() + 120
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", self.log.read_text())):
            if self.process.poll() is not None or time.monotonic() > until:
                raise SystemExit(self.log.read_text())
            time.sleep(0.2)
        self.address = found[0]

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def open_explorer(page: Page, lab: Lab, notebooks: Path, direction: str) -> float:
    """Open a notebook with one explorer and return the seconds until its first view is there."""
    code = f"from oko_lib.explore.explorer import explorer\n\nexplorer({direction!r})"
    name = f"explorer {direction}.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, notebooks / name)
    page.goto(f"{lab.address}/lab/tree/notebooks/{quote(name)}?reset&token={_TOKEN}", timeout=_LONG)
    page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for(timeout=_LONG)
    page.wait_for_function(_CONNECTED, timeout=_LONG)
    began = time.monotonic()
    page.evaluate("() => void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function("() => Number(document.querySelector('.oko-linked')?.dataset.serial) > 0", timeout=_LONG)
    return time.monotonic() - began


def pace() -> float:
    """Return the seconds a fixed piece of work takes now."""
    began = time.perf_counter()
    sum(number * number for number in range(200_000))
    return time.perf_counter() - began


#: Seconds of a change, and of the fixed piece of work before it.
Timed = tuple[float, float]


def measure(page: Page) -> dict[str, list[Timed]]:
    """Change every control of every topic; returns control → what its changes took."""
    found: dict[str, list[Timed]] = defaultdict(list)

    def take(label: str, script: str, argument: object) -> None:
        before = pace()
        seconds = page.evaluate(script, argument)
        if seconds >= 0:
            found[label].append((seconds, before))

    years = {now for label, _, now in page.evaluate(_CONTROLS) if label == _YEAR}
    topics = next(options for label, options, _ in page.evaluate(_CONTROLS) if label == "Тема:")
    for number, topic in enumerate(topics):
        if number:
            take("Тема:", _CHANGE, ["Тема:", topic])
        for label, options, now in page.evaluate(_CONTROLS):
            if label == "Тема:" or "что за числом" in label:
                continue
            for value in [value for value in options if value != now][:_TRIED]:
                is_new = label == _YEAR and value not in years
                years |= {value} if is_new else set()
                take(_NEW_YEAR if is_new else label, _CHANGE, [label, value])
        if page.evaluate(f"() => Boolean(({_HANDLE})())"):
            for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
                take("порог", _SLIDE, key)
        for place in range(_TRIED):
            take("что за числом", _PICK, place)
    return found


def row(name: str, values: list[Timed]) -> str:
    """Return a row of the table: number, median, 95th percentile, longest."""
    ordered = sorted(seconds for seconds, _ in values)
    high = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"| {name} | {len(values)} | {statistics.median(ordered):.2f} | {high:.2f} | {ordered[-1]:.2f} |"


def markdown(first: dict[str, float], found: dict[str, dict[str, list[Timed]]]) -> str:
    """Return the tables by direction and by control."""
    head = "| {} | changes | median, s | 95 %, s | longest, s |\n|---|---|---|---|---|"
    lines = [head.format("direction")]
    for direction, by_control in found.items():
        lines.append(row(direction, [value for values in by_control.values() for value in values]))
    lines += ["", head.format("control (all directions)")]
    controls = dict.fromkeys(label for by_control in found.values() for label in by_control)
    for label in controls:
        lines.append(row(label.rstrip(":"), [value for by_control in found.values() for value in by_control[label]]))
    every = [value for by_control in found.values() for values in by_control.values() for value in values]
    lines.append(row("**all**", every))
    paces = sorted(before for _, before in every)
    at_pace = [(seconds, before) for seconds, before in every if before <= _OWN_PACE * paces[0]]
    if at_pace:
        lines.append(row("all while the machine ran at its own pace", at_pace))
    shortest, median, longest = (1000 * value for value in (paces[0], statistics.median(paces), paces[-1]))
    lines += [
        "",
        f"Under {AIM} s: {_under(every)} of {len(every)}; of the {len(at_pace)} made while the machine ran at its own "
        f"pace, {_under(at_pace)}. Fixed work before each change: shortest {shortest:.0f}, median {median:.0f}, "
        f"longest {longest:.0f} ms; own pace: at most {_OWN_PACE} times the shortest.",
    ]
    seconds = ", ".join(f"{direction} {value:.1f}" for direction, value in first.items())
    lines.append(f"First view of a direction (region read or computed), s: {seconds}.")
    return "\n".join(lines)


def _under(values: list[Timed]) -> int:
    return sum(seconds < AIM for seconds, _ in values)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path)
    parser.add_argument("--directions", default=",".join(NAMES))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oko explore ") as folder:
        scratch = Path(folder)
        root = options.root or scratch / "region"
        if options.root is None:
            subprocess.run([_OKO, "demo", "--municipalities", "61", "--root", root], check=True)
            subprocess.run([_OKO, "ingest", root / "data" / "raw", "--root", root], check=False)
        place = scratch / "place"
        (place / "notebooks").mkdir(parents=True)
        (place / "data").symlink_to(root.resolve() / "data")
        lab = Lab(place, scratch)
        first, found = {}, {}
        try:
            with sync_playwright() as playwright:
                path = next(path for path in (shutil.which("chromium"), *_CHROMIUM) if path and Path(path).exists())
                browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
                page = browser.new_page(viewport={"width": 1500, "height": 1000})
                page.set_default_timeout(_LONG)
                page.add_init_script(_WATCH)
                for direction in options.directions.split(","):
                    first[direction] = open_explorer(page, lab, place / "notebooks", direction)
                    time.sleep(_LOOKED_SECONDS)
                    found[direction] = measure(page)
                    print(row(direction, [each for values in found[direction].values() for each in values]), flush=True)
                browser.close()
        finally:
            lab.close()
        text = markdown(first, found)
        print(text)
        if options.json:
            options.json.write_text(json.dumps({"first": first, "changes": found}, ensure_ascii=False, indent=1))
        if options.out:
            options.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
