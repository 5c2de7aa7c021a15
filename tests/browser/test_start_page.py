"""The start page in the browser: files loaded and reports built by buttons, nothing typed."""

import re
import shutil

import pytest
from lab_page import wait_for_text, wait_until_idle
from playwright.sync_api import Page, expect
from served import TOKEN

from oko_lib.lab.uploads import STOCK_MB

#: Milliseconds for an intake, or a few reports, on a busy machine.
LONG = 300_000
_N = r"([\d\s]+?)"


@pytest.fixture
def place(tmp_path, workplace):
    """A folder with files to load, and nothing else."""
    root = tmp_path / "ОКО 2026"
    shutil.copytree(workplace / "data" / "raw", root / "data" / "raw")
    return root


def press(page: Page, title: str) -> None:
    # JupyterLab has buttons of the same names.
    panel = page.locator(".jp-NotebookPanel:visible")
    panel.locator("button:visible", has_text=re.compile(rf"^\s*{title}\s*$")).first.click()


def choose(page: Page, title: str, wanted: bool) -> None:
    page.get_by_role("checkbox", name=re.compile(rf"^{title}")).set_checked(wanted)


def test_from_an_empty_folder_to_reports_by_buttons(serve, new_page, place):
    page = new_page(serve("lab", place).address)
    page.goto(f"/?token={TOKEN}")
    page.locator(".jp-NotebookPanel:visible .jp-OutputArea-output").first.wait_for(timeout=90_000)
    wait_until_idle(page)

    press(page, "Загрузить файлы")
    press(page, "Загрузить")
    # Read is accepted and quarantined and what is not data, and why each row was put aside is told.
    expect(page.get_by_text(re.compile(r"прочитано .* = принято .* \+")).first).to_be_visible(timeout=LONG)
    said = page.locator(".jp-NotebookPanel:visible").first.inner_text()
    numbers = re.search(rf"прочитано {_N} \w+ = принято {_N} \+ отложено {_N} \+ не данные {_N} \(", said)
    assert numbers, said
    read, *parts = (int(re.sub(r"\s", "", number)) for number in numbers.groups())
    assert read == sum(parts) > 0
    expect(page.get_by_text("Отложенные строки").first).to_be_visible()
    expect(page.get_by_text("Возвратные книги").first).to_be_visible()
    assert page.locator(".jp-NotebookPanel:visible a[href*='returns']").count() > 0

    press(page, "Построить отчёты")
    for title in ("Объективность", "Динамика", "Качество", "Профили школ", "Все муниципалитеты"):
        choose(page, title, wanted=False)
    choose(page, "Сводки по региону", wanted=True)
    press(page, "Построить")
    expect(page.get_by_text(re.compile("построение закончено")).first).to_be_visible(timeout=LONG)
    wait_for_text(page, re.compile(r"Готово 1 из 1 отчёта"))
    (report,) = place.glob("outputs/2026/**/*.pdf")
    assert "talent" in report.name

    # More than JupyterLab itself lets through at once.
    large = place / "Большая выгрузка.csv"
    large.write_bytes(b"a;b\n" + b"1;2\n" * 3_500_000)
    press(page, "Загрузить файлы")
    with page.expect_file_chooser() as chosen:
        press(page, r"Выбрать файлы.*")
    chosen.value.set_files(large)
    expect(page.get_by_text(re.compile("Большая выгрузка.csv.*Теперь нажмите")).first).to_be_visible(timeout=LONG)
    (arrived,) = place.glob(f"data/raw/загрузка-*/{large.name}")
    assert arrived.stat().st_size == large.stat().st_size > STOCK_MB * 2**20
