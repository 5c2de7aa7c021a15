"""A rule of identification tried with another threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import pandas as pd

from oko_lib.explore.choice import Choice, Offers, Scale
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import Behind, Spot, View
from oko_lib.explore.topics.low_results_parts import NAME
from oko_lib.explore.topics.parts import by_name
from oko_lib.indicators.low_results.identification import SENSITIVITY, MethodResult, Reading
from oko_lib.indicators.low_results.region import RegionLowResults
from oko_lib.methods.low_results_rule import reaches
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.listed_by_threshold import critical_strip, listed_by_threshold
from oko_lib.report.grammar import agree, count, listed
from oko_lib.report.low_results import words
from oko_lib.report.low_results.identification import READINGS
from oko_lib.report.numbers import integer, is_missing, percent
from oko_lib.report.table import ReportTable, natural_key
from oko_lib.settings.identification import ShareBelow
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.low_results_norms import LowResultsNorms
from oko_lib.settings.norms import Norm

_BETWEEN = "/"
#: Rows of the figure: more do not fit a page.
_MOST_ROWS = 26


@dataclass(frozen=True)
class Tried:
    """A reading of a rule at its own threshold and at another, over a set of schools.

    Parameters
    ----------
    found : MethodResult
    reading : Reading
    percent : int
        The threshold tried.
    names : mapping of str to str
        School → name, of all schools looked at.
    full_names : mapping of str to str
    region : RegionLowResults
    norms : LowResultsNorms
    whole : bool
        The whole region.
    """

    found: MethodResult
    reading: Reading
    percent: int
    names: Mapping[str, str]
    full_names: Mapping[str, str]
    region: RegionLowResults
    norms: LowResultsNorms
    whole: bool

    @property
    def rows(self) -> pd.DataFrame:
        """Columns of the reading with ``usual`` and ``tried`` (boolean, missing: too little data)."""
        own = self.reading.schools[self.reading.schools.index.isin(list(self.names))]
        sensitivity = self.reading.sensitivity
        assert sensitivity is not None  # only such readings are offered
        return own.rename(columns={"listed": "usual"}).assign(tried=sensitivity[self.percent].reindex(own.index))

    @property
    def usual(self) -> Fraction:
        """The rule's own threshold."""
        return usual_threshold(self.found)

    @property
    def same(self) -> bool:
        """Whether no other threshold is tried."""
        return self.usual == Fraction(self.percent, 100)


def usual_threshold(found: MethodResult) -> Fraction:
    """Return the threshold of a method whose criteria on shares have one in common."""
    return min(item.share for item in found.method.criteria if isinstance(item, ShareBelow))


def readings(region: RegionLowResults) -> dict[str, tuple[str, MethodResult, Reading]]:
    """Return code → title, method and reading of the rules that can be tried with another threshold."""
    rules = {}
    for name, found in region.identification.items():
        for way, reading in found.readings.items():
            if reading.sensitivity is None:
                continue
            title = found.method.title_ru
            if len(found.readings) > 1:
                title = f"{title}, прочтение «{READINGS.get(way, way)}»"
            rules[f"{name}{_BETWEEN}{way}"] = (title, found, reading)
    return rules


def offers(lens: Lens, choice: Choice) -> Offers:
    """Offer the rules, and thresholds in whole per cents."""
    rules = readings(_region(lens, choice))
    measures = [(title, code) for code, (title, *_) in rules.items()]
    if not measures:
        return {"measure": measures}
    _, found, _ = rules.get(choice.measure, next(iter(rules.values())))
    low, high = SENSITIVITY[0], SENSITIVITY[-1]
    usual = min(max(round(100 * usual_threshold(found)), low), high)
    return {"measure": measures, "threshold": Scale(low, high, 1, usual, "Порог, %")}


def _region(lens: Lens, choice: Choice) -> RegionLowResults:
    return lens.context(NAME, choice.year, choice.municipality).results.region


def draw(lens: Lens, choice: Choice) -> View:
    """Show which schools the rule names at its own threshold and at the one chosen."""
    tried = _tried(lens, choice)
    rows = tried.rows
    near = float(tried.norms.near_threshold.value)
    named = rows["usual"].fillna(False) | rows["tried"].fillna(False)
    shown = rows[(named | (rows["critical_share"] >= near)).to_numpy(bool)]
    figure = _region_figure(tried, rows) if tried.whole else _strip(tried, shown)
    return View(
        table=_table(tried, shown, len(rows) - len(shown)),
        figure=figure,
        text=_text(tried, rows),
        units=by_name({school: tried.names[school] for school in shown.index}),
        spots=() if tried.whole else _spots(tried, shown, figure),
        behind=lambda school: behind(tried, school),
    )


def _tried(lens: Lens, choice: Choice) -> Tried:
    context = lens.context(NAME, choice.year, choice.municipality)
    region = context.results.region
    rules = readings(region)
    if choice.measure not in rules:
        raise SettingsError("Методики с одним порогом доли нет: пробовать нечего.")
    _, found, reading = rules[choice.measure]
    if choice.municipality:
        names, full = context.short_names, context.school_names
    else:
        names = full = context.full_names
    whole = not choice.municipality
    tried = _whole_percent(choice.threshold, usual_threshold(found))
    norms = cast(LowResultsNorms, context.results.session.norms)
    return Tried(found, reading, tried, names, full, region, norms, whole)


def _whole_percent(threshold: float | None, usual: Fraction) -> int:
    wanted = round(100 * usual) if threshold is None else round(threshold)
    return min(max(wanted, SENSITIVITY[0]), SENSITIVITY[-1])


def _answer(value: object) -> str:
    return "м.д." if is_missing(value) else "входит" if value else "нет"


def _moved(usual: object, tried: object) -> str:
    if is_missing(usual) or is_missing(tried) or bool(usual) == bool(tried):
        return "—"
    return "добавляется" if tried else "выходит"


def _at(tried: Tried) -> tuple[str, str]:
    return percent(tried.usual, 0), percent(tried.percent / 100, 0)


def _table(tried: Tried, shown: pd.DataFrame, others: int) -> ReportTable:
    usual, now = _at(tried)
    frame = pd.DataFrame(
        {
            "school": [tried.names[school] for school in shown.index],
            "usual": [_answer(value) for value in shown["usual"]],
            "tried": [_answer(value) for value in shown["tried"]],
            "moved": [_moved(*pair) for pair in zip(shown["usual"], shown["tried"], strict=True)],
            "critical": shown["critical_share"].to_numpy(),
            "pupils": shown["change_pupils"].to_numpy(),
            "probability": shown["probability"].to_numpy(),
        }
    )
    notes = [
        "«До порога»: наибольший порог, при котором правило ещё выполнено. Последние два столбца — при пороге самого "
        f"правила ({usual}): скольким участникам достаточно оказаться по другую сторону порога своей процедуры, чтобы "
        "ответ сменился, и вероятность того, что правило выполнено не случайно. Список утверждают люди, а не расчёт.",
    ]
    if others:
        near = percent(tried.norms.near_threshold.value, 0)
        notes.append(
            f"Не показано школ: {integer(others)}. Они не подходят ни при одном из двух порогов, и правило выполнялось "
            f"бы для них только при пороге ниже {near}."
        )
    columns = [
        ColumnSpec("school", "Школа"),
        ColumnSpec("usual", usual, align="center", group="При пороге"),
        ColumnSpec("tried", f"{now} (проба)", align="center", group="При пороге"),
        ColumnSpec("moved", "Из-за смены порога"),
        ColumnSpec("critical", "Правило выполнено до порога", kind="share"),
        ColumnSpec("pupils", "Сколько участников меняют ответ", kind="integer", missing="—"),
        ColumnSpec("probability", "Вероятность, что правило выполнено", kind="share"),
    ]
    levels = f"{usual} или {now}"
    if tried.same:
        columns = [column for column in columns if column.key not in {"tried", "moved"}]
        levels = usual
    return ReportTable.build(
        frame,
        columns,
        caption=f"Школы, которые подходят под правило при пороге {levels} или близки к нему",
        sort="school",
        notes=notes,
        empty="Школ, которые подходят под правило или близки к нему, нет.",
    )


def _split(rows: pd.DataFrame) -> tuple[Sequence[str], Sequence[str]]:
    both = rows[rows["usual"].notna() & rows["tried"].notna()]
    usual, tried = both["usual"].astype(bool), both["tried"].astype(bool)
    return list(both.index[tried & ~usual]), list(both.index[usual & ~tried])


def _text(tried: Tried, rows: pd.DataFrame) -> str:
    usual, now = _at(tried)
    before, after = (int(rows[name].fillna(False).sum()) for name in ("usual", "tried"))
    other = "" if tried.same else f", при пороге {now} — {integer(after)}"
    said = (
        f"При пороге {usual} под правило {agree(before, 'подходит', 'подходят')} {count(before, 'школа')}{other} "
        f"(из {integer(int(rows['usual'].notna().sum()))}, о которых можно судить)."
    )
    parts = []
    for schools, one, many in zip(_split(rows), ("добавляется", "выходит"), ("добавляются", "выходят"), strict=True):
        if schools and tried.whole:
            parts.append(f"{agree(len(schools), one, many)} {count(len(schools), 'школа')}")
        elif schools:
            names = listed(sorted((tried.names[school] for school in schools), key=natural_key))
            parts.append(f"{one if len(schools) == 1 else many} {names}")
    return f"{said} Из-за смены порога {'; '.join(parts)}." if parts else said


# --- Figures ---------------------------------------------------------------------------------------------------------


def _region_figure(tried: Tried, rows: pd.DataFrame) -> ReportFigure:
    sensitivity = tried.reading.sensitivity
    assert sensitivity is not None
    own = sensitivity.loc[rows.index].fillna(False).sum()
    counts = {int(column) / 100: int(value) for column, value in own.items()}
    usual, now = _at(tried)
    return ReportFigure(
        listed_by_threshold(counts, float(tried.usual), tried.percent / 100),
        caption=f"Сколько школ региона подходит под правило при разных порогах: при {usual}"
        + ("" if tried.same else f" и при {now}"),
        alt="Ступенчатая линия: чем выше порог, тем меньше школ подходит под правило.",
    )


def _strip(tried: Tried, shown: pd.DataFrame) -> ReportFigure | None:
    if shown.empty or len(shown) > _MOST_ROWS:
        return None
    frame = pd.DataFrame(
        {
            "school": [tried.names[school] for school in shown.index],
            "critical": shown["critical_share"].to_numpy(float),
            "at_usual": [_answer(value) for value in shown["usual"]],
            "at_tried": [_answer(value) for value in shown["tried"]],
        }
    )
    return ReportFigure(
        critical_strip(frame, float(tried.usual), tried.percent / 100),
        caption="До какого порога правило остаётся выполненным: школы, которые подходят под него или близки к нему",
        alt="По строкам школы: наибольший порог, при котором правило ещё выполнено, рядом с порогами.",
    )


def _spots(tried: Tried, shown: pd.DataFrame, figure: ReportFigure | None) -> tuple[Spot, ...]:
    if figure is None:
        return ()
    drawn = sorted(shown.index, key=lambda school: natural_key(tried.names[school]))
    known = [school for school in drawn if not is_missing(shown.loc[school, "critical_share"])]
    line = next(line for line in figure.content.axes[1].lines if line.get_gid() == "critical") if known else None
    if line is None:
        return ()
    return tuple(
        Spot(school, float(x), float(y), 1)
        for school, x, y in zip(known, line.get_xdata(), line.get_ydata(), strict=True)
    )


# --- What is behind --------------------------------------------------------------------------------------------------


def _rule_words(tried: Tried) -> str:
    method = tried.found.method
    join = {"all": "; и ", "any": "; или "}.get(tried.reading.combination)
    titles = [item.title_ru for item in method.criteria]
    if join is None:
        return f"не меньше {tried.reading.at_least} признаков из {len(titles)}: {'; '.join(titles)}"
    return join.join(titles)


def _norms(tried: Tried) -> tuple[Norm, ...]:
    method = tried.found.method
    # Not checked again: the method's own file has been, and its clause may be shorter than a norm's.
    own = Norm.model_construct(
        value=float(100 * tried.usual),
        unit="% участников процедуры",
        source=method.source,
        clause=method.clause,
        year=method.year,
        official=method.official,
    )
    return (own, tried.norms.near_threshold, tried.norms.confidence_level)


def behind(tried: Tried, school: str) -> Behind | None:
    """Return what is behind the answer for a school; of all of them for an empty one."""
    method, norms = tried.found.method, _norms(tried)
    usual, now = _at(tried)
    rows = tried.rows
    facts = [("Правило", _rule_words(tried))]
    notes = [(title, text) for title, text in (("Оговорка", method.note), ("Выбор рабочего места", _choices(tried)))]
    notes = [(title, text) for title, text in notes if text]
    if not school:
        facts += [
            (f"Подходит при пороге {level}", f"{integer(int(rows[name].fillna(False).sum()))} из {integer(len(rows))}")
            for name, level in (("usual", usual), *([] if tried.same else [("tried", now)]))
        ]
        facts.append(("Данных мало", integer(int(rows["usual"].isna().sum()))))
        return Behind(method.title_ru, (*facts, *notes), norms, method="low_results_rule")
    if school not in rows.index:
        return None
    row = rows.loc[school]
    facts.append((f"При пороге {usual} (правило)", _answer(row["usual"])))
    if not tried.same:
        facts.append((f"При пороге {now}", _answer(row["tried"])))
    if is_missing(row["critical_share"]):
        facts.append(("Правило выполнено до порога", "данных мало, или ответ от порога не зависит"))
    else:
        of = f"{integer(row['critical_below'])} из {integer(row['critical_n'])}"
        facts.append(("Правило выполнено до порога", f"{percent(row['critical_share'])} ({of})"))
    moves = "—" if is_missing(row["change_pupils"]) else _moves(tried, school, int(row["change_pupils"]))
    facts.append(("Сколько участников меняют ответ", moves))
    chance = "…" if is_missing(row["probability"]) else percent(row["probability"])
    facts.append(("Вероятность, что правило выполнено", chance))
    title = tried.full_names.get(school, school)
    return Behind(title, (*facts, *notes), norms, _evidence(tried, school), "low_results_rule")


def _choices(tried: Tried) -> str:
    return " ".join(tried.found.method.own_choices)


def _moves(tried: Tried, school: str, pupils: int) -> str:
    own = tried.reading.moves[tried.reading.moves["school"] == school]
    where = [
        f"{words.procedure(row.procedure)}, {int(row.year)}: {integer(abs(int(row.pupils)))}"
        for row in own.itertuples()
    ]
    return f"{count(pupils, 'участник')} ({'; '.join(where)})" if where else count(pupils, "участник")


def _evidence(tried: Tried, school: str) -> ReportTable:
    """Procedures and years the criteria looked at, and which of them reach the two thresholds."""
    rows = tried.found.evidence
    rows = rows[(rows["school"] == school) & (rows["part"] == "list") & rows["n_below"].notna()]
    rows = rows.drop_duplicates(["procedure", "year"]).sort_values(["procedure", "year"])
    usual, now = _at(tried)
    k, n = rows["n_below"].astype(int).to_numpy(), rows["n"].astype(int).to_numpy()
    at_usual, at_tried = reaches(k, n, tried.usual), reaches(k, n, Fraction(tried.percent, 100))
    frame = pd.DataFrame(
        {
            "procedure": [words.procedure(key) for key in rows["procedure"]],
            "year": rows["year"].to_numpy(),
            "n": n,
            "below": k,
            "share": k / n if len(rows) else [],
            "usual": at_usual,
            "tried": at_tried,
            "probability": rows["probability"].to_numpy(),
        }
    )
    columns = [
        ColumnSpec("procedure", "Процедура"),
        ColumnSpec("year", "Год", kind="year"),
        ColumnSpec("n", "Участников", kind="integer"),
        ColumnSpec("below", "Не преодолели порог", kind="integer"),
        ColumnSpec("share", "Доля", kind="share"),
        ColumnSpec("usual", usual, kind="flag", group="Доля не меньше"),
        ColumnSpec("tried", now, kind="flag", group="Доля не меньше"),
        ColumnSpec("probability", f"Вероятность, что доля не меньше {usual}", kind="share"),
    ]
    if tried.same:
        columns = [column for column in columns if column.key != "tried"]
    return ReportTable.build(
        frame,
        columns,
        caption="Процедуры и годы, на которые смотрит правило",
        empty="Процедур, на которые смотрит правило, у школы нет.",
    )
