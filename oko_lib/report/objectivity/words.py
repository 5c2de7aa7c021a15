"""Russian words of the objectivity report: codes of the results → phrases a reader meets everywhere the same."""

from __future__ import annotations

from oko_lib.indicators.unit_funnel import UnitFunnel
from oko_lib.methods.result import Estimate
from oko_lib.report.grammar import listed
from oko_lib.report.refusals import refusal_reason

DIFFERENT = "неслучайно"
WITHIN = "неразличимо"

#: What moved with what, as seen in the data; never a cause.
PATTERNS = {
    "results_above_journal": "результаты ВПР выше обычных для школы и региона, а отметки журнала за ними не выросли",
    "results_with_journal": "результаты ВПР выше обычных для школы, и отметки журнала выросли вместе с ними",
    "results_without_journal": "результаты ВПР выше обычных для школы и региона; отметок журнала для сравнения нет",
    "journal_above_results": "отметки журнала намного выше отметок за ВПР при обычных результатах",
    "results_below_journal": "результаты ВПР ниже обычных и намного ниже отметок журнала",
    "border": "баллы собираются на границах отметок чаще, чем в регионе",
}

#: The same as short as a table cell wants it.
SHORT_PATTERNS = {
    "results_above_journal": "результаты выше обычных, журнал за ними не вырос",
    "results_with_journal": "результаты и журнал выросли вместе",
    "results_without_journal": "результаты выше обычных, журнала для сравнения нет",
    "journal_above_results": "отметки журнала намного выше ВПР",
    "results_below_journal": "результаты ниже обычных и намного ниже журнала",
    "border": "баллы собираются на границах отметок",
}

#: What is worth checking then: neutral, addressed, doable by a methodologist.
CHECKS = {
    "results_above_journal": (
        "как проводили и проверяли эти работы: были ли наблюдатели, кто проверял, была ли перекрёстная проверка; "
        "выборочно перепроверить работы; сравнить с другими процедурами тех же классов"
    ),
    "results_with_journal": (
        "что изменилось в преподавании и в составе классов; если другие процедуры подтвердят рост, описать опыт школы"
    ),
    "results_without_journal": (
        "собрать отметки журнала по этим классам; как проводили и проверяли работы; выборочно перепроверить работы"
    ),
    "journal_above_results": (
        "критерии текущего оценивания: за что ставят «4» и «5», как итоговая отметка связана с контрольными работами; "
        "обсудить с предметным объединением"
    ),
    "results_below_journal": (
        "условия, в которых писали работу, и критерии текущего оценивания; какие задания не выполнены большинством"
    ),
    "border": (
        "работы с баллом на границе и на балл ниже: перепроверить задания с развёрнутым ответом двумя проверяющими"
    ),
    None: "пояснения школы по признаку, который назвал источник списка, и принятые меры",
}

#: What to check in three words, for page one.
SHORT_CHECKS = {
    "results_above_journal": "порядок проведения и проверки работ",
    "results_without_journal": "порядок проведения и проверки работ",
    "results_with_journal": "что изменилось в преподавании",
    "journal_above_results": "критерии текущего оценивания",
    "results_below_journal": "условия работы и критерии оценивания",
    "border": "перепроверить работы у границ вдвоём",
}

SIGNALS = {
    "level": "уровень результатов",
    "profile": "отличие от других работ школы",
    "journal": "расхождение с журналом",
    "border": "всплеск на границах",
}

SIGNS = {
    "inflated_mean": "завышенный средний балл",
    "journal_mismatch": "несоответствие журналу",
    "parallel_rise": "резкое возрастание",
    "parallel_fall": "резкое падение",
}

SIGN_LETTERS = {"inflated_mean": "A", "journal_mismatch": "B", "parallel_rise": "C↑", "parallel_fall": "C↓"}

DIRECTIONS = {"lowered": "Понизили", "confirmed": "Подтвердили", "raised": "Повысили"}

_SHORT_SUBJECTS = {
    "Русский язык": "РУ", "Математика": "МА", "Окружающий мир": "ОМ", "История": "ИС", "Обществознание": "ОБ",
    "География": "ГГ", "Биология": "БИ", "Физика": "ФИ", "Химия": "ХИ", "Английский язык": "АЯ",
}  # fmt: skip


def work(subject: str, grade: int) -> str:
    """Return «Русский язык, 4 кл.»."""
    return f"{subject}, {grade}\u00a0кл."


def short_work(subject: str, grade: int) -> str:
    """Return «РУ-4», or the full name where a subject has no usual short one."""
    short = _SHORT_SUBJECTS.get(subject)
    return f"{short}-{grade}" if short else work(subject, grade)


def unit_verdict(funnel: UnitFunnel, unit: str) -> str:
    """Return how a unit stands in a funnel: «неслучайно больше», «неразличимо», «м.д.» or «—»."""
    if unit not in funnel.units.index:
        return "…"
    row = funnel.units.loc[unit]
    if not row["enough"]:
        return "м.д."
    if funnel.funnel.refusal is not None or row["p_value"] != row["p_value"]:
        return "—"
    if not row["flagged"]:
        return WITHIN
    return f"{DIFFERENT} {'больше' if row['z_adjusted'] > 0 else 'меньше'}"


def change(estimate: Estimate) -> str:
    """Return one of the three states: «рост», «снижение», «неразличимо» (or why there is no answer)."""
    if not estimate.given or estimate.interval is None:
        reason = refusal_reason(estimate.refusal, "школа") if estimate.refusal else "нет данных"
        return f"вывод невозможен: {reason}"
    if estimate.interval.low > 0:
        return "рост"
    if estimate.interval.high < 0:
        return "снижение"
    return "неразличимо"


def works_list(subjects: tuple[str, ...], grades: tuple[int, ...], years: tuple[int, ...]) -> str:
    """Return where a finding lies: «Русский язык и Математика, 4 и 5 кл., 2025 и 2026 гг.»."""
    parts = []
    if subjects:
        parts.append(listed(list(subjects)))
    if grades:
        parts.append(f"{listed([str(grade) for grade in grades])}\u00a0кл.")
    if years:
        parts.append(f"{listed([str(year) for year in years])}\u00a0{'г.' if len(years) == 1 else 'гг.'}")
    return ", ".join(parts)
