"""Every line of real dirt: normalised, or set aside with the right rule, cell and words."""

import pytest
from intake_builders import form_2026, heading, individual, participant, results, write

GOOD = participant(40001, [1, 2, 1, 2])


def quarantine(outcome) -> list[dict]:
    return [] if outcome.quarantine is None else outcome.quarantine.to_pylist()


@pytest.fixture
def rows(take, tmp_path):
    """Read a sheet of «Индивидуальные результаты» with these rows."""

    def read(*body):
        return take(write(tmp_path / "a.xlsx", {"РУ 4 Индивидуальные результаты": individual(list(body))}))

    return read


@pytest.mark.parametrize(
    "word", ["отсутствовал", "Отсутствовал", "ОТСУТствовал", "не присутствовал", " отсутствовал ", "oтсутствoвaл"]
)
def test_absent_pupils_are_rows_without_scores(rows, word):
    outcome = rows(GOOD, participant(40002, [None] * 4, variant=word, total=None, mark=None))
    assert (outcome.accepted, outcome.quarantined) == (2, 0)
    absent = results(outcome).iloc[1]
    assert absent["present"] is False
    assert absent["primary_score"] is None
    assert absent["task_scores"] is None
    assert absent["mark"] is None


def test_absent_with_scores_contradicts_itself(rows):
    outcome = rows(GOOD, participant(40002, [1, 1, 0, 0], variant="отсутствовал"))
    assert [row["rule"] for row in quarantine(outcome)] == ["absent_with_scores"]


@pytest.mark.parametrize(("variant", "kept"), [(" 2", "2"), ("2 ", "2"), ("Var1", "1"), ("X", None), (None, None)])
def test_variants_are_normalised(rows, variant, kept):
    outcome = rows(participant(40001, [1, 2, 1, 2], variant=variant))
    assert results(outcome)["variant"].tolist() == [kept]


@pytest.mark.parametrize("journal", ["нет отметки", "н/а", "отсутствовал", "", None, "  "])
def test_no_journal_mark_is_no_error(rows, journal):
    outcome = rows(participant(40001, [1, 2, 1, 2], journal=journal))
    assert results(outcome)["journal_mark"].tolist() == [None]


@pytest.mark.parametrize("journal", [" 4", "4 ", "4", 4.0, "4,0", "\u00a04"])
def test_journal_marks_with_spaces(rows, journal):
    assert results(rows(participant(40001, [1, 2, 1, 2], journal=journal)))["journal_mark"].tolist() == [4]


@pytest.mark.parametrize("journal", ["ж", 1, 6, 8, 12, "4,5"])
def test_nonsense_in_the_journal_is_set_aside(rows, journal):
    outcome = rows(heading(2), GOOD, participant(40002, [1, 1, 1, 1], journal=journal))
    assert (outcome.read, outcome.accepted, outcome.quarantined, outcome.non_data) == (3, 1, 1, 1)
    (cell,) = quarantine(outcome)
    assert cell["rule"] == "journal_mark_bad"
    assert cell["cell"] == "M11"
    assert cell["column_title"] == "Отметка по журналу"
    assert cell["found"] == str(journal)
    assert cell["source_row"] == 11
    assert cell["source_sheet"] == "РУ 4 Индивидуальные результаты"
    assert (cell["year"], cell["grade"], cell["subject"], cell["login"]) == (2026, 4, "Русский язык", "edu990389")
    assert "2, 3, 4, 5 или «нет отметки»" in cell["message_ru"]


@pytest.mark.parametrize("mark", [1, 6, "ж", "отл"])
def test_impossible_marks(rows, mark):
    assert [row["rule"] for row in quarantine(rows(GOOD, participant(40002, [1, 1, 1, 1], mark=mark)))] == ["mark_bad"]


def test_sum_over_the_maximum(rows):
    outcome = rows(GOOD, participant(40002, [1, 1, 1, 1], total=92))
    rules = {row["rule"]: row for row in quarantine(outcome)}
    assert set(rules) == {"total_over_max", "total_mismatch"}
    assert "«92»" in rules["total_over_max"]["message_ru"]
    assert "— 8" in rules["total_over_max"]["message_ru"]
    assert outcome.quarantined == 1


@pytest.mark.parametrize(
    ("score", "rule"),
    [
        (3, "task_over_max"),
        (-1, "task_negative"),
        ("1,5", "task_fraction"),
        ("абв", "task_not_number"),
        ("отсутствовал", "task_not_number"),
    ],
)
def test_impossible_scores(rows, score, rule):
    outcome = rows(GOOD, participant(40002, [score, 1, 1, 1], total=3))
    (cell,) = quarantine(outcome)
    assert (cell["rule"], cell["cell"], cell["column_title"]) == (rule, "G10", "1 (2б)")
    assert "от 0 до 2" in cell["message_ru"]


def test_several_bad_cells_are_one_row(rows):
    outcome = rows(GOOD, participant(40002, [9, 9, 1, 1], total=20, journal="ж"))
    assert outcome.quarantined == 1
    assert sorted(row["cell"] for row in quarantine(outcome)) == ["G10", "H10", "K10", "M10"]


def test_total_that_is_not_the_sum(rows):
    (cell,) = quarantine(rows(GOOD, participant(40002, [1, 1, 1, 1], total=5)))
    assert cell["rule"] == "total_mismatch"
    assert "«5»" in cell["message_ru"]
    assert "— 4" in cell["message_ru"]


def test_missing_total_of_a_report(rows):
    (cell,) = quarantine(rows(GOOD, participant(40002, [1, 1, 1, 1], total=None)))
    assert cell["rule"] == "total_missing"


def test_a_row_without_scores(rows):
    (cell,) = quarantine(rows(GOOD, participant(40002, [None] * 4, total=None, mark=None)))
    assert cell["rule"] == "no_scores"


def test_numbers_as_text_change_nothing(rows):
    plain = rows(participant(40001, [1, 2, 0, "X"], total=3))
    texts = rows(
        participant(" 40001", ["1", "2,0", "0.0", "х"], total="3 ", mark="4", journal=" 4", klass="1", variant="2")
    )
    assert results(plain).to_dict("records") == results(texts).to_dict("records")


@pytest.mark.parametrize(
    ("klass", "kept"),
    [("НЕТ", None), ("Нет", None), ("нет", None), ("4А", "4А"), ("4 а", "4А"), ("4A", "4А"), (4, "4"), ("М", "М")],
)
def test_classes(rows, klass, kept):
    assert results(rows(participant(40001, [1, 2, 1, 2], klass=klass)))["class_label"].tolist() == [kept]


def test_identical_repeats_keep_the_first(rows):
    outcome = rows(GOOD, GOOD, participant(40002, [1, 1, 1, 1]))
    assert (outcome.accepted, outcome.quarantined) == (2, 1)
    (cell,) = quarantine(outcome)
    assert (cell["rule"], cell["source_row"]) == ("duplicate_repeat", 10)
    assert "в строке 9" in cell["message_ru"]


def test_contradicting_repeats_are_all_set_aside(rows):
    outcome = rows(GOOD, participant(40001, [0, 0, 0, 0]), participant(40002, [1, 1, 1, 1]))
    assert outcome.accepted == 1
    assert [(row["rule"], row["source_row"]) for row in quarantine(outcome)] == [
        ("duplicate_conflict", 9),
        ("duplicate_conflict", 10),
    ]


def test_the_same_code_in_two_schools_is_no_repeat(rows):
    other = participant(40001, [0, 0, 0, 0], login="edu990390", school="МБОУ «СОШ № 2»(edu990390)")
    assert rows(GOOD, other).accepted == 2


def test_repeats_across_sheets(take, tmp_path):
    outcome = take(write(tmp_path / "a.xlsx", {"А": individual([GOOD]), "Б": individual([GOOD])}))
    assert (outcome.read, outcome.accepted, outcome.quarantined) == (2, 1, 1)
    assert "листа «А»" in quarantine(outcome)[0]["message_ru"]


def test_group_headings_are_counted(rows):
    outcome = rows(heading(2), GOOD, heading(1, "МБОУ(edu990390)"), participant(40001, [1, 1, 1, 1], login="edu990390"))
    assert (outcome.read, outcome.accepted, outcome.non_data) == (4, 2, 2)
    (warning,) = outcome.warnings
    assert "edu990389" in warning
    assert "2 участника" in warning
    assert "— 1" in warning


def test_footnotes_and_repeated_headers_are_no_data(rows):
    title = individual([])
    outcome = rows(
        GOOD, title[7], participant(40002, [1, 1, 1, 1]), ["Итого"], ["Исполнитель: Петрова А. А., тел. 12-34"]
    )
    assert (outcome.read, outcome.accepted, outcome.non_data) == (5, 2, 3)


def test_a_second_work_below_the_first_is_refused(rows):
    outcome = rows(GOOD, ["ВПР 2026 Математика 4 класс"], individual([])[7], participant(40002, [1, 1, 1, 1]))
    assert "несколько отчётов" in outcome.error


def test_a_row_that_is_nothing(rows):
    (cell,) = quarantine(rows(GOOD, ["edu990389", "район", "школа"]))
    assert cell["rule"] in {"row_unrecognised", "code_missing"}


@pytest.mark.parametrize(("code", "rule"), [("Иванов", "code_bad"), (None, "code_missing")])
def test_bad_participant_codes(rows, code, rule):
    (cell,) = quarantine(rows(GOOD, participant(code, [1, 1, 1, 1])))
    assert (cell["rule"], cell["cell"]) == (rule, "D10")


@pytest.mark.parametrize(("login", "rule"), [("990389", "login_bad"), ("edu99", "login_bad"), (None, "login_missing")])
def test_bad_logins(rows, login, rule):
    (cell,) = quarantine(rows(GOOD, participant(40002, [1, 1, 1, 1], login=login, school="МБОУ")))
    assert (cell["rule"], cell["cell"]) == (rule, "A10")


def test_login_glued_to_the_name_will_do(rows):
    assert rows(participant(40002, [1, 1, 1, 1], login=None)).accepted == 1


def test_form_total_that_was_calculated_must_be_right(take, tmp_path):
    sheets = form_2026([[80001, 1, 2, 3, 1, 2, 1, 4]], formula=False)
    sheets["Протокол"][1][8] = 7
    outcome = take(write(tmp_path / "edu990389 Английский язык 8 класс ВПР 2026.xlsx", sheets))
    assert [row["rule"] for row in quarantine(outcome)] == ["total_mismatch"]


def test_percents_that_do_not_add_up(take, tmp_path):
    from intake_builders import MARKS_HEADER, frame

    body = [
        ["Вся выборка", 5, 100, 25, 25, 25, 25.01],
        ["Республика N", 5, 100, 25, 25, 25, 20],
        ["Район(reg99_m001)", 5, 100, 0.25, 0.25, 0.25, 0.25],
        ["Н-ский муниципальный район", 5, 100, 25, 25, 25, 25],
        ["МБОУ(edu990389)", None, "много", 25, 25, 25, 25],
        ["МБОУ(edu990390)", None, 10, 25, 25, 25, 125],
    ]
    sheet = [*frame("Статистика по отметкам", 2026, "Русский язык", 4, 24), MARKS_HEADER, *body]
    outcome = take(write(tmp_path / "a.xlsx", {"РУ 4 Статистика по отметкам": sheet}))
    assert (outcome.read, outcome.accepted, outcome.quarantined) == (6, 1, 5)
    rules = {row["source_row"]: row for row in quarantine(outcome)}
    assert rules[10]["rule"] == "percent_sum"
    assert "95" in rules[10]["message_ru"]
    assert rules[11]["rule"] == "percent_sum"
    assert "доли" in rules[11]["message_ru"]
    assert rules[12]["rule"] == "unit_unknown"
    assert rules[13]["rule"] == "count_bad"


def test_journal_shares_that_contradict_their_counts(take, tmp_path):
    from intake_builders import JOURNAL_HEADER, frame

    body = [
        ["МБОУ(edu990389)", 100, 10, 10, 80, 80, 10, 10],
        ["МБОУ(edu990390)", 100, 15, 10, 80, 80, 10, 10],
        ["МБОУ(edu990391)", 90, 10, 10, 80, 80, 10, 10],
    ]
    sheet = [*frame("Сравнение отметок с отметками по журналу", 2024, "Математика", 4, 20), JOURNAL_HEADER, *body]
    outcome = take(write(tmp_path / "a.xlsx", {"МА 4": sheet}))
    assert outcome.accepted == 1
    rules = [(row["source_row"], row["rule"]) for row in quarantine(outcome)]
    assert rules == [(10, "share_mismatch"), (11, "parts_over_total")]


def test_every_rule_that_fires_is_in_the_catalogue():
    import oko_lib.intake.checks as checks

    assert {"journal_mark_bad", "total_mismatch", "duplicate_conflict", "percent_sum", "value_type"} <= set(
        checks.RULES
    )
    assert all(title for title in checks.RULES.values())
    assert checks.rule_title("journal_mark_bad").startswith("Отметка по журналу")
