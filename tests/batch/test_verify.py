"""Names are recognised in all case forms, and only they."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oko_lib.batch.verify import IdentityError, check_identity, folded, mentions, pdf_text

DISTRICT = "Северский муниципальный район"
TOWN = "город Северск"
OKRUG = "Усть-Лужский муниципальный округ"
REGION = "Учебный край"


@pytest.mark.parametrize(
    "text",
    [
        "Северский муниципальный район",
        "в Северском районе",
        "Северского муниципального района",
        "северскому району",
        "по Северскому р-ну",
        "в Север\u00adском районе",
        "в Север-\nском муници-\nпальном районе",
        "СЕВЕРСКИЙ\nМУНИЦИПАЛЬНЫЙ\nРАЙОН",
    ],
)
def test_a_district_in_any_form(text):
    assert mentions(text, own=[], others=[DISTRICT, TOWN]) == {DISTRICT: 1}


@pytest.mark.parametrize("text", ["в Северске", "города Северска", "г. Северск", "Северском городе"])
def test_a_town_in_any_form(text):
    found = mentions(text, own=[], others=[DISTRICT, TOWN])
    assert found == ({} if text == "Северском городе" else {TOWN: 1})


@pytest.mark.parametrize("text", ["северские школы", "Северский лицей", "Усть-Северский район", "район", ""])
def test_an_adjective_alone_or_a_longer_name_is_no_mention(text):
    assert mentions(text, own=[], others=[DISTRICT]) == {}


@pytest.mark.parametrize("text", ["Усть-Лужского округа", "Усть-\nЛужском муниципальном округе", "Усть‑Лужский округ"])
def test_hyphenated_names(text):
    assert mentions(text, own=[], others=[OKRUG]) == {OKRUG: 1}


def test_the_longest_name_wins():
    text = "Новый Северск растёт. Северск тоже."
    assert mentions(text, own=["город Северск"], others=["Новый Северск"]) == {
        "Новый Северск": 1,
        "город Северск": 1,
    }
    assert mentions("в Новом Северске", own=["город Новый Северск"], others=["Северск"]) == {"город Новый Северск": 1}


def test_region_named_after_a_town_is_not_the_town():
    found = mentions("по Красноярскому краю", own=["Канский район", "Красноярский край"], others=["город Красноярск"])
    assert found == {"Красноярский край": 1}


def test_names_of_own_schools_may_contain_anything():
    text = "МБОУ «Школа Северского района № 2» работает в Усть-Лужском округе"
    assert mentions(text, own=[OKRUG], others=[DISTRICT], allowed=["МБОУ «Школа Северского района № 2»"]) == {OKRUG: 1}


def test_identity_holds():
    check_identity(f"{TOWN}. {REGION}.", own=TOWN, region=REGION, others=[DISTRICT, OKRUG])


def test_a_stranger_is_refused_by_name():
    with pytest.raises(IdentityError, match="Усть-Лужский"):
        check_identity("В Северске лучше, чем в Усть-Лужском округе", own=TOWN, region=REGION, others=[OKRUG])


def test_a_report_that_does_not_name_its_own_municipality_is_refused():
    with pytest.raises(IdentityError, match="не найдено"):
        check_identity("Отчёт", own=TOWN, region=REGION, others=[])


NAMES = ["Белоключевский муниципальный район", "Берёзоярский муниципальный округ", "город Камнеброд", DISTRICT, TOWN]


@settings(max_examples=60)
@given(st.sampled_from(NAMES), st.text(alphabet="абв .,\n-–1", max_size=30), st.text(alphabet="где .,\n1", max_size=30))
def test_a_name_is_found_whatever_stands_around_it(name, before, after):
    found = mentions(f"{before} {name} {after}", own=[], others=NAMES)
    assert found.get(name) == 1


@settings(max_examples=60)
@given(st.text(max_size=80))
def test_folding_is_stable(text):
    assert folded(folded(text)) == folded(text)


def test_text_is_read_back_from_a_typst_pdf(tmp_path):
    source = tmp_path / "a.typ"
    words = "Усть-Лужского муниципального округа превысила среднюю. " * 20
    source.write_text(
        f'#set text(lang: "ru", hyphenate: true)\n#set par(justify: true)\n#set page(width: 7cm)\n{words}',
        encoding="utf-8",
    )
    # In a process of its own: other tests of this folder fork, and a fork after a compilation hangs.
    compile_it = "import sys, typst; typst.compile(sys.argv[1], output=sys.argv[2])"
    subprocess.run([sys.executable, "-c", compile_it, str(source), str(tmp_path / "a.pdf")], check=True)
    assert mentions(pdf_text(tmp_path / "a.pdf"), own=[], others=[OKRUG]) == {OKRUG: 20}
