"""The raw files: real layouts, consistent with each other and with the truth, the same bytes every time."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
from demo_samples import SMALL, Written
from python_calamine import CalamineWorkbook

from oko_lib.demo import Region, make_demo
from oko_lib.demo.files.dirt import JOURNAL_NONSENSE, QUARANTINED_ROWS
from oko_lib.demo.lists import biased_results_lists
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace

#: Registers of the demo that name no school, by year.
_WITHOUT_SCHOOLS = ("Перечни мероприятий", "Умения по заданиям ВПР")
TASK = re.compile(r"^\d+([.,]\d+)?([КK]\d+)?\s*\((\d+)\s*б\)$")


def _sheets(path: Path) -> dict[str, list[list]]:
    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def _first(path: Path) -> tuple[str, list[list]]:
    return next(iter(_sheets(path).items()))


def _digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def books(written: Written) -> dict[str, tuple[str, list[list]]]:
    """First sheet of every file, by path."""
    return {
        path.relative_to(written.folder).as_posix(): _first(path) for path in sorted(written.folder.rglob("*.xlsx"))
    }


def _titled(books: dict[str, tuple[str, list[list]]], title: str) -> dict[str, tuple[str, list[list]]]:
    found = {path: book for path, book in books.items() if book[1] and book[1][0][0] == title}
    assert found, title
    return found


def test_same_arguments_same_bytes(written: Written, tmp_path: Path) -> None:
    again = make_demo(Workspace.at(tmp_path), **SMALL)
    assert _digest(again.folder.parents[1]) == _digest(written.folder.parents[1])


def test_another_seed_another_region(written: Written, tmp_path: Path) -> None:
    other = make_demo(Workspace.at(tmp_path), **{**SMALL, "seed": 8, "municipalities": 1})
    assert not set(_digest(other.folder).values()) & set(_digest(written.folder).values()) - _unknown(written)


def _unknown(written: Written) -> set[str]:
    """Files that hold no data of the region: the budget, and registers without schools."""
    digest = _digest(written.folder)
    names = ["Шкалы ВПР (демо)", *(f"{kind} {year}" for kind in _WITHOUT_SCHOOLS for year in written.region.years)]
    return {digest[path] for path in (*written.truth["unknown"], *(f"Справочники/{name}.xlsx" for name in names))}


def test_old_files_do_not_survive(tmp_path: Path) -> None:
    workspace = Workspace.at(tmp_path)
    stale = workspace.raw / "demo" / "2020" / "старый.xlsx"
    other = workspace.raw / "свой.xlsx"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"")
    other.write_bytes(b"")
    make_demo(workspace, municipalities=1, scale=0.5, years=(2026,))
    assert not stale.exists()
    assert other.exists()


def test_files_are_counted(written: Written) -> None:
    assert sum(written.summary.files.values()) == sum(1 for _ in written.folder.rglob("*.xlsx"))
    assert set(written.summary.files) >= {
        "individual_results", "journal_comparison", "journal_comparison_vertical", "marks_statistics", "protocol_2021",
        "protocol_2022", "protocol_2026", "protocol_two_parts", "register", "score_distribution", "unknown",
    }  # fmt: skip


def test_individual_results_have_the_real_header(books: dict) -> None:
    for sheet, rows in _titled(books, "Индивидуальные результаты").values():
        assert re.fullmatch(r"(РУ|МА|ОМ) [456] Индивидуальные результаты", sheet)
        assert re.fullmatch(r"ВПР (2025|2026) .+ [456] класс", rows[2][0])
        assert rows[3][0] == "Предмет:"
        assert rows[4][0] == "Максимальный первичный балл:"
        assert rows[5][0] == "Дата:"
        header = [cell for cell in rows[7] if cell != ""]
        assert header[:6] == ["ОО", "Муниципалитет", "Название ОО", "Код участника", "Класс", "Вариант"]
        assert header[-3:] == ["Первичный балл", "Отметка", "Отметка по журналу"]
        tasks = header[6:-3]
        assert all(TASK.match(task) for task in tasks)
        assert sum(int(TASK.match(task).group(3)) for task in tasks) == rows[4][1]
        assert rows[6][2] == "Уровень сложности задания"
        assert set(rows[6][6 : 6 + len(tasks)]) <= {"Б", "П"}
        assert re.fullmatch(r".+\(edu99\d{4}\) \| Кол-во участников: \d+", rows[8][0])


def test_group_headings_count_their_rows(books: dict) -> None:
    for _, rows in _titled(books, "Индивидуальные результаты").values():
        announced, counted = 0, 0
        for row in rows[8:]:
            if found := re.search(r"\| Кол-во участников: (\d+)$", str(row[0])):
                assert announced == counted
                announced, counted = int(found.group(1)), 0
            else:
                counted += 1
        assert announced == counted


def test_every_participant_is_delivered_once_by_whole_files(written: Written, books: dict) -> None:
    """Rows of all individual reports and protocols together are the rows of the model."""
    late = {written.truth["correction"]["original"], written.truth["duplicate"]["copy"]}
    shown = 0
    for path, (_, rows) in _titled(books, "Индивидуальные результаты").items():
        if path not in late:
            shown += sum(1 for row in rows[8:] if "Кол-во участников" not in str(row[0]))
    expected = 0
    delivery = written.truth["delivery"]
    old = {delivery["form_2021"]["municipality_code"], delivery["form_2022"]["municipality_code"]}
    for cell in written.region.cells:
        frame = cell.frame[cell.frame["present"]]
        if cell.year == written.region.years[0]:
            frame = frame[~frame["municipality_code"].isin(old)]
        else:
            frame = frame[~frame["login"].isin(delivery["school_forms"]["only_form"])]
        expected += len(frame)
    assert shown == expected


def test_aggregates_agree_with_the_rows(written: Written, books: dict) -> None:
    """Marks of one municipality counted from its rows as delivered are the percentages of the report."""
    correction = written.truth["correction"]
    _, rows = books[correction["corrected"]]
    column = rows[7].index("Отметка")
    marks = np.array([int(row[column]) for row in rows[8:] if row[column] != ""])
    _, report = next(
        book
        for path, book in _titled(books, "Статистика по отметкам").items()
        if book[1][2] == rows[2] or book[1][2][0] == rows[2][0]
    )
    line = next(row for row in report[8:] if f"({correction['municipality_code']})" in str(row[0]))
    assert line[2] == len(marks)
    assert line[3:7] == [round(100 * (marks == mark).mean(), 2) for mark in (2, 3, 4, 5)]


def test_marks_statistics(books: dict) -> None:
    for sheet, rows in _titled(books, "Статистика по отметкам").values():
        assert len(sheet) <= 31
        assert rows[7][:7] == ["Группы участников", "Кол-во ОО", "Кол-во участников", 2, 3, 4, 5]
        assert [rows[8][0], rows[9][0]] == ["Вся выборка", "Демонстрационная область"]
        for row in rows[8:]:
            assert sum(row[3:7]) == pytest.approx(100, abs=0.03)
            assert (row[1] == "") == ("(edu" in row[0])
        region = rows[9]
        places = [row for row in rows[10:] if "(reg99_m" in row[0]]
        assert region[2] == sum(row[2] for row in places)
        assert region[1] == sum(row[1] for row in places) == sum("(edu" in row[0] for row in rows[10:])


def test_both_forms_of_the_comparison_with_the_journal(books: dict) -> None:
    vertical, horizontal = 0, 0
    for sheet, rows in _titled(books, "Сравнение отметок с отметками по журналу").values():
        assert len(sheet) == 31
        assert sheet.endswith("Сравнение отметок с отметк")
        header = [cell for cell in rows[7] if cell != ""]
        if "%" in header:
            vertical += 1
            assert header == ["Группы участников", "Кол-во участников", "%"]
            assert [str(row[0]).split(" ")[0] for row in rows[9:13]] == ["Понизили", "Подтвердили", "Повысили", "Всего"]
            assert sum(row[1] for row in rows[9:12]) == rows[12][1]
        else:
            horizontal += 1
            assert header[:2] == ["Группы участников", "Кол-во участников(всего)"]
            assert header[4] == "Подтвердили (Отметка = Отметке по журналу) %"
            for row in rows[8:]:
                parts = row[3] + row[5] + row[7]
                assert parts <= row[1]
                assert [row[2], row[4], row[6]] == [round(100 * n / parts, 2) if parts else 0 for n in row[3:8:2]]
    assert vertical
    assert horizontal


def test_score_distribution(books: dict) -> None:
    for _, rows in _titled(books, "Распределение первичных баллов").values():
        assert rows[7][:2] == ["Группы участников", "Кол-во участников"]
        assert rows[7][2:] == list(range(int(rows[4][1]) + 1))
        for row in rows[8:]:
            assert sum(row[2:]) == pytest.approx(100, abs=0.3)


def test_old_exports(written: Written, books: dict) -> None:
    folder_2021 = {path: book for path, book in books.items() if path.split("/")[-1].startswith("Проведение работы")}
    folder_2022 = {path: book for path, book in books.items() if path.split("/")[-1].startswith("Протоколы ")}
    assert len(folder_2021) == len(folder_2022) == 7
    for sheet, rows in folder_2021.values():
        assert sheet == "Sheet"
        assert rows[0][:5] == [
            "логин школы", "регион", "номер обучающегося", "код обучающегося",
            "отметка за предыдущую четверть/триместр",
        ]  # fmt: skip
        assert all(isinstance(cell, str) for row in rows for cell in row), "everything is text"
        assert all(row[0].startswith("sch99") for row in rows[1:])
    absent = 0
    for path in folder_2022:
        sheets = _sheets(written.folder / path)
        assert list(sheets) == ["Классы", "Протокол"]
        rows = sheets["Протокол"]
        assert rows[0][:8] == [
            "Пользователь", "Код региона", "Регион", "Муниципалитет", "Школа", "Дата загрузки", "Код", "Вариант",
        ]  # fmt: skip
        assert re.match(r"edu99\d{4} \| М", rows[1][4])
        away = [row for row in rows[1:] if "сутствова" in str(row[7]).lower()]
        absent += len(away)
        assert all(row[-1] in (0, "0") for row in away)
    assert absent


def test_school_forms_have_template_rows_and_cached_totals(written: Written) -> None:
    paths = sorted(written.folder.rglob("Форма сбора результатов*.xlsx"))
    assert {path.parent.name for path in paths} == {
        *written.truth["delivery"]["school_forms"]["only_form"],
        *written.truth["delivery"]["school_forms"]["form_and_report"],
    }
    for path in paths:
        sheets = _sheets(path)
        assert list(sheets)[:2] == ["Протокол", "Служебный"]
        rows = sheets["Протокол"]
        total = rows[0].index("Итого баллов")
        empty = [row for row in rows[1:] if row[0] == ""]
        assert len(empty) == written.region.settings.model.dirt.template_rows
        assert all(row[total] == 0 for row in empty)
        two_parts = "Вариант (часть 2)" in rows[0]
        tasks = [column for column, cell in enumerate(rows[0]) if TASK.match(str(cell))]
        for row in rows[1 : len(rows) - len(empty)]:
            assert row[total] == sum(row[column] for column in tasks if isinstance(row[column], float))
        assert two_parts == ('Класс № (список формируется из листа "Классы")' in rows[0])


def test_dirt_is_where_the_truth_says(written: Written) -> None:
    dirt = written.truth["dirt"]
    assert sum(dirt["counts"].values()) == len(dirt["places"])
    assert all(dirt["counts"][kind] >= 1 for kind in QUARANTINED_ROWS)
    for place in dirt["places"]:
        rows = _sheets(written.folder / place["file"])[place["sheet"]]
        row, above = rows[place["row"] - 1], rows[place["row"] - 2]
        assert place["login"] in str(row), place
        if place["sheet"] == "Протокол" or place["sheet"] == "Sheet":
            continue
        header = rows[7]
        total = header.index("Первичный балл")
        tasks = range(6, total)
        points = [row[column] for column in tasks if isinstance(row[column], float)]
        match place["kind"]:
            case "journal_nonsense":
                assert row[total + 2] in JOURNAL_NONSENSE
            case "score_over_maximum":
                assert row[total] > rows[4][1]
            case "score_not_sum":
                assert row[total] != sum(points)
            case "task_over_maximum":
                assert any(
                    isinstance(row[column], float) and row[column] > int(TASK.match(header[column]).group(3))
                    for column in tasks
                )
            case "code_missing":
                assert row[3] == ""
            case "code_repeated":
                assert row[3] == above[3]
                assert row[0] == above[0]
            case "cyrillic_x":
                assert "Х" in row
            case "journal_none_words":
                assert "нет" in row[total + 2].lower() or row[total + 2] == "н/а"


def test_everything_else_is_clean(written: Written, books: dict) -> None:
    """Rows the truth does not list add up, so the number of quarantined rows is known beforehand."""
    spoilt = {(place["file"], place["row"]) for place in written.truth["dirt"]["places"]}
    for path, (_, rows) in _titled(books, "Индивидуальные результаты").items():
        total = rows[7].index("Первичный балл")
        for number, row in enumerate(rows[8:], start=9):
            if "Кол-во участников" in str(row[0]) or (path, number) in spoilt:
                continue
            assert row[total] == sum(cell for cell in row[6:total] if isinstance(cell, float)), (path, number)
            assert row[total + 2] in ("", 2, 3, 4, 5)


def test_correction_and_duplicate(written: Written, books: dict) -> None:
    correction, duplicate = written.truth["correction"], written.truth["duplicate"]
    _, wrong = books[correction["original"]]
    _, right = books[correction["corrected"]]
    different = [number for number, (a, b) in enumerate(zip(wrong, right, strict=True)) if a != b]
    assert 0 < len(different) <= correction["rows"]
    assert {right[number][0] for number in different} == {correction["login"]}
    assert correction["corrected"] > correction["original"], "in order of paths the correction comes later"
    first, second = (written.folder / duplicate[name] for name in ("original", "copy"))
    assert first.read_bytes() == second.read_bytes()


def test_registers(written: Written, books: dict) -> None:
    schools = written.region.schools
    _, rows = books["Справочники/Справочник школ 2026.xlsx"]
    assert rows[0] == ["Логин ОО", "Год", "Название ОО", "Вид ОО", "Код муниципалитета", "Муниципалитет"]
    assert [row[0] for row in rows[1:]] == schools["login"].tolist()
    assert not schools.duplicated(["municipality_code", "school_name"]).any()
    _, scales = books["Справочники/Шкалы ВПР (демо).xlsx"]
    assert len(scales) - 1 == len(written.region.cells)
    assert {row[-1] for row in scales[1:]} == {"демонстрационные данные: шкала 2021 года"}
    _, history = books["Справочники/История логинов.xlsx"]
    known = {row[0] for row in history[1:]}
    used = {row[0] for path, (_, rows) in books.items() if "Проведение работы" in path for row in rows[1:]}
    assert used <= known


def test_published_lists_overlap_with_the_plants_only_in_part(large: Region) -> None:
    lists = biased_results_lists(large)
    reasons = lists["reason"].value_counts()
    assert reasons["planted"] > 0
    assert reasons["usual"] + reasons["other"] > reasons["planted"]
    share = lists.groupby("year").size() / len(large.schools)
    assert share.between(0.02, 0.12).all()
    twice = (lists.groupby("school").size() == 2).sum()
    by_chance = share.prod() * len(large.schools)
    assert twice > 2 * by_chance, "repetition above chance"


def test_truth_is_consistent(written: Written) -> None:
    truth, schools = written.truth, written.region.schools
    planted = {plant["login"] for plant in truth["planted"]}
    assert planted.isdisjoint(truth["clean_schools"])
    assert planted | set(truth["clean_schools"]) == set(schools["login"])
    assert truth["arguments"] == {**SMALL, "years": list(SMALL["years"])}
    assert truth["participants"]["rows"] == written.summary.participants
    listed = {row["login"] for row in truth["published_lists"]["biased_results"]}
    assert listed <= set(schools["login"])


def test_names_are_fictional_and_never_part_of_each_other(large: Region) -> None:
    names = large.settings.names.municipalities
    assert len(names) == len(set(names)) == 61
    stems = [name.replace(" муниципальный район", "").replace(" муниципальный округ", "") for name in names]
    for one in stems:
        assert not [other for other in stems if other != one and one.lower() in other.lower()]
    schools = " ".join(large.schools["school_name"]).lower()
    assert not [stem for stem in stems if stem.lower().removeprefix("город ") in schools]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"municipalities": 0}, "от 1 до 61"),
        ({"municipalities": 62}, "от 1 до 61"),
        ({"scale": 0}, "больше 0"),
        ({"years": ()}, "Годы"),
        ({"years": (2026, 2026)}, "разные"),
        ({"municipalities": 61, "scale": 15}, "уменьшите масштаб"),
    ],
)
def test_wrong_arguments_are_refused_in_russian(tmp_path: Path, arguments: dict, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        make_demo(Workspace.at(tmp_path), **arguments)
    assert not (tmp_path / "data").exists()
