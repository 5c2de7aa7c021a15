"""Indicators of sections 1.3.1-1.3.12 and 1.1.5 that rest on data, under their codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from oko_lib.indicators.talent.contests import lists_together
from oko_lib.indicators.talent.data import TalentData
from oko_lib.indicators.talent.entries import FEDERAL_LISTS
from oko_lib.indicators.talent.forms import total_of
from oko_lib.indicators.talent.growth import prize_share_change
from oko_lib.indicators.talent.summary import TalentSummary
from oko_lib.indicators.talent.units import complete_share
from oko_lib.indicators.values import IndicatorValue, ValueKind
from oko_lib.methods.proportions import wilson
from oko_lib.methods.result import Estimate, Refusal, RefusalReason
from oko_lib.settings.talent_norms import TalentNorms

_NO_DATA = Estimate(None, None, 0, refusal=Refusal(RefusalReason.NO_DATA))

#: Counts whose growth the regional indicators ask for: code → (measure of the growth table, title).
_GROWTH = {
    "1.3.1-R01": (
        ("higher_participants", "участники регионального и заключительного этапов"),
        ("higher_prizes", "победители и призёры регионального и заключительного этапов"),
        ("federal_participants", "участники мероприятий федеральных перечней"),
        ("federal_prizes", "победители и призёры мероприятий федеральных перечней"),
    ),
    "1.3.2-R01": (
        ("higher_participants", "участники регионального и заключительного этапов"),
        ("higher_prizes", "победители и призёры регионального и заключительного этапов"),
    ),
    "1.3.3-R01": (("federal_participants", "участники мероприятий федеральных перечней"),),
    "1.3.3-R02": (("federal_prizes", "победители и призёры заключительных этапов федеральных перечней"),),
}

#: Yes or no that follows from a count of the form: code → (column, title).
_SCHOOL_FLAGS = {
    "1.3.4-S01": ("programmes_additional_talent", "программы дополнительного образования уровня стартапа есть"),
    "1.3.5-S01": ("pupils_individual_programme", "ИОП в школе есть"),
    "1.3.6-S01": ("pupils_individual_plan", "ИУП в школе есть"),
    "1.3.6-S02": ("programmes_network_plan", "сетевые программы для ИУП есть"),
}


def municipality_values(own: TalentSummary, code: str) -> list[IndicatorValue]:
    """Return the indicators of a municipality: every one that rests on data, also those whose data are lacking."""
    data, year = own.data, own.data.year
    federal, federal_prizes, federal_prize_persons = lists_together(
        data.contests_of(year), FEDERAL_LISTS, data.pupils, own.norms
    )
    lists = own.contests.set_index("event_list")
    municipal, regional = own.stage("municipal"), own.stage("regional")
    coverage = own.coverage

    def value(number: str, title: str, estimate: Estimate, reading: str = "", kind: ValueKind = "share"):
        return IndicatorValue(number, "municipality", code, year, title, estimate, reading, kind)

    programmes = own.programmes
    observed = own.observed["municipal"]
    return [
        _flag(value, "1.1.5-M01", "регламенты муниципального этапа утверждены на всех площадках", observed.regulation),
        _flag(value, "1.1.5-M02", "наблюдатели на всех олимпиадах муниципального этапа", observed.olympiads),
        value("1.1.5-M02", "олимпиады муниципального этапа с наблюдателями", observed.olympiads, "олимпиады"),
        value("1.3.2-M01", "участники школьного этапа", coverage.by_olympiad, "от учеников 5–11 классов"),
        value("1.3.2-M01", "участники школьного этапа", _of_all_stages(own), "от участников всех этапов, чел."),
        value("1.3.2-M02", "победители и призёры муниципального этапа", municipal["prize_of_entries"], "от участий"),
        value("1.3.2-M02", "победители и призёры муниципального этапа", municipal["prize_of_persons"], "от людей"),
        value("1.3.2-M03", "победители и призёры регионального этапа", regional["prize_of_entries"], "от участий"),
        value("1.3.2-M03", "победители и призёры регионального этапа", regional["prize_of_persons"], "от людей"),
        value("1.3.3-M01", "участники мероприятий федеральных перечней", federal, "от всех учеников"),
        value("1.3.3-M02", "победители и призёры заключительных этапов", federal_prizes, "от участий"),
        value("1.3.3-M02", "победители и призёры заключительных этапов", federal_prize_persons, "от людей"),
        value("1.3.4-M01", "в дополнительном образовании, развивающем таланты", programmes["additional_talent"]),
        value("1.3.4-M02", "программы стартапа и персонифицированные", programmes["additional_programmes"]),
        value("1.3.5-M01", "обучаются по ИОП", programmes["individual_programme"], "доля"),
        value("1.3.5-M01", "обучаются по ИОП", _count(programmes["individual_programme"]), "число", "count"),
        value("1.3.5-M02", "сетевые программы для ИОП", programmes["network_individual"], "", "count"),
        value("1.3.5-M03", "наставники — победители и призёры краевого конкурса", own.staff["awarded"], "доля"),
        value("1.3.5-M03", "наставники — победители и призёры", _count(own.staff["awarded"]), "число", "count"),
        value(
            "1.3.6-M01",
            "ученики углублённых, профильных и предпрофильных классов",
            programmes["advanced"],
        ),
        value("1.3.6-M02", "сетевые программы для ИУП", programmes["network_plan"], "", "count"),
        value("1.3.8-M01", "школьники в сетевых и межмуниципальных программах", programmes["network"]),
        value("1.3.8-M02", "программы ВО и ПОО, готовящие к перечневым мероприятиям", programmes["university"]),
        value("1.3.8-M03", "школы с программами межведомственного взаимодействия", programmes["interagency"]),
        value("1.3.9-M01", "педагоги, подготовленные к работе с одарёнными", own.staff["teachers"]),
        value("1.3.9-M02", "педагоги-психологи, подготовленные к ней", own.staff["psychologists"]),
        value("1.3.10-M01", "педагоги-психологи, выявляющие одарённых методиками", own.staff["identifying"]),
        value("1.3.10-M02", "дети с ОВЗ в олимпиадах и конкурсах", own.disability),
        value("1.3.11-M01", "участники муниципальных мероприятий", lists.loc["municipal", "of_pupils"]),
        value("1.3.11-M02", "участники значимых мероприятий региона", lists.loc["regional", "of_pupils"]),
    ]


def school_values(own: TalentSummary, schools: Iterable[str]) -> list[IndicatorValue]:
    """Return the school indicators that follow from the form: yes or no."""
    data, year = own.data, own.data.year
    forms = data.support[data.support["year"] == year].set_index("school")
    schools = sorted(schools)
    acts = data.observers[(data.observers["year"] == year) & (data.observers["stage"] == "school")]
    acts = acts[acts["school"].isin(schools)]
    act = acts.dropna(subset="regulation").groupby("school")["regulation"].agg(lambda flags: bool(flags.all()))
    values = []
    for school in schools:
        stated = act.get(school)
        values.append(
            IndicatorValue(
                "1.1.5-S01", "school", school, year, "регламент школьного этапа утверждён", _yes(stated), kind="flag"
            )
        )
        for code, (column, title) in _SCHOOL_FLAGS.items():
            number = forms[column].get(school) if school in forms.index else None
            known = None if number is None or pd.isna(number) else bool(number > 0)
            values.append(IndicatorValue(code, "school", school, year, title, _yes(known), kind="flag"))
    return values


def region_values(own: TalentSummary, by_municipality: Mapping[str, TalentData]) -> list[IndicatorValue]:
    """Return the indicators of the region.

    Parameters
    ----------
    own : TalentSummary
        Of all schools.
    by_municipality : mapping of str to TalentData
        Frames of every municipality: how many of them grew.
    """
    year, norms = own.data.year, own.norms

    def value(number: str, title: str, estimate: Estimate, reading: str = "", kind: ValueKind = "share"):
        return IndicatorValue(number, "region", "", year, title, estimate, reading, kind)

    changes = own.growth.set_index("measure")["ratio"].to_dict()
    values = [
        value(code, title, changes.get(measure, _NO_DATA), "во сколько раз больше, чем годом раньше", "ratio")
        for code, measures in _GROWTH.items()
        for measure, title in measures
    ]
    olympiad, contests = _growing(by_municipality, year, norms)
    programmes = own.programmes
    observed = own.observed["regional"]
    staff = own.staff["teachers"]
    values += [
        _flag(value, "1.1.5-R01", "регламенты регионального этапа утверждены на всех площадках", observed.regulation),
        _flag(value, "1.1.5-R02", "наблюдатели на всех олимпиадах регионального этапа", observed.olympiads),
        value("1.3.2-R02", "муниципалитеты, где доля дипломов выросла", olympiad["formal"], "formal"),
        value("1.3.2-R02", "муниципалитеты, где доля дипломов выросла", olympiad["reliable"], "reliable"),
        value("1.3.3-R03", "муниципалитеты, где доля дипломов перечней выросла", contests["formal"], "formal"),
        value("1.3.3-R03", "муниципалитеты, где доля дипломов перечней выросла", contests["reliable"], "reliable"),
        value("1.3.4-R01", "охвачены дополнительным образованием", programmes["additional"], "доля"),
        value("1.3.4-R01", "запросы родителей к навигатору", programmes["navigator"], "число", "count"),
        value("1.3.5-R01", "обучаются по ИОП", programmes["individual_programme"], "доля"),
        value("1.3.5-R01", "обучаются по ИОП", _count(programmes["individual_programme"]), "число", "count"),
        value(
            "1.3.5-R02",
            "муниципалитеты с обучением по ИОП",
            _with(by_municipality, "pupils_individual_programme"),
        ),
        value("1.3.6-R01", "обучаются по ИУП", programmes["individual_plan"], "доля"),
        value("1.3.6-R01", "обучаются по ИУП", _count(programmes["individual_plan"]), "число", "count"),
        value("1.3.6-R02", "муниципалитеты с обучением по ИУП", _with(by_municipality, "pupils_individual_plan")),
        value("1.3.9-R01", "подготовленные педагоги", _count(staff), "число", "count"),
        value(
            "1.3.9-R01",
            "дипломы после школьного этапа на подготовленного педагога",
            _prizes_per(own),
            "",
            "ratio",
        ),
    ]
    return sorted(values, key=lambda item: _order(item.code))


def _order(code: str) -> tuple:
    section, number = code.split("-")
    return tuple(int(part) for part in section.split(".")), number


def _flag(value, number: str, title: str, estimate: Estimate) -> IndicatorValue:
    """Yes when all of them do: «наличие» is asked for."""
    return value(number, title, _yes(estimate.value >= 1 if estimate.given else None), "да или нет", "flag")


def _yes(known: bool | None) -> Estimate:
    return _NO_DATA if known is None else Estimate(float(known), None, 1)


def _count(share: Estimate) -> Estimate:
    """The number behind a share."""
    return Estimate(share.numerator, None, int(share.numerator)) if share.given else _NO_DATA


def _of_all_stages(own: TalentSummary) -> Estimate:
    """Children of the school stage among children of any stage: the other reading of the wording."""
    row = own.stage("school")
    entries = own.data.entries_of(own.data.year)
    if pd.isna(row["persons"]) or entries.empty:
        return _NO_DATA
    return wilson(
        row["persons"],
        int(entries["person"].nunique()),
        own.norms.confidence_level.value,
        int(own.norms.minimum_group.value),
    )


def _growing(by_municipality: Mapping[str, TalentData], year: int, norms: TalentNorms) -> tuple[dict, dict]:
    """Shares of municipalities whose share of prizes grew: at the olympiad, in listed contests; both readings."""
    stages = ["municipal", "regional"]
    olympiad = {code: data.entries[data.entries["stage"].isin(stages)] for code, data in by_municipality.items()}
    contests = {
        code: data.contests[data.contests["event_list"].isin(FEDERAL_LISTS)] for code, data in by_municipality.items()
    }
    return _grown(olympiad, year, norms), _grown(contests, year, norms)


def _grown(frames: Mapping[str, pd.DataFrame], year: int, norms: TalentNorms) -> dict[str, Estimate]:
    changes = [prize_share_change(frame, year, norms) for frame in frames.values()]
    known = [(change, rose) for change, rose in changes if rose is not None]
    reliable = sum(bool(change.given and change.interval.low > 0) for change, _ in known)
    return {
        "formal": complete_share(sum(rose for _, rose in known), len(known) or None),
        "reliable": complete_share(reliable, len(known) or None),
    }


def _with(by_municipality: Mapping[str, TalentData], column: str) -> Estimate:
    """Share of municipalities with any pupil in a column of the form, among those that reported it."""
    totals = [total_of(data.support[data.support["year"] == data.year], column) for data in by_municipality.values()]
    known = [total for total in totals if total.given]
    return complete_share(sum(total.value > 0 for total in known), len(known) or None)


def _prizes_per(own: TalentSummary) -> Estimate:
    """Prizes of the municipal and later stages per trained teacher."""
    trained = own.staff["teachers"]
    prizes = int(own.funnel.loc[own.funnel["stage"] != "school", "prizes"].sum())
    if not trained.given or not trained.numerator:
        return _NO_DATA
    return Estimate(prizes / trained.numerator, None, int(trained.numerator), prizes, trained.numerator)
