"""Indicators of sections 1.1.1-1.1.4 under their codes; an indicator without data says so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import pandas as pd

from oko_lib.indicators.low_results.outcomes import LEVELS
from oko_lib.indicators.low_results.pupils import ALL_NOSOLOGIES
from oko_lib.indicators.low_results.support import complete_share
from oko_lib.indicators.share_estimates import pooled_share, share_estimates
from oko_lib.indicators.training_quality.adapted import adapted_programmes
from oko_lib.indicators.training_quality.agreement import own_against_outer
from oko_lib.indicators.training_quality.levels import BELOW, level_shares, levels_of_schools, reached_difference
from oko_lib.indicators.training_quality.levels import WORK as LEVEL_WORK
from oko_lib.indicators.training_quality.marks import FAILING, GOOD, WORK, distribution
from oko_lib.indicators.training_quality.observers import observed_share
from oko_lib.indicators.training_quality.region import RegionQuality
from oko_lib.indicators.values import IndicatorValue, ValueKind
from oko_lib.methods.cohort_change import LevelTransitions
from oko_lib.methods.proportions import wilson
from oko_lib.methods.result import Estimate, Interval, Refusal, RefusalReason
from oko_lib.settings.training_quality_norms import TrainingQualityNorms

_NO_DATA = Estimate(None, None, 0, refusal=Refusal(RefusalReason.NO_DATA))

_MARKS_RU = {"mark_2": "«2»", "mark_3": "«3»", "mark_4": "«4»", "mark_5": "«5»"}
_LEVELS_RU = {
    "insufficient": "недостаточный", "reduced": "ниже базового", "basic": "базовый", "advanced": "выше базового",
}  # fmt: skip
_DIRECTIONS_RU = {"lowered": "понизившие", "confirmed": "соответствующие", "raised": "повысившие"}


class _Values:
    """Collects values of one level."""

    def __init__(self, level: str, year: int) -> None:
        self.level, self.year, self.found = level, year, list[IndicatorValue]()

    def add(
        self, code: str, unit: str, title: str, estimate: Estimate | None, reading: str = "", kind: ValueKind = "share"
    ) -> None:
        value = _NO_DATA if estimate is None else estimate
        self.found.append(IndicatorValue(code, self.level, unit, self.year, title, value, reading, kind))

    def several(
        self, code: str, unit: str, titles: dict[str, str], row: Mapping[str, Estimate] | None, reading: str = ""
    ) -> None:
        for column, title in titles.items():
            self.add(code, unit, title, None if row is None else row[column], reading)


def region_values(region: RegionQuality, norms: TrainingQualityNorms) -> list[IndicatorValue]:
    """Return all indicators of the region's level."""
    values, year = _Values("region", region.year), region.year
    marks = region.marks.counts
    together = {name: pooled_share(marks, name, year, norms) for name in _MARKS_RU}
    values.several("1.1.1-R01", "", _MARKS_RU, together, "все работы ВПР вместе")
    for work in levels_of_schools(region.levels, year, norms).to_dict("records") or [None]:
        values.several("1.1.2-R01", "", _LEVELS_RU, work, "" if work is None else _work(work))
    adapted = adapted_programmes(region.adapted, year)
    values.add("1.1.3-R01", "", "школы с АООП", adapted.any_programme, "есть АООП хотя бы для одной нозологии")
    values.add("1.1.3-R01", "", "школы с АООП", adapted.every_programme, "АООП для каждой нозологии школы")
    values.add("1.1.3-R02", "", "обучающиеся с ОВЗ, прошедшие КДР", adapted.assessed)
    for work in _disability_levels(region, None, norms) or [None]:
        values.several("1.1.3-R03", "", _LEVELS_RU, work, "" if work is None else _work(work))
    total = region.objectivity.total
    for direction, title in _DIRECTIONS_RU.items():
        values.add("1.1.4-R01", "", title, getattr(total, direction))
    control = region.objectivity.control
    values.add("1.1.4-R02", "", "контрольная группа и остальные, КДР", None, "по КДР контрольных групп в данных нет")
    values.add(
        "1.1.4-R02", "", "контрольная группа и остальные, ВПР", None if control is None else control.level.difference,
        "доля максимального балла: без наблюдателей минус с наблюдателями", "points",
    )  # fmt: skip
    _lists(values, region)
    return values.found


def _lists(values: _Values, region: RegionQuality) -> None:
    rows = region.objectivity.lists.rows
    counts = rows.groupby("year")["school"].nunique() if len(rows) else pd.Series(dtype=int)
    now, before = counts.get(region.year), counts.get(region.year - 1)
    values.add("1.1.4-R03", "", "школы с признаками необъективности", _count(now), "по опубликованному списку", "count")
    change = None if now is None or before is None else float(now) - float(before)
    values.add("1.1.4-R03", "", "изменение их числа за год", _count(change), "по опубликованным спискам", "count")


def municipality_values(
    region: RegionQuality, code: str, schools: Collection[str], moves: LevelTransitions, norms: TrainingQualityNorms
) -> list[IndicatorValue]:
    """Return all indicators of a municipality's level: of all its schools together and by school."""
    values, year, own = _Values("municipality", region.year), region.year, set(schools)
    marks = _of(region.marks.counts, own, year)
    together = {share: pooled_share(marks, f"{share}_n", year, norms) for share in (FAILING, GOOD)}
    by_school = distribution(marks, ["school"], norms).set_index("school")
    for number, share, title in (("1.1.1-M01", FAILING, "«2» за ВПР"), ("1.1.1-M02", GOOD, "«4» и «5» за ВПР")):
        values.add(number, code, title, together[share], "все школы и работы вместе")
        for school, row in by_school.iterrows():
            values.add(number, str(school), title, row[share], "все работы школы вместе")
    _finished(values, region, code, own)
    _levels_of_municipality(values, region, code, own, norms)
    _moves(values, code, moves, norms)
    _disabilities(values, region, code, own, norms)
    _objectivity_of_municipality(values, region, code, own)
    return values.found


def _finished(values: _Values, region: RegionQuality, code: str, own: set[str]) -> None:
    rows = _of(region.flow.rows, own, region.year)
    parts = {"finished": "завершили обучение", "without_certificate": "не завершили обучение"}
    units = [(code, rows)] + [(str(school), part) for school, part in rows.groupby("school")]
    for unit, part in units:
        for column, title in parts.items():
            found = part[column].dropna()
            value = _count(found.sum()) if len(found) else None
            values.add("1.1.1-M03", unit, title, value, "9 и 11 классы, по итоговой аттестации", "count")


def _levels_of_municipality(
    values: _Values, region: RegionQuality, code: str, own: set[str], norms: TrainingQualityNorms
) -> None:
    levels = _of(region.levels, own, region.year)
    by_school = level_shares(levels, ["school", *LEVEL_WORK], norms)
    units = [(code, levels_of_schools(levels, region.year, norms))]
    units += [(str(school), rows) for school, rows in by_school.groupby("school")]
    for unit, frame in units:
        for work in frame.to_dict("records") or [None]:
            what = "" if work is None else f"{_work(work)}; "
            values.add("1.1.2-M01", unit, "ниже базового", work and work["reduced"], f"{what}уровень «ниже базового»")
            values.add("1.1.2-M01", unit, "ниже базового", work and work[BELOW], f"{what}не достигли базового")
            values.add("1.1.2-M02", unit, "выше базового", work and work["advanced"], what.rstrip("; "))


def _moves(values: _Values, code: str, moves: LevelTransitions, norms: TrainingQualityNorms) -> None:
    kept = None
    if moves.n:
        held = float(moves.moved_up.numerator or 0) + float(moves.kept.numerator or 0)
        kept = wilson(held, moves.n, norms.confidence_level.value, int(norms.minimum_group.value))
    values.add("1.1.2-M03", code, "сохранили или повысили уровень", kept, "те же дети в 4 и 6 классах")
    values.add("1.1.2-M03", code, "повысили уровень", moves.moved_up if moves.n else None, "те же дети")
    values.add("1.1.2-M03", code, "понизили уровень", moves.moved_down if moves.n else None, "те же дети")


def _disabilities(
    values: _Values, region: RegionQuality, code: str, own: set[str], norms: TrainingQualityNorms
) -> None:
    works = _disability_levels(region, own, norms)
    if not works:
        values.add("1.1.3-M01", code, "ОВЗ, ниже базового", None)
    for work in works:
        who = "все с ОВЗ" if work["disability"] == ALL_NOSOLOGIES else str(work["disability"])
        title = f"ОВЗ ({who}), ниже базового"
        values.add("1.1.3-M01", code, title, work["reduced"], f"{_work(work)}; уровень «ниже базового»")
        values.add("1.1.3-M01", code, title, work[BELOW], f"{_work(work)}; не достигли базового")


def _objectivity_of_municipality(values: _Values, region: RegionQuality, code: str, own: set[str]) -> None:
    agreement = region.objectivity.agreement
    units = [(code, agreement.by_municipality, "municipality_code")]
    units += [(school, agreement.by_school, "school") for school in sorted(own)]
    for unit, frame, column in units:
        rows = frame[frame[column] == unit]
        if rows.empty and unit != code:
            continue
        row = None if rows.empty else rows.iloc[0]
        for direction in ("lowered", "raised"):
            values.add("1.1.4-M01", unit, _DIRECTIONS_RU[direction], _agreement(row, direction))
    observed = observed_share(region.observers, "ВПР", own)
    flag = Estimate(float(observed.value > 0), None, observed.n) if observed.given else None
    values.add("1.1.4-M02", code, "независимые наблюдатели на ВПР", flag, "есть хотя бы в одной работе", "flag")
    values.add("1.1.4-M02", code, "независимые наблюдатели на ВПР", observed, "доля работ школ с наблюдателем")


def school_values(region: RegionQuality, schools: Collection[str], norms: TrainingQualityNorms) -> list[IndicatorValue]:
    """Return indicators of the school level, by class where the data name classes."""
    values, year, own = _Values("school", region.year), region.year, set(schools)
    marks = _of(region.marks.counts, own, year)
    levels = _of(region.levels, own, year)
    internal = _of(region.internal, own, year)
    _by_class(values, "1.1.1-S01", distribution, marks, WORK, _MARKS_RU, norms, own)
    _mark_changes(values, region, own, norms)
    _by_class(values, "1.1.2-S01", level_shares, levels, LEVEL_WORK, _LEVELS_RU, norms, own)
    _by_class(values, "1.1.2-S02", level_shares, internal, LEVEL_WORK, _LEVELS_RU, norms, own)
    _internal_changes(values, region, own, norms)
    _adapted_of_schools(values, region, own, norms)
    _objectivity_of_schools(values, region, own, norms)
    return sorted(values.found, key=lambda item: (item.unit, item.code))


def _by_class(
    values: _Values,
    code: str,
    shares,
    rows: pd.DataFrame,
    work: Sequence[str],
    titles: dict[str, str],
    norms: TrainingQualityNorms,
    own: Iterable[str],
) -> None:
    """Shares of every class and of the whole school by work; a school without rows says so."""
    by_school: dict[str, list[dict]] = {}
    named = rows[rows["class_label"].notna()]
    for part, keys in ((rows, ["school", *work]), (named, ["school", *work, "class_label"])):
        for row in shares(part, keys, norms).to_dict("records"):
            by_school.setdefault(str(row["school"]), []).append(row)
    for school in sorted(own):
        for row in by_school.get(school) or [None]:
            values.several(code, school, titles, row, "" if row is None else _work(row))


def _mark_changes(values: _Values, region: RegionQuality, own: set[str], norms: TrainingQualityNorms) -> None:
    """Changes of «2» and of «4–5» in every comparable work; the interval knows natural fluctuation of schools."""
    for school in sorted(own):
        found = False
        for (subject, grade), work in region.marks.changes.items():
            for share, title in ((FAILING, "изменение доли «2»"), (GOOD, "изменение доли «4» и «5»")):
                changes = getattr(work, share)
                if changes is None or school not in changes.units.index:
                    continue
                row = changes.units.loc[school]
                found = True
                reading = f"{subject} · {grade}; за год"
                values.add("1.1.1-S02", school, title, _estimate(row, norms), reading, "points")
        if not found:
            values.add("1.1.1-S02", school, "изменение доли «2»", None, "", "points")


def _estimate(row: pd.Series, norms: TrainingQualityNorms) -> Estimate:
    counts = [value for value in (row["n_previous"], row["n_last"]) if pd.notna(value)]
    n = int(row["n_last"]) if pd.notna(row["n_last"]) else 0
    if pd.isna(row["change"]) or (len(counts) == 2 and min(counts) < norms.minimum_group.value):
        least = int(min(counts)) if len(counts) == 2 else 0
        reason = RefusalReason.TOO_FEW if len(counts) == 2 else RefusalReason.NO_DATA
        return Estimate(None, None, n, refusal=Refusal(reason, least, norms.minimum_group.value))
    interval = None
    if pd.notna(row["change_low"]):
        interval = Interval(float(row["change_low"]), float(row["change_high"]), norms.confidence_level.value)
    return Estimate(float(row["change"]), interval, n)


def _internal_changes(values: _Values, region: RegionQuality, own: set[str], norms: TrainingQualityNorms) -> None:
    keys = ["school", *LEVEL_WORK]
    rows = region.internal[region.internal["school"].isin(own)]
    sums = {year: part.groupby(keys)[["n", *LEVELS]].sum() for year, part in rows.groupby("year")}
    now, before = (sums.get(year) for year in (region.year, region.year - 1))
    both = now.index.intersection(before.index) if now is not None and before is not None else ()
    told = set()
    for key in both:
        school, domain, grade = key
        told.add(school)
        estimate = reached_difference(now.loc[key], before.loc[key], norms)
        values.add(
            "1.1.2-S03", str(school), "изменение доли достигших базового уровня", estimate,
            _work({"domain": domain, "grade": grade}), "points",
        )  # fmt: skip
    for school in sorted(own - told):
        values.add("1.1.2-S03", school, "изменение доли достигших базового уровня", None, "", "points")


def _adapted_of_schools(values: _Values, region: RegionQuality, own: set[str], norms: TrainingQualityNorms) -> None:
    pupils = _of(region.pupils, own, region.year)
    pupils = pupils[pupils["has_disability"]]
    sums = pupils.groupby("school")["success"].agg(["sum", "size"])
    programmes = adapted_programmes(region.adapted, region.year, own).schools
    for school in sorted(own):
        covered = None
        if school in programmes.index:
            row = programmes.loc[school]
            covered = complete_share(float(row["approved"]), float(row["nosologies"]))
        values.add("1.1.3-S01", school, "нозологии с утверждённой АООП", covered, "от нозологий школы")
        reached = None
        if school in sums.index:
            part, whole = sums.loc[[school], "sum"], sums.loc[[school], "size"]
            reached = share_estimates(part, whole, norms)[0]
        values.add("1.1.3-S01", school, "ОВЗ, базовый уровень и выше", reached, "все КДР вместе")


def _objectivity_of_schools(values: _Values, region: RegionQuality, own: set[str], norms: TrainingQualityNorms) -> None:
    agreement = region.objectivity.agreement
    parts = {**_DIRECTIONS_RU}
    serious = {"lowered_substantially": "понизившие на 2 и более", "raised_substantially": "повысившие на 2 и более"}
    # Of these schools alone: the region's frames are many times longer, and they are looked at school by school.
    internal, outer = (_of(frame, own, region.year) for frame in (region.internal, region.levels))
    differences = own_against_outer(internal, outer, region.year, norms)
    by_school, by_class = (frame[frame["school"].isin(own)] for frame in (agreement.by_school, agreement.by_class))
    for school in sorted(own):
        whole = by_school[by_school["school"] == school]
        classes = by_class[by_class["school"] == school]
        rows = [("вся школа", row) for _, row in whole.iterrows()]
        rows += [(f"{int(row['grade'])} класс «{row['class_label']}»", row) for _, row in classes.iterrows()]
        for reading, row in rows or [("", None)]:
            for direction, title in parts.items():
                values.add("1.1.4-S01", school, title, _agreement(row, direction), reading)
        row = None if whole.empty else whole.iloc[0]
        for direction, title in serious.items():
            values.add("1.1.4-S02", school, title, _agreement(row, direction))
        found = [(key, item) for key, item in differences.items() if key[0] == school]
        title = "внутренняя оценка минус КДР, базовый уровень и выше"
        for key, item in found or [(None, None)]:
            reading = "" if key is None else _work({"domain": key[1], "grade": key[2]})
            values.add("1.1.4-S03", school, title, item, reading, "points")


# --- Small parts ----------------------------------------------------------------------------------------------------


def _of(frame: pd.DataFrame, schools: set[str], year: int) -> pd.DataFrame:
    return frame[(frame["year"] == year) & frame["school"].isin(schools)]


def _count(value: float | None) -> Estimate | None:
    return None if value is None or pd.isna(value) else Estimate(float(value), None, abs(int(value)))


def _work(row: dict) -> str:
    """Name of a work and class: «reading_literacy · 4», as reports translate it."""
    subject = row.get("subject") or row.get("domain")
    label = row.get("class_label")
    return f"{subject} · {int(row['grade'])}" + (f" · {label}" if isinstance(label, str) else "")


def _agreement(row: pd.Series | None, direction: str) -> Estimate | None:
    """Share of a direction from a row of :func:`~oko_lib.methods.agreement.agreement_by`."""
    if row is None:
        return None
    n = int(row["n_pairs"])
    if pd.isna(row[direction]):
        reason = row["refusal"] if isinstance(row["refusal"], str) else RefusalReason.NO_DATA.value
        return Estimate(None, None, n, refusal=Refusal(RefusalReason(reason), n))
    interval = Interval(float(row[f"{direction}_low"]), float(row[f"{direction}_high"]))
    return Estimate(float(row[direction]), interval, n, float(row[f"{direction}_n"]), float(n))


def _disability_levels(
    region: RegionQuality, schools: set[str] | None, norms: TrainingQualityNorms
) -> list[dict[str, object]]:
    """Levels of pupils with disabilities by work and, last, all together; where only pupils' rows tell them."""
    pupils = region.pupils[(region.pupils["year"] == region.year) & region.pupils["has_disability"]]
    pupils = pupils if schools is None else pupils[pupils["school"].isin(schools)]
    flags = pupils.assign(n=1.0, **{level: (pupils["level"] == level).astype(float) for level in LEVELS})
    by_nosology = level_shares(flags, [*LEVEL_WORK, "disability"], norms).to_dict("records") if schools else []
    together = level_shares(flags.assign(disability=ALL_NOSOLOGIES), [*LEVEL_WORK, "disability"], norms)
    return [*by_nosology, *together.to_dict("records")]
