"""Russian words of the reports on quality of training: codes of the results → phrases met everywhere the same."""

from __future__ import annotations

from oko_lib.indicators.training_quality.comparability import ScaleComparison, SkillComparison
from oko_lib.report.grammar import listed
from oko_lib.report.low_results import words as shared

#: Growth, decline, indistinct; levels, nosologies, diagnostic works are named as in every other report.
STATES = shared.STATES
LEVELS = shared.LEVELS
NOSOLOGIES = shared.NOSOLOGIES
BRIEF_NOTE = shared.BRIEF_NOTE
DOMAINS = shared.DOMAINS

#: A school's share beside schools of the region with the same works.
PLACES = {"more": "больше обычного", "fewer": "меньше обычного", "usual": "неразличимо"}

#: A task or a skill against what the rest of the work lets expect.
PROFILE = {"below": "ниже ожидаемого", "above": "выше ожидаемого", "indistinct": "неразличимо"}

#: A set of schools against the region.
BESIDE = {"below": "ниже региона", "above": "выше региона", "indistinct": "неразличимо"}

ZONES = {"sufficient": "достаточно", "border": "пограничная", "insufficient": "недостаточно"}

EDUCATION = {"basic": "9 класс", "secondary": "11 класс"}

_SCALE_PARTS = {"max_score": "максимальный балл", "mark3_min": "«3» с", "mark4_min": "«4» с", "mark5_min": "«5» с"}
_MOST_CODES = 4


def work(subject: str, grade: int) -> str:
    """Return a work's name for tables: «Математика, 4 кл.»."""
    return f"{subject}, {grade}\u00a0кл."


def short_work(subject: str, grade: int) -> str:
    """Return a work's name where long texts stand beside it: «МА-4»."""
    return shared.brief(f"ВПР · {subject} · {grade}").removeprefix("ВПР ")


def diagnostic(domain: str, grade: int) -> str:
    """Return a diagnostic work's short name: «КДР РЧ-4»."""
    return shared.brief(f"КДР · {domain} · {grade}")


def class_name(grade: int, label: object) -> str:
    """Return a class's name: «4А», or «4-1» where classes are numbered."""
    text = str(label)
    return f"{grade}{text}" if text[:1].isalpha() else f"{grade}-{text}"


def zone(code: object, reliable: object) -> str:
    """Return the zone of completion; «?» after it where the interval leaves the zone."""
    if not isinstance(code, str):
        return "—"
    return ZONES[code] if bool(reliable) else f"{ZONES[code]}\u00a0?"


def told(words: dict[str, str], code: object, missing: str = "м.д.") -> str:
    """Return the word of a code; `missing` where there is none."""
    return words.get(code, missing) if isinstance(code, str) else missing


def scale_reason(scale: ScaleComparison) -> str:
    """Return why marks of two years are not compared: «шкала другая (максимальный балл 38 и 24)»."""
    if scale.missing:
        years = listed([str(year) for year in scale.missing])
        return f"шкала {years} {'года' if len(scale.missing) == 1 else 'годов'} не загружена"
    parts = [f"{_SCALE_PARTS[name]} {before} и {after}" for name, before, after in scale.differences]
    return f"шкалы {scale.before} и {scale.after} годов разные ({'; '.join(parts)})"


def skills_reason(skills: SkillComparison) -> str:
    """Return why skills of two years are not compared, or which of them are not; empty when all are."""
    if skills.missing:
        years = listed([str(year) for year in skills.missing])
        return f"кодификатор {years} {'года' if len(skills.missing) == 1 else 'годов'} не загружен"
    parts = [
        f"только в {year} году: {_codes(codes)}"
        for year, codes in ((skills.before, skills.only_before), (skills.after, skills.only_after))
        if codes
    ]
    if not skills.common:
        return f"общих умений нет ({'; '.join(parts)})"
    return f"не все умения общие ({'; '.join(parts)})" if parts else ""


def _codes(codes: tuple[str, ...]) -> str:
    shown = ", ".join(codes[:_MOST_CODES])
    return f"{shown} и ещё {len(codes) - _MOST_CODES}" if len(codes) > _MOST_CODES else shown
