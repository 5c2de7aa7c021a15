"""The summary of a run: every report told of, causes with advice, whole files, a workbook with numbers."""

import os
from datetime import datetime, timedelta
from urllib.parse import unquote

import lxml.html
import pytest
from python_calamine import CalamineWorkbook

from oko_lib.batch import summary
from oko_lib.batch.outcomes import ReportOutcome, ReportStatus
from oko_lib.batch.run_state import CurrentReport, RunState
from oko_lib.batch.summary import write_summary
from oko_lib.batch.summary_content import cause_and_advice, summary_content
from oko_lib.settings.workspace import Workspace

STARTED = datetime.fromisoformat("2026-11-20T10:00:00+03:00")
CELL = "Ячейка 5 («show()»): нет столбца или ключа 'mark'. Проверьте имя; столбцы описаны в docs/data_dictionary.md."
ABOUT = {
    "data": "v17",
    "code": "0.1.0+3f2a",
    "commit": None,
    "libraries": {"python": "3.12.3", "pandas": "3.0.0"},
    "mode": "internal",
    "formats": ["pdf", "html"],
    "force": False,
    "parameters": {"behave": "raise"},
    "skipped": [{"direction": "talent", "reason": "нет данных за 2026 год", "reports": ["Пустынский район"]}],
    "problems": [{"direction": "talent", "error": "Перечень школ не получен.", "log": "2026/logs/schools-talent.log"}],
}


def outcome(report_id, status, **more):
    parts = report_id.split("/")
    more = {"seconds": 4.0, "reason": "новый", **more}
    return ReportOutcome(
        id=report_id,
        municipality=None if parts[1] == "region" else parts[1],
        municipality_name="<Учебная> область" if parts[1] == "region" else f"город {parts[1][-1]}",
        direction=parts[-1].removesuffix("_region"),
        year=2026,
        status=status,
        **more,
    )


def state(**changes):
    outcomes = (
        outcome("2026/region/talent_region", ReportStatus.BUILT, files={"pdf": "2026/region/сводка №1.pdf"}),
        outcome("2026/m1/talent", ReportStatus.BUILT, seconds=6.0, reason="изменились данные: «Олимпиады»"),
        outcome("2026/m2/talent", ReportStatus.UNCHANGED, seconds=0.0, reason="ничего не изменилось"),
        outcome("2026/m3/talent", ReportStatus.FAILED, error=CELL, log="2026/logs/m3-talent.log"),
        outcome("2026/m4/objectivity", ReportStatus.FAILED, error=CELL, log="2026/logs/m4.log"),
        outcome("2026/m5/objectivity", ReportStatus.FAILED, error="Странно."),
        outcome("2026/m6/objectivity", ReportStatus.BUILT, note="Файл objectivity.xlsx открыт в другой программе."),
    )
    content = {
        "id": "r1",
        "year": 2026,
        "started": STARTED,
        "finished": STARTED + timedelta(seconds=75),
        "state": "finished",
        "pid": 1,
        "host": "pc",
        "jobs": 2,
        "engine": "inprocess",
        "total": 7,
        "built": 3,
        "unchanged": 1,
        "failed": 3,
        "current": (),
        "waiting": (),
        "stems": {},
        "outcomes": outcomes,
        "about": ABOUT,
    }
    return RunState(**{**content, **changes})


@pytest.fixture
def place(tmp_path):
    return Workspace.at(tmp_path)


def table(content, short):
    (found,) = [item for item in content.tables if item.short == short]
    return found


def test_one_cause_is_said_once_with_what_to_do():
    rows = table(summary_content(state(), ABOUT), "Не построены").rows
    assert [row[:3] for row in rows] == [
        (
            "Ячейка 5 («show()»): нет столбца или ключа 'mark'.",
            "Проверьте имя; столбцы описаны в docs/data_dictionary.md.",
            2,
        ),
        ("Странно.", "Запустите ту же команду ещё раз: построенное заново не строится.", 1),
    ]
    assert rows[0][3] == "город 3 (Таланты); город 4 (Объективность ВПР)"


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("Не хватило памяти. Закройте другие программы или постройте отчёты с --jobs 1.", "Закройте"),
        ("Расчёт остановился (X: y). Если вы меняли эту тетрадь, верните ячейку.", "Если вы"),
        ("Отчёт не уложился в 600 с и остановлен. Повторите с большим --timeout; если не поможет, …", "Повторите"),
        ("Ячейка 2: школа МБОУ г. Северска не найдена.", ""),
    ],
)
def test_the_advice_is_parted_from_the_cause(error, advice):
    cause, found = cause_and_advice(error)
    assert bool(found) == bool(advice)
    assert found.startswith(advice)
    assert f"{cause} {found}".strip() == error


def test_every_report_is_told_of_and_numbers_add_up():
    content = summary_content(state(), ABOUT)
    every = table(content, "Все отчёты").rows
    assert len(every) == 7
    by_direction = table(content, "По направлениям").rows
    assert by_direction[0] == ("Таланты", 2, 1, 1, 0, 5.0, 14.0)
    assert by_direction[-1][:5] == ("Всего", 3, 1, 3, 0)
    assert table(content, "Почему строились").rows == (("новый", 5), ("изменились данные: «Олимпиады»", 1))
    assert content.asked["О ком"] == "регион, 6 муниципалитетов"
    assert content.asked["Параметры"] == "behave = raise"
    assert content.versions["pandas"] == "3.0.0"
    assert "Коммит" not in content.versions


def test_a_stopped_run_tells_what_was_not_begun():
    current = (CurrentReport("2026/m7/talent", "город 7: Таланты", STARTED),)
    content = summary_content(
        state(state="stopped", total=9, current=current, waiting=("2026/m8/talent",), finished=None), {}
    )
    assert content.state.startswith("Построение остановлено по запросу. Запустите ту же команду")
    assert content.result["Не дошла очередь"] == "2"
    assert [row[0] for row in table(content, "Все отчёты").rows[-2:]] == ["город 7: Таланты", "2026/m8/talent"]
    assert table(content, "По направлениям").rows[0][4] == 2


def test_a_run_without_trouble_has_no_tables_of_trouble():
    outcomes = (outcome("2026/m1/talent", ReportStatus.BUILT),)
    content = summary_content(state(outcomes=outcomes, built=1, unchanged=0, failed=0, total=1), {})
    assert content.state == "Построено всё, что просили."
    assert [item.short for item in content.tables] == ["По направлениям", "Почему строились", "Все отчёты"]


def test_the_page_is_whole_offline_and_its_links_lead_somewhere(place):
    write_summary(place, state(), ABOUT)
    folder = place.outputs / "2026"
    text = (folder / "run_summary.html").read_text(encoding="utf-8")
    page = lxml.html.fromstring(text)
    assert "http" not in text.replace("http-equiv", "")
    assert not page.xpath("//script|//link|//img")
    assert "@media print" in text
    assert "<Учебная> область" in page.text_content()  # escaped, not a tag
    links = {unquote(link) for link in page.xpath("//a/@href")}
    assert {"index.html", "run_summary.xlsx", "region/сводка №1.pdf", "logs/m3-talent.log"} <= links
    assert (folder / "run_summary.xlsx").is_file()
    words = page.text_content()
    for said in (
        "Построено не всё",
        "изменились данные",
        "открыт в другой программе",
        "Пустынский район",
        "1 мин 15 с",
    ):
        assert said in words
    headed = page.xpath("//table[thead]")
    assert all(
        len(row.findall("td")) == len(one.xpath("thead/tr/th")) for one in headed for row in one.xpath("tbody/tr")
    )


def test_the_workbook_holds_numbers(place):
    write_summary(place, state(), ABOUT)
    book = CalamineWorkbook.from_path(str(place.outputs / "2026" / "run_summary.xlsx"))
    assert book.sheet_names[0] == "Содержание"
    assert {"Не построены", "По направлениям", "Все отчёты", "Замечания", "Отпечаток"} <= set(book.sheet_names)
    rows = book.get_sheet_by_name("Все отчёты").to_python()
    talent = next(row for row in rows if row[0] == "город 1")
    assert talent[1:] == ["Таланты", "построен", "изменились данные: «Олимпиады»", 6.0]


def test_writing_again_replaces_and_leaves_nothing_behind(place):
    write_summary(place, state(), ABOUT)
    write_summary(place, state(state="stopped"), ABOUT)
    folder = place.outputs / "2026"
    assert sorted(path.name for path in folder.iterdir()) == ["run_summary.html", "run_summary.xlsx"]
    assert "остановлено" in (folder / "run_summary.html").read_text(encoding="utf-8")


def test_a_workbook_open_in_another_program_stays_and_the_new_one_lies_beside(place, monkeypatch):
    write_summary(place, state(), ABOUT)
    folder = place.outputs / "2026"
    before = (folder / "run_summary.xlsx").read_bytes()
    really = os.replace

    def held(source, target):
        if str(target).endswith("run_summary.xlsx"):
            raise PermissionError(13, "is open", str(target))
        really(source, target)

    monkeypatch.setattr(summary.os, "replace", held)
    write_summary(place, state(state="stopped"), ABOUT)
    assert (folder / "run_summary.xlsx").read_bytes() == before
    assert (folder / summary.WORKBOOK_BESIDE).is_file()
    monkeypatch.setattr(summary.os, "replace", really)
    write_summary(place, state(), ABOUT)
    assert sorted(path.name for path in folder.iterdir()) == ["run_summary.html", "run_summary.xlsx"]
