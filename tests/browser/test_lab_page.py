"""JupyterLab as ``oko lab`` opens it: in Russian, at the first page, for this machine only."""

import nbformat
import pytest
from lab_page import cell_errors, open_notebook, run_all, wait_for_text, wait_until_idle
from playwright.sync_api import expect
from served import TOKEN
from small_notebook import write_notebook


def test_lab_speaks_russian_and_shows_the_first_page_as_run(page, seen):
    page.goto(f"/?token={TOKEN}")
    expect(page.locator(".lm-DockPanel-tabBar .lm-mod-current")).to_contain_text("start_here.ipynb", timeout=90_000)
    menus = page.locator("#jp-MainMenu .lm-MenuBar-itemLabel")
    expect(menus.first).to_have_text("Файл")
    assert {"Настройки", "Справка"} <= set(menus.all_inner_texts())
    # Nobody has pressed anything.
    page.locator(".jp-NotebookPanel:visible .jp-OutputArea-output").first.wait_for(timeout=90_000)
    wait_until_idle(page)
    assert cell_errors(page) == []
    # Nothing is asked on the first start, no errors are hidden from sight.
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0
    assert seen.errors == []


def test_any_other_notebook_waits_to_be_run(page, workplace):
    code = nbformat.v4.new_code_cell("print('сложено', 2 + 2)")
    write_notebook(workplace / "notebooks" / "своя тетрадь.ipynb", code)
    open_notebook(page, "своя тетрадь.ipynb")
    assert page.locator(".jp-OutputArea-output").count() == 0
    run_all(page)
    wait_for_text(page, "сложено 4")


@pytest.mark.parametrize("path", ["/api/contents", "/api/kernels", "/lab/api/settings"])
def test_without_the_token_nothing_is_told(lab, path):
    assert lab.status(path) == 403


def test_without_the_token_the_page_asks_for_it(lab):
    assert lab.address.startswith("http://127.0.0.1:")
    assert lab.status("/lab") == 302


def test_a_request_to_another_machine_is_noticed_and_stopped(new_page, seen):
    page = new_page("http://127.0.0.1")
    failed = []
    page.on("requestfailed", lambda asked: failed.append(asked.url))
    page.set_content("<img src='http://example.com/a.png'>")
    assert seen.strangers() == failed == ["http://example.com/a.png"]
    # Told and done with: this once it does not fail the test.
    seen.addresses[:] = ["http://127.0.0.1"]
