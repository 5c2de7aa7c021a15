"""Whatever stands in the cells: no exception, no lost row, and noise that means nothing changes nothing."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_builders import INDIVIDUAL_HEADER, JOURNAL_HEADER, MARKS_HEADER, form_2026, frame, individual, participant

from oko_lib.intake import take as module
from oko_lib.intake.context import make_context
from oko_lib.intake.options import IntakeOptions
from oko_lib.intake.outcome import Outcome
from oko_lib.intake.readers import Sheet
from oko_lib.settings.workspace import Workspace
from oko_lib.tables import TABLES

QUICK = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

JUNK = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "X",
            "Х",
            "N",
            "ж",
            "отсутствовал",
            "нет отметки",
            "НЕТ",
            "4А",
            "edu990389",
            "Var1",
            "1,5",
            "−1",
            "12 345",
            "МБОУ(edu990390) | Кол-во участников: 3",
            "Итого",
            "=1+1",
            "\u00a0",
            "40001",
            "Вся выборка",
            "(reg99_m012)",
        ]
    ),
    st.integers(-5, 100),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.text(max_size=8),
    st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)),
    st.just(dt.time(1, 2)),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return make_context(
        Workspace.at(tmp_path_factory.mktemp("junk")),
        IntakeOptions(year=2026, grade=4, subject="Русский язык", login="edu990389"),
    )


def read(context, sheets, name="a.xlsx") -> Outcome:
    """Read sheets given as cells: everything but the workbook format, and without the net that catches exceptions."""
    width = max(len(row) for _, rows in sheets for row in rows)
    filled = [
        Sheet(title, [[("" if cell is None else cell) for cell in row] + [""] * (width - len(row)) for row in rows])
        for title, rows in sheets
    ]
    outcome = Outcome(context.root / name, "0" * 64)
    module._take_sheets(outcome, filled, context)
    if outcome.return_part is not None:
        outcome.return_part.unlink()
    return outcome


def add_up(outcome: Outcome, rows: int) -> None:
    assert outcome.read == outcome.accepted + outcome.quarantined + outcome.non_data
    assert outcome.read <= rows
    for name, table in outcome.tables.items():
        frame_ = table.to_pandas()
        for column in TABLES[name].columns:
            values = frame_[column.name]
            assert column.nullable or values.notna().all(), (name, column.name)
            if column.minimum is not None and len(values):
                assert values.dropna().between(column.minimum, column.maximum or float("inf")).all(), (
                    name,
                    column.name,
                )
            if column.allowed:
                assert set(values.dropna()) <= set(column.allowed)
    quarantined = 0 if outcome.quarantine is None else len(set(outcome.quarantine.column("source_row").to_pylist()))
    assert quarantined == outcome.quarantined
    results = outcome.tables.get("vpr_results_by_participant")
    if results is not None:
        assert len(results) == outcome.accepted
        keys = results.select(["login", "participant_code"]).to_pylist()
        assert len({tuple(key.values()) for key in keys}) == len(keys)


def junk_rows(width):
    return st.lists(st.lists(JUNK, min_size=width, max_size=width), max_size=12)


@given(rows=junk_rows(len(INDIVIDUAL_HEADER)))
@QUICK
def test_junk_in_individual_results(place, rows):
    add_up(read(place, [("РУ 4", individual([participant(40001, [1, 2, 1, 2]), *rows]))]), len(rows) + 1)


@given(rows=junk_rows(9))
@QUICK
def test_junk_in_forms(place, rows):
    add_up(read(place, [("Протокол", [form_2026([])["Протокол"][0], *rows])]), len(rows))


@given(rows=junk_rows(7), wide=junk_rows(8))
@QUICK
def test_junk_in_aggregates(place, rows, wide):
    add_up(read(place, [("РУ 4", [*frame("С", 2026, "Русский язык", 4, 24), MARKS_HEADER, *rows])]), len(rows))
    add_up(read(place, [("РУ 4", [*frame("С", 2026, "Русский язык", 4, 24), JOURNAL_HEADER, *wide])]), len(wide))


@given(rows=junk_rows(12))
@QUICK
def test_junk_in_the_merged_distribution(place, rows):
    header = ["Год", "Класс", "Предмет", "Муниципалитет", "Логин", "ОО", "Кол-во участников", *range(5)]
    add_up(read(place, [("Л", [header, *rows])]), len(rows))


@given(rows=junk_rows(6))
@QUICK
def test_junk_in_mapped_tables(place, rows):
    header = ["Список", "Год", "Логин ОО", "Название ОО", "Признак", "Источник"]
    add_up(read(place, [("Л", [header, *rows])]), len(rows))
    header = ["Логин ОО", "Год", "Название ОО", "Вид ОО", "Код муниципалитета", "Муниципалитет"]
    add_up(read(place, [("Л", [header, *rows])]), len(rows))


@given(rows=junk_rows(6))
@QUICK
def test_junk_alone(place, rows):
    with pytest.raises(module.FileRefused, match="Искали: Индивидуальные результаты"):
        read(place, [("Л", [["а", "б", "в"], *rows])])


GOOD = st.lists(
    st.tuples(
        st.integers(40001, 40030),
        st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 1), st.sampled_from([0, 1, 2, "X"])),
    ),
    min_size=1, max_size=8, unique_by=lambda row: row[0],
)  # fmt: skip


def accepted(outcome) -> pd.DataFrame:
    table = outcome.tables["vpr_results_by_participant"].to_pandas()
    labels = outcome.tables["vpr_tasks"].column("label").to_pylist()
    scores = [dict(sorted(zip(labels, map(float, row), strict=True))) for row in table["task_scores"]]
    return table.drop(columns=["source_row", "source_sheet", "task_scores", "form_id"]).assign(
        scores=[str(row) for row in scores]
    )


@given(
    rows=GOOD, order=st.permutations(range(len(INDIVIDUAL_HEADER))), above=st.integers(0, 25), extra=st.integers(0, 2)
)
@QUICK
def test_order_of_columns_extra_rows_and_names_do_not_matter(place, rows, order, above, extra):
    body = [participant(code, scores) for code, scores in rows]
    sheet = individual(body)
    base = read(place, [("РУ 4", sheet)])
    assert base.accepted == len(rows)
    moved = [[""] * extra + list(row) for row in sheet[:6]] + [[""]] * above
    moved += [[""] * extra + [row[place_] for place_ in order] for row in sheet[7:]]
    other = read(place, [("Лист 12", moved)], name="2849657.xlsx")
    pd.testing.assert_frame_equal(accepted(other), accepted(base))


def noisy(draw, cell):
    if isinstance(cell, bool) or not isinstance(cell, int):
        return draw(st.sampled_from([cell, str(cell).lower(), "Х" if cell == "X" else cell])) if cell == "X" else cell
    return draw(st.sampled_from([cell, float(cell), str(cell), f" {cell}", f"{cell} ", f"\u00a0{cell}", f"{cell},0"]))


@given(rows=GOOD, data=st.data())
@QUICK
def test_numbers_as_text_change_nothing(place, rows, data):
    body = [participant(code, scores) for code, scores in rows]
    base = read(place, [("РУ 4", individual(body))])
    dirty = [[*row[:3], *(str(row[3]),), *(noisy(data.draw, cell) for cell in row[4:])] for row in body]
    other = read(place, [("РУ 4", individual(dirty))])
    pd.testing.assert_frame_equal(accepted(other), accepted(base))
