"""What a person does on a page of JupyterLab.

A test takes the fixture ``page``, a Playwright page on the server of the fixture ``lab``, and does::

    open_notebook(page, "start_here.ipynb")
    run_all(page)
    wait_for_text(page, "Объективность ВПР")
"""

import re
from urllib.parse import quote

from playwright.sync_api import Page, expect
from served import TOKEN

#: Milliseconds for what takes a few seconds on a quiet machine.
PATIENCE = 90_000

#: Becomes true when the kernel has answered: one that is called idle may still be connecting.
_CONNECTED = """async () => {
  const context = window.jupyterapp.shell.currentWidget.sessionContext;
  await context.ready;
  await context.session.kernel.info;
  return context.session.kernel.connectionStatus === "connected";
}"""
_RUN = """() => {
  window.okoRan = false;
  window.jupyterapp.commands.execute("notebook:run-all-cells").then(() => { window.okoRan = true; });
}"""
_ERRORS = """() => {
  const found = [];
  for (const cell of window.jupyterapp.shell.currentWidget.content.model.cells) {
    for (let i = 0; cell.type === "code" && i < cell.outputs.length; i++) {
      const output = cell.outputs.get(i).toJSON();
      if (output.output_type === "error") found.push(`${output.ename}: ${output.evalue}`);
    }
  }
  return found;
}"""


def open_lab(page: Page, path: str = "") -> None:
    """Open JupyterLab, with nothing left open by an earlier test, and wait until it can be used."""
    page.goto(f"/lab{path}?reset&token={TOKEN}")
    page.locator("#jp-main-dock-panel").wait_for(timeout=PATIENCE)


def open_notebook(page: Page, name: str) -> None:
    """Open a notebook of the folder ``notebooks`` and wait until its kernel is ready."""
    open_lab(page, f"/tree/notebooks/{quote(name)}")
    wait_until_idle(page)


def wait_until_idle(page: Page) -> None:
    """Wait until the kernel of the notebook in front has nothing to do."""
    idle = page.locator(".jp-NotebookPanel:visible .jp-Notebook-ExecutionIndicator[data-status='idle']")
    idle.wait_for(timeout=PATIENCE)
    page.wait_for_function(_CONNECTED, timeout=PATIENCE)


def run_all(page: Page) -> None:
    """Run all cells of the notebook in front and wait for the last; fail if one of them did."""
    page.evaluate(_RUN)
    page.wait_for_function("() => window.okoRan", timeout=PATIENCE)
    assert cell_errors(page) == []


def cell_errors(page: Page) -> list[str]:
    """Return the errors of the cells of the notebook in front, whether or not they are in sight."""
    return page.evaluate(_ERRORS)


def wait_for_text(page: Page, text: str | re.Pattern[str]) -> None:
    """Wait until `text` can be seen somewhere on the page."""
    expect(page.get_by_text(text).first).to_be_visible(timeout=PATIENCE)
