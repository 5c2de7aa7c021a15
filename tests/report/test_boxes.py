"""Title block, findings, notes and numbering."""

from __future__ import annotations

from datetime import date

import pytest
from typst_helper import pages, squeezed

from oko_lib.report.findings import Finding, main_findings, what_to_check
from oko_lib.report.notes import VPR_USE_LIMITS, Note
from oko_lib.report.numbering import Numbering
from oko_lib.report.title import TitleBlock, long_date

B = "\u00a0"


def title() -> TitleBlock:
    return TitleBlock(
        "Объективность оценки",
        "Н-ский муниципальный район",
        "Объективность процедур",
        2026,
        subtitle="ВПР и журнал",
        facts={"Данные": "ФИС ОКО #1", "Построен": date(2026, 11, 22)},
    )


def test_title_block_says_what_whom_when():
    described = title()._repr_mimebundle_()["application/vnd.oko+json"]
    assert described["facts"] == [["Данные", "ФИС ОКО #1"], ["Построен", f"22{B}ноября 2026{B}г."]]
    assert described["mark"] == "для служебного пользования"
    text = squeezed("".join(pages(title())))
    for part in ("Объективностьоценки", "Н-скиймуниципальныйрайон", "ФИСОКО#1", "22ноября2026г."):
        assert part in text


def test_public_title_has_no_mark():
    public = TitleBlock("О", "Р", "Н", 2026, mark="")
    assert "служебного" not in "".join(map(str, public._repr_mimebundle_().values()))


def test_long_date():
    assert long_date(date(2026, 1, 5)) == f"5{B}января 2026{B}г."


def test_findings_carry_their_pointers():
    numbering = Numbering.of(tables=["tbl-a", "tbl-b"], figures=["fig-a"])
    box = main_findings(
        [Finding("Доля — 60,7\u202f%; отличие неслучайно.", numbering.ref("tbl-b")), "По школе № 5 вывода нет."]
    )
    assert box.sentences == [
        f"Доля — 60,7\u202f%; отличие неслучайно (табл.{B}2).",
        "По школе № 5 вывода нет.",
    ]
    bundle = box._repr_mimebundle_()
    assert bundle["application/vnd.oko+json"] == {"kind": "findings", "title": "Главное", "items": box.sentences}
    text = squeezed("".join(pages(box)))
    assert all(squeezed(line) in text for line in box.sentences)


def test_empty_box_says_so():
    assert what_to_check([]).sentences == ["Поводов для проверки по этим данным нет."]
    assert pages(what_to_check([]))


def test_limits_of_use_name_their_source():
    text = VPR_USE_LIMITS.full_text
    assert "не используются для оценки деятельности школ и учителей" in text
    assert "02-86" in text
    assert squeezed(text).replace("-", "") in squeezed("".join(pages(VPR_USE_LIMITS))).replace("-", "")


def test_note_without_source():
    assert Note("Текст.").full_text == "Текст."
    assert pages(Note("Текст #1 [x].", title="Оговорка"))


def test_numbering_counts_tables_and_figures_apart():
    numbering = Numbering.of(tables=["a", "b"], figures=["c"])
    assert (numbering.table("b"), numbering.figure("c")) == (2, 1)
    assert numbering.ref("a", "c") == f"табл.{B}1 и рис.{B}1"
    assert numbering.ref("a", "b", "c") == f"табл.{B}1, табл.{B}2 и рис.{B}1"


def test_numbering_refuses_what_it_does_not_know():
    numbering = Numbering.of(tables=["tbl-agreement"])
    with pytest.raises(KeyError, match="tbl-agreement"):
        numbering.ref("tbl-agrement")
    with pytest.raises(KeyError, match="tbl-agreement"):
        numbering.table("tbl-agrement")
    with pytest.raises(ValueError, match="повторяются"):
        Numbering.of(tables=["a"], figures=["a"])
