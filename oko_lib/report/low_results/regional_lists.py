"""Lists and methods over the region: who entered, how methods agree, what another threshold would change."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from oko_lib.indicators.low_results.identification import criterion_of
from oko_lib.indicators.low_results.identification_compare import OFFICIAL
from oko_lib.indicators.low_results.region import FEDERAL
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.grammar import agree, count, count_in_words, listed
from oko_lib.report.low_results import identification, words
from oko_lib.report.low_results.regional_context import RegionalContext
from oko_lib.report.numbers import is_missing, number, percent
from oko_lib.report.regional_context import SCHOOL_COLUMNS, SCHOOL_ORDER
from oko_lib.report.table import ReportTable


def lists_sentence(context: RegionalContext) -> str:
    """How many schools entered and left."""
    own, total = context.results.region.listed, context.results.total
    if not own.official:
        n = len(own.current)
        named = f"{agree(n, 'относится', 'относятся')} {count(n, 'школа')}" if n else "не относится ни одна школа"
        return (
            "Опубликованных списков ШНОР в данных нет; отчёт опирается на федеральное правило по загруженным "
            f"результатам: за {own.current_year} год к ШНОР {named}."
        )
    if own.current_year is None:
        return (
            f"Список {own.year} года не загружен; отчёт опирается на список {own.base_year} года: "
            f"{count(len(own.base), 'школа')}."
        )
    if own.base_year == own.current_year:
        return (
            f"В списке {own.current_year} года {count(len(own.current), 'школа')}. Списков до {own.current_year} года "
            "в данных нет: вхождение и выход назвать нельзя."
        )
    stayed = len(own.base & own.current)
    # Who came with a list of a kind that the base year lacks has entered nothing.
    others = len(own.current - own.base - own.entered)
    apart = f"; ещё {number(others)} — в новом виде списка"
    before = "" if own.base_kinds == own.current_kinds else f"списка {_kinds(own.base_kinds)} "
    return (
        f"Список {_kinds(own.current_kinds)} {own.current_year} года против {before}{own.base_year} года: "
        f"{agree(total['entered'], 'вошла', 'вошли')} {count(total['entered'], 'школа')}, "
        f"{agree(total['left'], 'вышла', 'вышли')} {number(total['left'])}, "
        f"{agree(stayed, 'осталась', 'остались')} {number(stayed)}{apart if others else ''}."
    )


def _kinds(kinds: Collection[str]) -> str:
    return listed([title for kind, title in words.LISTS.items() if kind in kinds])


def agreement_sentence(context: RegionalContext) -> str:
    """How many methods name how many schools."""
    found = context.results.region.comparison
    most = len(context.results.region.identification)
    if most < 2 or not found.n_judged:
        return ""
    by_number = found.agreement.set_index("n_methods")["schools"]
    parts = [f"{_by(n, most)} — {number(schools)}" for n, schools in by_number.sort_index(ascending=False).items()]
    return (
        f"Из {count(found.n_judged, 'школа', case='genitive')}, о которых судят все "
        f"{count_in_words(most, 'методика')}, названы: {'; '.join(parts)}."
    )


def _by(n: int, most: int) -> str:
    if n == 0:
        return "ни одной методикой"
    return "всеми методиками" if n == most else count_in_words(n, "методика", "instrumental")


def near_sentence(context: RegionalContext) -> str:
    """How many schools off the list come near the federal rule."""
    results = context.results
    if FEDERAL not in results.region.identification:
        return ""
    n = len(results.near)
    if not n:
        return "Вне списка школ, близких к федеральному порогу, нет."
    return f"Вне списка к федеральному порогу {agree(n, 'близка', 'близки')} {count(n, 'школа')}."


def history_table(context: RegionalContext) -> ReportTable:
    """Official lists over the years."""
    years = context.results.region.history.years
    frame = years.assign(published=years["published"].astype(bool))
    return ReportTable.build(
        frame,
        [
            ColumnSpec("year", "Год", kind="year"),
            ColumnSpec("published", "Список загружен", kind="flag"),
            ColumnSpec("listed", "В списке", kind="integer"),
            ColumnSpec("previous_year", "Прежний список, год", kind="year", missing="—"),
            ColumnSpec("entered", "Вошли", kind="integer", missing="—"),
            ColumnSpec("stayed", "Остались", kind="integer", missing="—"),
            ColumnSpec("left", "Вышли", kind="integer", missing="—"),
            ColumnSpec("gone", "Закрыты или присоединены", kind="integer", missing="—"),
            ColumnSpec("left_share", "Вышли, доля", kind="share", missing="—"),
        ],
        caption="Официальные списки ШНОР по годам",
        number=context.numbering.table("tbl-history"),
        label="tbl-history",
        notes=(
            "Здесь только ШНОР; вместе с ШНСУ школы сосчитаны в "
            f"{context.ref('tbl-municipalities')}. Год без загруженного списка — не пустой список. Доля вышедших — от "
            "школ прежнего списка, которые ещё работают. Выход из списка не называет причины: меняются и правила, и "
            "число участников, и удача года.",
        ),
        empty="Списков ШНОР в данных нет.",
    )


def comparison_table(context: RegionalContext) -> ReportTable:
    """Methods in pairs, the official list among them."""
    region = context.results.region
    titles = {**identification.titles(region), OFFICIAL: f"Список {region.year} года"}
    pairs = region.comparison.pairs
    frame = pairs.assign(
        first=[titles.get(name, name) for name in pairs["first"]],
        second=[titles.get(name, name) for name in pairs["second"]],
    )
    published = OFFICIAL in region.comparison.schools.columns
    return ReportTable.build(
        frame,
        [
            ColumnSpec("first", "Первая методика"),
            ColumnSpec("second", "Вторая методика"),
            ColumnSpec("both", "обе", kind="integer", group="Называют школ"),
            ColumnSpec("only_first", "только первая", kind="integer", group="Называют школ"),
            ColumnSpec("only_second", "только вторая", kind="integer", group="Называют школ"),
            ColumnSpec("neither", "ни одна", kind="integer", group="Называют школ"),
            ColumnSpec("n", "Школ, о которых судят обе", kind="integer"),
            ColumnSpec("overlap", "Обе из названных хотя бы одной", kind="share"),
        ],
        caption="Насколько методики называют одни и те же школы",
        number=context.numbering.table("tbl-comparison"),
        label="tbl-comparison",
        notes=(
            "Методики опираются на одни и те же результаты, иногда и на одни и те же признаки, поэтому их согласие — "
            "не два независимых подтверждения. Зона риска списком не считается.",
            *(() if published else (f"Списка {region.year} года в данных нет, поэтому его в таблице нет.",)),
        ),
        empty="Сравнить нечего: методика одна.",
    )


def sensitivity_table(context: RegionalContext) -> ReportTable:
    """How many schools are listed at thresholds from 20 to 40 per cent."""
    found = context.results.sensitivity
    region = context.results.region
    titles = identification.titles(region)
    keys = [f"{item.method}_{item.reading}" for item in found]
    frame = pd.DataFrame({key: item.counts for key, item in zip(keys, found, strict=True)})
    frame = frame.rename_axis("threshold").reset_index()
    columns = [ColumnSpec("threshold", "Порог", kind="integer", unit="%")]
    for key, item in zip(keys, found, strict=True):
        ambiguous = region.identification[item.method].method.combine_is_ambiguous
        reading = f"прочтение «{identification.READINGS.get(item.reading, item.reading)}»" if ambiguous else "школ"
        columns.append(ColumnSpec(key, reading, kind="integer", group=titles[item.method]))
    own = listed(sorted({percent(item.threshold, 0) for item in found}))
    without = sorted(set(region.identification) - {item.method for item in found})
    note = f"Порог самих методик — {own}; ровно на пороге считается. Остальные пороги — проверка, а не предложение."
    if without:
        note += f" Одного порога нет у методик: {listed([titles[name] for name in without])}."
    return ReportTable.build(
        frame,
        columns,
        caption="Сколько школ было бы в списке при другом пороге доли не преодолевших",
        number=context.numbering.table("tbl-sensitivity"),
        label="tbl-sensitivity",
        notes=(note,) if found else (),
        empty="Методик с одним порогом доли нет.",
    )


def methods_table(context: RegionalContext) -> ReportTable:
    """Every school that the list or a method names."""
    region = context.results.region
    return context.beside_municipality(
        identification.methods_table(
            region,
            list(context.schools),
            context.row_names,
            context.numbering,
            f"Методики рядом: результаты {region.year} года, все названные школы региона",
        )
    )


def near_table(context: RegionalContext) -> ReportTable:
    """Schools off the list that come near the federal rule."""
    results = context.results
    norm = percent(results.session.norms.near_threshold.value, 0)
    rule = results.region.identification.get(FEDERAL)
    criteria = [item.name for item in rule.method.criteria] if rule is not None else []
    rows = [
        {
            **context.cells(school),
            "counts": f"{int(row['critical_below'])} из {int(row['critical_n'])}",
            "share": row["critical_share"],
            "pupils": None if is_missing(row["change_pupils"]) else int(row["change_pupils"]),
            "probability": row["probability"],
            "lacking": listed([number(criteria.index(name) + 1) for name in row["criteria_lacking"]]) or "—",
        }
        for school, row in results.near.iterrows()
    ]
    columns = [
        *SCHOOL_COLUMNS,
        ColumnSpec("counts", "Не преодолели порог", align="right"),
        ColumnSpec("share", "Вошла бы при пороге", kind="share"),
        ColumnSpec("pupils", "Хватило бы ещё участников", kind="integer", missing="—"),
        ColumnSpec("probability", "Вероятность, что правило выполнено", kind="share"),
        ColumnSpec("lacking", "Не выполнен признак", align="center"),
    ]
    told = [f"{place} — {criterion_of(rule.method, name).title_ru}" for place, name in enumerate(criteria, start=1)]
    notes = [
        "Показана процедура, от которой зависит ответ правила: при таком пороге школа вошла бы в список. Вероятность "
        "считается по числу участников: 1 из 4 и 25 из 100 — не одно и то же, и в малых школах близость к порогу чаще "
        "случайна.",
        *([f"Признаки: {'; '.join(told)}."] if told else []),
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption=f"Школы вне списка, близкие к федеральному правилу: оно выполнялось бы при пороге {norm} или выше",
        number=context.numbering.table("tbl-near"),
        label="tbl-near",
        sort=SCHOOL_ORDER,
        notes=notes,
        empty="Вне списка школ, близких к федеральному порогу, нет.",
    )
