"""The panels as a page without code."""

import nbformat
import pytest
from lab_page import PATIENCE, wait_for_text
from served import TOKEN
from small_notebook import write_notebook

BUTTON = """
import ipywidgets
button, answer = ipywidgets.Button(description="Посчитать", icon="check"), ipywidgets.Label()
button.on_click(lambda _: setattr(answer, "value", "итого 4"))
ipywidgets.VBox([button, answer])
"""


@pytest.fixture(scope="module")
def dashboard(serve, tmp_path_factory):
    code = nbformat.v4.new_code_cell
    root = tmp_path_factory.mktemp("panels") / "страница без кода"
    head = nbformat.v4.new_markdown_cell("# Панели")
    write_notebook(root / "notebooks" / "dashboard.ipynb", head, code(BUTTON), code("secret_of_ours = 1 / 0"))
    return serve("dashboard", root)


def test_the_page_works_and_shows_no_code(new_page, dashboard, seen):
    page = new_page(dashboard.address)
    answer = page.goto(f"/?token={TOKEN}")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    button = page.get_by_role("button", name="Посчитать")
    button.click(timeout=PATIENCE)
    wait_for_text(page, "итого 4")
    # A part that failed says so in Russian and does not show how it is made.
    wait_for_text(page, "показать не удалось")
    assert page.locator("html").get_attribute("lang") == "ru"
    for hidden in ("ZeroDivisionError", "secret_of_ours", "ipywidgets.VBox", "There was an error"):
        assert hidden not in page.content()
    assert seen.errors == []


def test_without_the_token_the_page_is_not_shown(dashboard):
    assert dashboard.address.startswith("http://127.0.0.1:")
    assert dashboard.status("/") == 302
