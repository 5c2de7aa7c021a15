"""A school is told from others whose names contain its name, and prose is not taken for a name."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oko_lib.batch.school_names import check_school, name_words, natural_order, spellings
from oko_lib.batch.verify import IdentityError

OWN = "МБОУ «Средняя школа № 1»"
PUSHKIN = "МБОУ «Средняя школа № 1 имени А. С. Пушкина»"
TENTH = "МБОУ «Средняя школа № 10»"
VILLAGE = "МКОУ «Ивановская основная школа»"


def check(text, own=(OWN,), others=((PUSHKIN, "edu2"), (TENTH, "edu3"), (VILLAGE, "edu4")), logins=("edu1", "sch1")):
    check_school(text, own=own, logins=logins, others=others)


@pytest.mark.parametrize(
    "text",
    [
        f"Профиль. {OWN}",
        'МБОУ "СРЕДНЯЯ ШКОЛА №1"',
        "Средняя\nшкола №\u00a01, город Северск",
        "Сред-\nняя школа № 1",
        "СОШ № 1",
        "сош №1.",
        "логин edu1",
        "прежний логин SCH1",
    ],
)
def test_its_own_name_in_full_short_or_its_login(text):
    check(text)


@pytest.mark.parametrize(
    "text", ["", "Отчёт о школе", "СОШ № 11", "ООШ № 1", "школа 1", "edu11", "СОШ № 12 и СОШ № 123"]
)
def test_a_report_that_does_not_name_its_school_is_refused(text):
    with pytest.raises(IdentityError, match="не найдено название школы МБОУ «Средняя школа № 1»"):
        check(text)


@pytest.mark.parametrize(
    ("text", "stranger"),
    [
        (f"{OWN} и {TENTH}", TENTH),
        (f"{OWN}, СОШ № 10", TENTH),
        (f"{OWN}; {PUSHKIN}", PUSHKIN),
        ("СОШ № 1. Средняя школа № 1 имени А. С. Пушкина", PUSHKIN),
        (f"{OWN}. Ивановская ООШ", VILLAGE),
        (f"{OWN} edu4", VILLAGE),
    ],
)
def test_another_school_is_refused_by_name(text, stranger):
    with pytest.raises(IdentityError) as refused:
        check(text)
    assert stranger in str(refused.value)
    assert str(refused.value).count("МБОУ") + str(refused.value).count("МКОУ") == 2


def test_the_longer_name_is_not_a_mention_of_the_shorter():
    check(f"{PUSHKIN}, СОШ № 1", own=(PUSHKIN,), others=((OWN, "edu1"),))
    check("Филиал МБОУ СОШ № 7 в селе Ивановка", own=("Филиал МБОУ СОШ № 7 в селе Ивановка",), others=(("СОШ № 7",),))
    check("МБОУ СОШ № 7", own=("МБОУ СОШ № 7",), others=(("Филиал МБОУ СОШ № 7",),))


def test_names_that_cannot_be_told_apart_are_not_looked_for():
    check("СОШ № 1", own=(OWN,), others=(("МКОУ «Средняя школа № 1» села Ивановка",),))
    check(f"{OWN}: средняя школа, лицей и гимназия", others=(("Средняя школа",), ("Лицей",), ("МБОУ Гимназия",)))
    check(f"{OWN} участвовала, из 10 школ 3", others=(("Школа № 3",), ("Школа № 10",)))


def test_a_former_name_is_its_own():
    check("Школа-интернат № 101", own=(OWN, "Школа-интернат № 101"))
    check(f"СОШ № 10 (ныне {OWN})", own=(OWN, TENTH), others=((TENTH, "edu3"),))


def test_marks_of_spelling_do_not_matter():
    forms = {name_words(text) for text in ("МБОУ «СОШ № 5»", 'мбоу "сош №5"', "МБОУ СОШ N5", "МБОУ СОШ No. 5")}
    assert forms == {("мбоу", "сош", "№", "5")}
    assert name_words("Школа-интернат") == name_words("Школа-\nинтернат")
    assert "СОШ №\u00a01" in spellings([OWN])


def test_schools_are_ordered_by_number():
    assert sorted(["СОШ № 10", "СОШ № 2", "Лицей № 3"], key=natural_order) == ["Лицей № 3", "СОШ № 2", "СОШ № 10"]


NUMBERS = st.integers(1, 60)
KINDS = st.sampled_from(["Средняя школа", "СОШ", "Гимназия", "Лицей"])
NAMES = st.builds("{} «{} № {}»".format, st.sampled_from(["МБОУ", "МАОУ"]), KINDS, NUMBERS)


@settings(max_examples=150)
@given(NAMES, st.lists(NAMES, max_size=8), st.text(alphabet="абв .,\n1", max_size=20))
def test_a_report_on_one_school_alone_always_passes(own, others, prose):
    check_school(f"{prose} {own} {prose}", own=(own,), logins=("edu1",), others=[(name, "edu2") for name in others])


@settings(max_examples=150)
@given(NAMES, NAMES, st.text(alphabet="абв .,\n", max_size=20))
def test_any_other_name_is_noticed(own, other, prose):
    assume(not set(map(name_words, spellings([own]))) & set(map(name_words, spellings([other]))))
    with pytest.raises(IdentityError):
        check_school(f"{own} {prose}, {other}", own=(own,), logins=(), others=[(other,)])
