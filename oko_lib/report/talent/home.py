"""Home results of schools against the next stage: a part of the objectivity of olympiads."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from oko_lib.methods.stage_consistency import StageConsistency
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.home_and_away import home_and_away
from oko_lib.report.grammar import count, listed
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import TOO_FEW, integer, number, percent
from oko_lib.report.table import ReportTable, natural_key

_ROUTES = {
    "shortfall": "пришедшие показали меньше ожидаемого",
    "absence_and_high_home": "не пришли, домашние баллы выше обычных",
    "both": "не пришли или показали меньше ожидаемого",
}
_PANELS = {
    "coming": "Победители и призёры: пришли дальше, %",
    "next": "Пришедшие: балл, % максимума",
}


def home_table(home: pd.DataFrame, names: Mapping[str, str], numbering: Numbering, minimum: int) -> ReportTable:
    """Every school: did its home winners come, and how did those who came do.

    Parameters
    ----------
    home : DataFrame
        Rows of :class:`~oko_lib.methods.stage_consistency.StageConsistency`.
    names : mapping of str to str
    numbering : Numbering
    minimum : int
        Results of fewer who came are not printed.
    """
    judged = _judged(home)
    rows = [
        {
            "school": names[str(school)],
            "prizes": row["n_prizes"],
            "came": row["n_came"],
            "expected": row["expected_came"],
            "mean": row["next_mean"] if row["n_next"] >= minimum else TOO_FEW,
            "expected_mean": row["next_expected"] if row["n_next"] >= minimum else TOO_FEW,
            "state": _ROUTES.get(str(row["route"]), "неразличимо") if str(row["state"]) == "beyond" else "неразличимо",
        }
        for school, row in judged.iterrows()
    ]
    on_next = "На муниципальном этапе"
    return ReportTable.build(
        pd.DataFrame(rows, columns=["school", "prizes", "came", "expected", "mean", "expected_mean", "state"]),
        [
            ColumnSpec("school", "Школа"),
            ColumnSpec("prizes", "Дипломов школьного этапа за все годы", kind="integer"),
            ColumnSpec("came", "пришли", kind="integer", group=on_next),
            ColumnSpec("expected", "ожидалось", kind="number", group=on_next),
            ColumnSpec("mean", "балл, % максимума", unit="", kind="share", group=on_next),
            ColumnSpec("expected_mean", "ожидался", unit="", kind="share", group=on_next),
            ColumnSpec("state", "Вывод"),
        ],
        caption="Школьный этап и муниципальный: дома и дальше",
        number=numbering.table("tbl-home"),
        label="tbl-home",
        sort="school",
        wide=False,
        notes=(
            "Ожидание — по детям региона с тем же баллом школьного этапа в том же предмете и классе, за все годы ряда; "
            "учтён "
            "обычный разброс между школами и число проверок. Неявка сама по себе ничего не значит: школа может быть "
            "далеко. Школы, где дипломов и пришедших мало, в таблицу не вошли.",
        ),
        empty="Школ, у которых достаточно дипломов школьного этапа и пришедших на муниципальный, нет.",
    )


def _judged(home: pd.DataFrame) -> pd.DataFrame:
    """Schools of which anything can be said; where the stages could not be put together, there is not even a state."""
    return home[home["state"].notna()] if len(home) else home


def home_sentence(home: pd.DataFrame, names: Mapping[str, str], minimum: int) -> str:
    """Schools whose home results the next stage does not confirm."""
    if home.empty:
        return (
            "Согласованность школьного и муниципального этапов не оценить: нужны оба этапа одного года, баллы и ключи "
            "учеников нескольких школ."
        )
    judged = _judged(home)
    if judged.empty:
        return "Согласованность школьного и муниципального этапов не оценить: мало дипломов или пришедших."
    called = judged[judged["state"].astype(str) == "beyond"]
    if called.empty:
        return (
            "Результаты школьного этапа согласуются с муниципальным: в "
            f"{count(len(judged), 'школа', case='prepositional')} "
            "отличий от ожидаемого, не объяснимых случаем, нет."
        )
    parts = []
    for school, row in called.iterrows():
        seen, expected = percent(row["next_mean"], 0), percent(row["next_expected"], 0)
        gap = f"средний балл пришедших {seen} максимума при ожидаемых {expected}"
        if row["n_next"] < minimum:
            gap = "средний балл пришедших ниже ожидаемого"
        came = f"пришли {integer(row['n_came'])} при ожидаемых {number(row['expected_came'], 1)}"
        route = str(row["route"])
        what = gap if route == "shortfall" else came if route == "absence_and_high_home" else f"{came}, {gap}"
        parts.append(f"{names[str(school)]} ({what})")
    parts.sort(key=natural_key)
    return f"Высокие результаты школьного этапа дальше не подтверждаются неслучайно: {listed(parts)}."


def home_figure(
    consistency: StageConsistency | None,
    own: pd.DataFrame,
    names: Mapping[str, str],
    numbering: Numbering,
    minimum: int,
    all_own: bool = False,
) -> ReportFigure | None:
    """Expected and seen at the next stage, own schools among those of the region; None without judged ones."""
    frame = _panels(consistency, own, names)
    if not _drawable(frame, minimum):
        return None
    called = int((own["state"].astype(str) == "beyond").sum())
    seen = (
        f"не подтверждаются неслучайно результаты {count(called, 'школа', case='genitive')}"
        if called
        else ("отличий, не объяснимых случаем, нет")
    )
    chart = home_and_away(
        frame,
        measures=_PANELS,
        hide_below=minimum,
        own="школы региона" if all_own else "школы муниципалитета",
    )
    return ReportFigure(
        chart,
        number=numbering.figure("fig-home"),
        label="fig-home",
        caption=f"Чего можно ждать по школьному этапу и что показал муниципальный: {seen}",
    )


def pointers(consistency: StageConsistency | None, own: pd.DataFrame, minimum: int) -> tuple[str, ...]:
    """Where the numbers of home results stand: the figure is not drawn for few children."""
    drawn = _drawable(_panels(consistency, own, {}), minimum)
    return ("tbl-home", "fig-home") if drawn else ("tbl-home",)


def _panels(consistency: StageConsistency | None, own: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    if consistency is None:
        return pd.DataFrame(columns=["n", "own"])
    frames = [_panel(consistency.units, own.index, names, measure) for measure in _PANELS]
    return pd.concat(frames, ignore_index=True).dropna(subset=["expected", "observed"])


def _drawable(frame: pd.DataFrame, minimum: int) -> bool:
    return bool(frame.loc[frame["n"] >= minimum, "own"].any())


def _panel(units: pd.DataFrame, own: pd.Index, names: Mapping[str, str], measure: str) -> pd.DataFrame:
    if measure == "coming":
        n, observed = units["n_prizes"], units["n_came"] / units["n_prizes"].where(units["n_prizes"] > 0)
        expected = units["expected_came"] / units["n_prizes"].where(units["n_prizes"] > 0)
    else:
        n, observed, expected = units["n_next"], units["next_mean"], units["next_expected"]
    state = units[f"{measure}_state"].astype("object").map({"low": "below", "indistinct": "indistinct"})
    return pd.DataFrame(
        {
            "measure": measure,
            "label": [names.get(str(school), "") for school in units.index.to_numpy()],
            "own": units.index.isin(own),
            "n": n.to_numpy(),
            "expected": expected.to_numpy(),
            "observed": observed.to_numpy(),
            "low": (expected + units[f"{measure}_low"]).clip(0, 1).to_numpy(),
            "high": (expected + units[f"{measure}_high"]).clip(0, 1).to_numpy(),
            "state": state.where(units.index.isin(own), None).to_numpy(),
        }
    )
