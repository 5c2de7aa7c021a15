"""Keys of pupils: one child — one key in any spelling, different children — different keys, nothing guessed."""

import datetime as dt
import hashlib
import pickle

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from oko_lib.intake.errors import FileRefused
from oko_lib.intake.pseudonyms import NameKind, PupilKeys, read_birth_date, read_name
from oko_lib.settings.secret import SecretPlace

SECRET = bytes(range(32))
BORN = dt.date(2011, 2, 1)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    path = tmp_path_factory.mktemp("secret") / "pupil_key"
    path.write_text(SECRET.hex() + "\n", encoding="ascii")
    path.chmod(0o600)
    return PupilKeys(SecretPlace(path))


def hmac_by_hand(key: bytes, text: str) -> str:
    """HMAC-SHA256 as RFC 2104 writes it, without the library that makes the keys."""
    padded = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded) + text.encode()).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in padded) + inner).hexdigest()


def key_of(keys, *cells, born=BORN):
    name = read_name(*cells)
    assert name.kind is NameKind.FULL
    return keys.dated(keys.token(name.text), born)


# --- the value itself ------------------------------------------------------------------------------------------------


def test_the_key_is_what_the_documentation_says(keys):
    token = "n-" + hmac_by_hand(SECRET, "oko:name\nиванов петр иванович")[:20]
    assert keys.token("иванов петр иванович") == token
    assert keys.dated(token, BORN) == "p-" + hmac_by_hand(SECRET, f"oko:pupil\n{token}\n2011-02-01")[:20]
    assert keys.undated(token, "edu990389", 2020) == (
        "p-" + hmac_by_hand(SECRET, f"oko:pupil\n{token}\nedu990389\n2020")[:20]
    )


def test_golden_key(keys):
    """Computed once with ``openssl dgst -sha256 -mac HMAC``: a change of the recipe would unlink all years."""
    assert key_of(keys, "Иванов Пётр Иванович") == "p-0667e8774ec75bab994a"


def test_another_secret_makes_another_key(keys, tmp_path):
    other = tmp_path / "pupil_key"
    other.write_text(bytes(reversed(SECRET)).hex(), encoding="ascii")
    assert key_of(PupilKeys(SecretPlace(other)), "Иванов Пётр") != key_of(keys, "Иванов Пётр")


# --- spellings -------------------------------------------------------------------------------------------------------

SPELLINGS = [
    ("Иванов Пётр Семёнович",),
    ("ИВАНОВ ПЕТР СЕМЕНОВИЧ",),
    ("  иванов\u00a0 пётр   семёнович ",),
    ("Иванов", "Петр", "Семенович"),
    ("Иванов", "Петр Семенович", None),
    ("Иванов Петр", None, "Семенович"),
    ("Ивaнoв Пeтp Сeмёнoвич",),  # Latin a, o, e, p
    ("12. Иванов Пётр Семёнович",),
    ("Иванов, Пётр Семёнович",),
    ("Иванов Пе\u0301тр Семе\u0308нович",),  # a stress mark; «ё» of two characters
    ("\ufeffИванов Пётр\u200b Семёно\u00adвич.",),
]


@pytest.mark.parametrize("cells", SPELLINGS)
def test_spellings_of_one_name(cells):
    assert read_name(*cells).text == "иванов петр семенович"


@pytest.mark.parametrize("middle", [None, "", "-", "—", "нет", "Нет", "отсутствует", "б/о", "Без отчества"])
def test_a_patronymic_that_is_not_there(middle):
    assert read_name("Цой", "Ирина", middle).text == "цой ирина"


@pytest.mark.parametrize("whole", ["Цой Ирина -", "Цой Ирина —", "Цой Ирина нет", "ЦОЙ ИРИНА"])
def test_a_patronymic_that_is_not_there_in_one_column(whole):
    assert read_name(whole).text == "цой ирина"


@pytest.mark.parametrize("surname", ["Петров-Водкин", "Петров - Водкин", "петров –водкин", "ПЕТРОВ‑ВОДКИН"])
def test_hyphens(surname):
    assert read_name(f"{surname} Кузьма").text == read_name(surname, "Кузьма").text == "петров-водкин кузьма"


WORD = st.text(alphabet="абвгдежзийклмнопрстуфхцчшщъыьэюяё", min_size=3, max_size=12)
LOOK_ALIKE = dict(zip("авсенкмортухАВСЕНКМОРТХ", "abcehkmoptyxABCEHKMOPTX", strict=True))


@given(st.lists(WORD, min_size=2, max_size=4), st.data())
def test_any_spelling_of_a_name_is_that_name(words, data):
    assume(not {"нет", "нету"} & set(words))
    plain = read_name(" ".join(words))
    assert plain.kind is NameKind.FULL

    def written(word: str) -> str:
        letters = []
        for letter in data.draw(st.sampled_from([word, word.upper(), word.title()])):
            spellings = [letter, LOOK_ALIKE.get(letter, letter), {"ё": "е", "Ё": "Е"}.get(letter, letter)]
            letters.append(data.draw(st.sampled_from(spellings)))
        return "".join(letters)

    gap = st.sampled_from([" ", "  ", "\u00a0", " \t"])
    cut = data.draw(st.integers(0, len(words) - 1))
    spelt = [written(word) for word in words]
    cells = ["".join(word + data.draw(gap) for word in part) for part in (spelt[:cut], spelt[cut:])]
    assert read_name(*cells) == plain


@given(st.lists(WORD, min_size=2, max_size=3), st.lists(WORD, min_size=2, max_size=3))
def test_different_names_have_different_keys(keys, one, other):
    first, second = (" ".join(words).replace("ё", "е") for words in (one, other))
    assume(first != second and not {"нет", "нету"} & {*one, *other})
    assert key_of(keys, first) != key_of(keys, second)


@given(st.dates(dt.date(1995, 1, 1), dt.date(2020, 1, 1)), st.dates(dt.date(1995, 1, 1), dt.date(2020, 1, 1)))
def test_namesakes_are_told_apart_by_the_date_of_birth(keys, one, other):
    assert (key_of(keys, "Иванов Пётр", born=one) == key_of(keys, "Иванов Пётр", born=other)) == (one == other)


def test_namesakes_without_a_date_are_told_apart_by_school_and_cohort(keys):
    token = keys.token("иванов петр")
    found = {keys.undated(token, "edu990389", 2020), keys.undated(token, "edu990390", 2020)}
    found |= {keys.undated(token, "edu990389", 2019), keys.dated(token, BORN)}
    assert len(found) == 4


# --- what is no name -------------------------------------------------------------------------------------------------

NO_NAMES = [
    (("Иванов И.И.",), NameKind.INITIALS),
    (("Иванов И. И.",), NameKind.INITIALS),
    (("И.И. Иванов",), NameKind.INITIALS),
    (("Иванов И И",), NameKind.INITIALS),
    (("Иванов ИИ",), NameKind.INITIALS),
    (("ИВАНОВ ИИ",), NameKind.INITIALS),
    (("Иванов Пётр И.",), NameKind.INITIALS),
    (("Иванов", "П.", "Иванович"), NameKind.INITIALS),
    (("И Иванов",), NameKind.INITIALS),
    (("Иванов",), NameKind.PARTIAL),
    (("Иванов", "-", "нет"), NameKind.PARTIAL),
    (("Иванов Пётр 7А",), NameKind.STRANGE),
    (("Иванова (Петрова) Анна",), NameKind.STRANGE),
    (("Иванов Пётр; Сидоров Олег",), NameKind.STRANGE),
    (("40001",), NameKind.STRANGE),
    (("скрыто",), NameKind.WITHHELD),
    (("Скрыто", "скрыто", None), NameKind.WITHHELD),
    ((None, "", " "), NameKind.NONE),
    (("-", "нет", "—"), NameKind.NONE),
]


@pytest.mark.parametrize(("cells", "kind"), NO_NAMES)
def test_what_gives_no_key(cells, kind):
    name = read_name(*cells)
    assert (name.kind, name.text) == (kind, "")


@pytest.mark.parametrize("name", ["Ю Ален Викторович", "Ли Ян", "ЛИ ЯН", "Ан Ия Петровна"])
def test_short_names_are_names(name):
    assert read_name(name).kind is NameKind.FULL


def test_a_key_in_place_of_a_name_is_taken_as_it_is(keys):
    key = key_of(keys, "Иванов Пётр")
    assert read_name(key, "скрыто", "скрыто").text == key
    token = keys.token("иванов петр")
    assert read_name(f" {token.upper()} ") == read_name(token)
    assert read_name(token).kind is NameKind.TOKEN


@given(st.text(max_size=40))
def test_reading_never_fails(text):
    assert read_name(text).kind in NameKind
    read_birth_date(text, 2026)


# --- dates of birth --------------------------------------------------------------------------------------------------

SAME_DAY = [
    BORN, dt.datetime(2011, 2, 1), dt.datetime(2011, 2, 1, 12, 30), 40575, 40575.0, "40575", "01.02.2011", "1.2.2011",
    "01.02.11", "1.2.11", "2011-02-01", "2011-02-01 00:00:00", "2011-02-01T00:00:00", "01/02/2011", "01-02-2011",
    "01.02.2011 г.", "01.02.2011г", " 01.02.2011 ", "'01.02.2011", "1 февраля 2011 г.", "1 Февраля 2011 года",
    "01.02.2011 00:00",
]  # fmt: skip


@pytest.mark.parametrize("cell", SAME_DAY, ids=repr)
def test_spellings_of_one_date(cell):
    assert read_birth_date(cell, 2026) == BORN


@given(st.dates(dt.date(2001, 1, 1), dt.date(2021, 12, 31)))
def test_every_date_in_every_spelling(born):
    serial = (born - dt.date(1899, 12, 30)).days
    texts = [born.strftime(form) for form in ("%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d", "%d/%m/%Y")]
    assert {read_birth_date(cell) for cell in (born, serial, float(serial), *texts)} == {born}


@pytest.mark.parametrize(
    "cell", ["32.01.2011", "29.02.2011", "01.13.2011", "скрыто", "2011", "", True, 7.0, "01.02.1911", "Иванов", 1e9]
)
def test_what_is_no_date_of_birth(cell):
    assert read_birth_date(cell) is None


@pytest.mark.parametrize(("year", "good"), [(2014, False), (2015, True), (2036, True), (2037, False)])
def test_the_age_must_be_possible(year, good):
    assert (read_birth_date(BORN, year) == BORN) is good


# --- the secret ------------------------------------------------------------------------------------------------------


def test_the_secret_is_opened_at_first_need_only(tmp_path):
    place = SecretPlace(tmp_path / "secret" / "pupil_key")
    keys = PupilKeys(place)
    assert keys.fingerprint is None
    assert not place.path.exists()
    keys.token("иванов петр")
    assert place.path.exists()
    assert len(keys.fingerprint) == 12


def test_the_secret_does_not_travel_between_processes(keys):
    keys.token("иванов петр")
    carried = pickle.dumps(keys)
    assert SECRET not in carried
    assert SECRET.hex().encode() not in carried
    assert pickle.loads(carried).token("иванов петр") == keys.token("иванов петр")
    assert SECRET.hex() not in repr(vars(keys))
    assert repr(SECRET)[2:-1] not in repr(vars(keys))


def test_a_lost_secret_stops_the_file_not_the_program(tmp_path):
    keys = PupilKeys(SecretPlace(tmp_path / "pupil_key", expected="0123456789ab"))
    with pytest.raises(FileRefused, match=r"потерян.*ключи не совпадут"):
        keys.token("иванов петр")
    assert not (tmp_path / "pupil_key").exists()
