"""Explorers as a methodologist works them: mouse, keyboard, downloads; in JupyterLab and on the page without code."""

import io

import nbformat
import openpyxl
import pytest
from lab_page import PATIENCE, open_notebook, run_all
from PIL import Image
from playwright.sync_api import expect
from served import TOKEN
from small_notebook import write_notebook

#: Luminance contrast that WCAG 2.2 (1.4.3, AA) asks of text.
CONTRAST = 4.5

#: The view in front: tabs keep others behind.
_SHOWN = "() => [...document.querySelectorAll('.oko-linked')].find((each) => each.offsetParent)"
_CONTRAST = """(cells) => {
  const rgb = (text) => text.match(/[\\d.]+/g).slice(0, 4).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((each) => each / 255)
    .map((each) => each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
    .reduce((sum, each, at) => sum + each * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = rgb(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  return Math.min(...cells.map((cell) => {
    const [one, other] = [light(rgb(getComputedStyle(cell).color)), light(ground(cell))];
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  }));
}"""


@pytest.fixture
def notebook(workplace, request):
    # One for each test: what JupyterLab has saved of another's widgets would be shown as broken ones.
    name = f"исследование {request.node.name}.ipynb"
    code = "from oko_lib import Workbench\n\nWorkbench().explorer('objectivity')"
    write_notebook(workplace / "notebooks" / name, nbformat.v4.new_code_cell(code))
    return name


@pytest.fixture
def explorer(page, notebook):
    """The page with the explorer of objectivity at the topic that shows works by subject and grade."""
    open_notebook(page, notebook)
    run_all(page)
    drawn(page, 0)
    choose(page, "Тема:", "Предметы и классы")
    return page


def drawn(page, after: int) -> int:
    """Wait for a drawing later than `after`; returns its number."""
    page.wait_for_function(f"(after) => Number(({_SHOWN})()?.dataset.serial) > after", arg=after, timeout=PATIENCE)
    return int(page.evaluate(f"() => ({_SHOWN})().dataset.serial"))


def choose(page, control: str, label: str) -> None:
    """Choose an option as a person does and wait for the new drawing."""
    before = int(page.evaluate(f"() => ({_SHOWN})().dataset.serial"))
    page.get_by_label(control, exact=True).locator("visible=true").select_option(label=label)
    drawn(page, before)


def test_a_control_changes_figure_and_table_and_a_pick_shows_what_is_behind(explorer, seen):
    figure, table = explorer.locator(".oko-linked-figure"), explorer.locator(".oko-linked-table")
    before = figure.inner_html(), table.inner_text()
    municipality = explorer.get_by_label("Муниципалитет:", exact=True)
    second = municipality.locator("option").nth(1).inner_text()
    choose(explorer, "Муниципалитет:", second)
    assert figure.locator("svg").is_visible()
    assert figure.inner_html() != before[0]
    assert table.inner_text() != before[1]

    # With the keyboard alone: one stop for the table, arrows within, Enter picks.
    first, next_row = (table.locator("tr[data-unit]").nth(number) for number in (0, 1))
    first.focus()
    explorer.keyboard.press("ArrowDown")
    expect(next_row).to_be_focused()
    explorer.keyboard.press("Enter")
    expect(next_row).to_have_attribute("aria-selected", "true")
    behind = explorer.locator(".oko-behind")
    expect(behind).to_contain_text(next_row.locator("td").first.inner_text(), timeout=PATIENCE)
    expect(behind).to_contain_text("Как считается")
    expect(behind).to_contain_text("Нормы и пороги")
    # JupyterLab has not taken the keys for its own commands.
    assert explorer.locator(".jp-CodeCell").count() == 1

    cells = "document.querySelectorAll('.oko-linked td, .oko-linked th, .oko-linked-text, .oko-notes, .oko-behind td')"
    assert explorer.evaluate(f"() => ({_CONTRAST})([...{cells}])") >= CONTRAST
    assert seen.errors == []


def test_what_is_shown_is_saved_and_fits_the_page_at_125_per_cent(explorer):
    caption = explorer.locator(".oko-linked caption").inner_text()
    with explorer.expect_download(timeout=PATIENCE) as waiting:
        explorer.get_by_role("button", name="Excel").click()
    assert waiting.value.suggested_filename.endswith(".xlsx")
    assert "Объективность ВПР" in waiting.value.suggested_filename
    book = openpyxl.load_workbook(io.BytesIO(waiting.value.path().read_bytes()))
    cells = {str(cell.value) for page in book for row in page.iter_rows() for cell in row}
    assert any(caption in cell for cell in cells)
    with explorer.expect_download(timeout=PATIENCE) as waiting:
        explorer.get_by_role("button", name="Рисунок PNG").click()
    picture = Image.open(io.BytesIO(waiting.value.path().read_bytes()))
    assert picture.width > 1000
    explorer.set_viewport_size({"width": 1120, "height": 720})
    explorer.wait_for_timeout(300)
    box = explorer.locator(".oko-linked").bounding_box()
    outer = explorer.locator(".jp-OutputArea-output:has(.oko-linked)").first.bounding_box()
    for part in (".oko-linked-figure svg", ".oko-linked-table"):
        inner = explorer.locator(part).first.bounding_box()
        assert inner["x"] >= box["x"] - 1
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"] + 1


def test_the_page_without_code_has_the_explorers(new_page, serve, workplace):
    page = new_page(serve("dashboard", workplace).address)
    page.goto(f"/?token={TOKEN}", timeout=PATIENCE)
    drawn(page, 0)
    titles = page.locator(".lm-TabBar-tabLabel").all_inner_texts()
    assert {"Объективность ВПР", "Таланты", "Все показатели"} <= set(titles)
    choose(page, "Тема:", "Предметы и классы")
    assert page.locator(".oko-linked-figure svg").first.is_visible()
    assert "Workbench" not in page.locator("body").inner_text()
