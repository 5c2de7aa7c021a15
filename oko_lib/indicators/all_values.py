"""Values of all indicators of a direction, of the region and of each municipality: computed once, then only read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from oko_lib.indicators.regional import once
from oko_lib.indicators.session import Session
from oko_lib.indicators.values import IndicatorValue
from oko_lib.indicators.years import VPR_TABLES
from oko_lib.settings.norms import Norms, load_objectivity_norms
from oko_lib.settings.workspace import Workspace


@dataclass(frozen=True)
class DirectionValues:
    """Values of one direction in one year.

    Parameters
    ----------
    region : tuple of IndicatorValue
        Of the region's level.
    municipalities : mapping of str to tuple of IndicatorValue
        By code, with data of the year: values of the municipality and those its indicators give by school.
    names : mapping of str to str
        Municipality → its name as the register has it.
    schools : mapping of str to mapping of str to str
        Municipality → school → its name as the register has it.
    valued_schools : mapping of str to tuple of str
        Municipality → the schools that have values of the schools' level, be they missing.
    """

    region: tuple[IndicatorValue, ...]
    municipalities: Mapping[str, tuple[IndicatorValue, ...]]
    names: Mapping[str, str]
    schools: Mapping[str, Mapping[str, str]]
    valued_schools: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class ValuedDirection:
    """A direction that has indicators.

    Parameters
    ----------
    name, title_ru : str
    tables : tuple of str
        Tables any of which makes it possible.
    norms : callable
        Reads its norms from a working place.
    compute : callable
        Session of the region → its values.
    of_schools : callable
        Session of the region and schools (some of ``DirectionValues.valued_schools``) → values of the schools' level,
        as reports print them.
    """

    name: str
    title_ru: str
    tables: tuple[str, ...]
    norms: Callable[[Workspace], Norms]
    compute: Callable[[Session], DirectionValues]
    of_schools: Callable[[Session, Sequence[str]], list[IndicatorValue]]


def direction_values(direction: ValuedDirection, session: Session) -> DirectionValues:
    """Return the values of a direction, computed once per data version, year, norms and parameter files.

    Parameters
    ----------
    direction : ValuedDirection
    session : Session
        Opened with the direction's norms.
    """
    return once(f"values_{direction.name}", session, direction.compute)


def _named(region, codes) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Names of municipalities, and of their schools."""
    names = {code: str(region.municipalities["municipality_name"].get(code, code)) for code in codes}
    schools: dict[str, dict[str, str]] = {code: {} for code in codes}
    register = region.schools[["municipality_code", "school_name"]]
    for school, code, name in register[register["municipality_code"].isin(list(codes))].itertuples():
        schools[code][str(school)] = str(name)
    return names, schools


def _gathered(
    region, whole, by_code: Mapping[str, list[IndicatorValue]], valued: Collection[str] | None = None
) -> DirectionValues:
    """Put together what was computed; `valued` are the schools with values of their level, all by default."""
    names, schools = _named(region, by_code)
    return DirectionValues(
        tuple(whole),
        {code: tuple(values) for code, values in by_code.items()},
        names,
        schools,
        {code: tuple(sorted(set(own) if valued is None else set(own) & set(valued))) for code, own in schools.items()},
    )


# --- objectivity -----------------------------------------------------------------------------------------------------


def _objectivity(session: Session) -> DirectionValues:
    from oko_lib.indicators.objectivity.agreement import agreement_of
    from oko_lib.indicators.objectivity.indicator_values import municipality_values, region_values
    from oko_lib.indicators.objectivity.region import region_objectivity

    region = region_objectivity(session)
    total = agreement_of(region.marks_of_year, session.norms)
    by_code = {
        str(code): municipality_values(region, str(code), rows["school"].unique())
        for code, rows in region.marks_of_year.groupby("municipality_code", sort=True)
    }
    return _gathered(region, region_values(region, total), by_code)


def _objectivity_of_schools(session: Session, schools: Sequence[str]) -> list[IndicatorValue]:
    from oko_lib.indicators.objectivity.indicator_values import school_values
    from oko_lib.indicators.objectivity.region import region_objectivity

    return school_values(region_objectivity(session), schools)


# --- schools with low results ----------------------------------------------------------------------------------------


def _low_results(session: Session) -> DirectionValues:
    from oko_lib.indicators.low_results.dynamics import measure_summary
    from oko_lib.indicators.low_results.indicator_values import measure_values
    from oko_lib.indicators.low_results.region import region_low_results

    region, norms, year = region_low_results(session), session.norms, session.year
    now = region.outcomes.loc[region.outcomes["year"] == year, "school"].unique()
    codes = sorted(region.schools["municipality_code"].reindex(now).dropna().unique())
    by_code = {}
    for code in codes:
        base = tuple(sorted(region.listed.base & set(region.schools_of(code))))
        measures = [measure_summary(change, base, norms) for change in region.dynamics.measures]
        by_code[str(code)] = measure_values(measures, "municipality", str(code), year)
    return _gathered(region, measure_values(region.measures, "region", "", year), by_code, region.listed.schools)


def _low_results_of_schools(session: Session, schools: Sequence[str]) -> list[IndicatorValue]:
    from oko_lib.indicators.low_results.indicator_values import school_values
    from oko_lib.indicators.low_results.region import region_low_results

    return school_values(region_low_results(session).outcomes, schools, session.year, session.norms)


# --- quality of training ---------------------------------------------------------------------------------------------


def _training_quality(session: Session) -> DirectionValues:
    from oko_lib.indicators.training_quality.indicator_values import municipality_values, region_values
    from oko_lib.indicators.training_quality.region import region_quality

    region, norms = region_quality(session), session.norms
    seen = {school for frame in (region.marks.counts, region.levels)
            for school in frame.loc[frame["year"] == session.year, "school"].unique()}  # fmt: skip
    codes = sorted(region.schools["municipality_code"].reindex(sorted(seen)).dropna().unique())
    by_code = {}
    for code in codes:
        schools = region.schools_of(code)
        moves = region.cohorts.transitions(norms, set(schools))
        by_code[str(code)] = municipality_values(region, str(code), schools, moves, norms)
    return _gathered(region, region_values(region, norms), by_code)


def _training_quality_of_schools(session: Session, schools: Sequence[str]) -> list[IndicatorValue]:
    from oko_lib.indicators.training_quality.indicator_values import school_values
    from oko_lib.indicators.training_quality.region import region_quality

    return school_values(region_quality(session), schools, session.norms)


# --- talent ----------------------------------------------------------------------------------------------------------


def _talent(session: Session) -> DirectionValues:
    from oko_lib.indicators.talent.indicator_values import municipality_values, region_values
    from oko_lib.indicators.talent.region import region_talent
    from oko_lib.indicators.talent.summary import summarise

    region = region_talent(session)
    frames, by_code = {}, {}
    for code in region.codes:
        frames[code] = region.data.of(region.schools_of(code))
        by_code[code] = municipality_values(summarise(frames[code], session.norms), code)
    return _gathered(region, region_values(region.summary, frames), by_code)


def _talent_of_schools(session: Session, schools: Sequence[str]) -> list[IndicatorValue]:
    from oko_lib.indicators.talent.indicator_values import school_values
    from oko_lib.indicators.talent.region import region_talent

    return school_values(region_talent(session).summary, schools)


def valued_directions() -> tuple[ValuedDirection, ...]:
    """Return the directions that have indicators; their own modules are read here, not when this one is imported."""
    from oko_lib.indicators.low_results.region import TABLES as LOW_RESULTS
    from oko_lib.indicators.talent.region import TABLES as TALENT
    from oko_lib.indicators.training_quality.region import TABLES as TRAINING_QUALITY
    from oko_lib.settings.low_results_norms import load_low_results_norms
    from oko_lib.settings.talent_norms import load_talent_norms
    from oko_lib.settings.training_quality_norms import load_training_quality_norms

    return (
        ValuedDirection(
            "training_quality", "Качество подготовки", TRAINING_QUALITY, load_training_quality_norms,
            _training_quality, _training_quality_of_schools,
        ),
        ValuedDirection(
            "objectivity", "Объективность ВПР", VPR_TABLES, load_objectivity_norms, _objectivity,
            _objectivity_of_schools,
        ),
        ValuedDirection(
            "low_results", "Школы с низкими результатами", LOW_RESULTS, load_low_results_norms, _low_results,
            _low_results_of_schools,
        ),
        ValuedDirection("talent", "Таланты", TALENT, load_talent_norms, _talent, _talent_of_schools),
    )  # fmt: skip
