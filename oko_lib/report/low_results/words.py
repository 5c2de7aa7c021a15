"""Russian words of the reports on schools with low results: codes of the results → phrases met everywhere the same."""

from __future__ import annotations

STATES = {"growth": "рост", "decline": "снижение", "indistinct": "неразличимо"}

DOMAINS = {
    "reading_literacy": "читательская грамотность",
    "science_literacy": "естественнонаучная грамотность",
    "mathematical_literacy": "математическая грамотность",
}

LEVELS = {"insufficient": "недостаточный", "reduced": "ниже базового", "basic": "базовый", "advanced": "выше базового"}

NOSOLOGIES = {
    "hearing": "нарушения слуха",
    "vision": "нарушения зрения",
    "speech": "тяжёлые нарушения речи",
    "locomotor": "нарушения опорно-двигательного аппарата",
    "delay": "задержка психического развития",
    "autism": "расстройства аутистического спектра",
    "intellectual": "умственная отсталость",
}

GROUPS = {
    "at_risk": "группа риска",
    "other_native_language": "неродной русский язык",
    "low_income": "малообеспеченные семьи",
    "has_disability": "с ОВЗ",
}

LISTS = {"low_results": "ШНОР", "adverse_conditions": "ШНСУ", "biased_results": "необъективные результаты"}

RISKS = {"strong": "выражен сильно", "moderate": "выражен умеренно", "none": "нет", "no_data": "нет данных"}

FEATURES = {
    "log_pupils": "Число обучающихся (логарифм)",
    "rural": "Сельская школа",
    "low_income": "Доля детей из малообеспеченных семей",
    "single_parent": "Доля детей из неполных семей",
    "other_language": "Доля детей с неродным русским языком",
    "on_record": "Доля детей на учёте",
    "parents_higher_education": "Доля родителей с высшим образованием",
}

_BRIEF = {
    "Математика": "МА",
    "Математика базовая": "МА база",
    "Математика профильная": "МА профиль",
    "Русский язык": "РУ",
    "Окружающий мир": "ОМ",
    "reading_literacy": "РЧ",
    "science_literacy": "ЕНГ",
    "mathematical_literacy": "МГ",
}

_SHORT_SUBJECTS = {
    "Математика": "математика",
    "Математика базовая": "математика базовая",
    "Математика профильная": "математика профильная",
    "Русский язык": "русский язык",
}


def procedure(key: str) -> str:
    """Return a procedure's name for tables: «ОГЭ, математика», «ВПР, история, 6 кл.»."""
    kind, subject, *grade = key.split(" · ")
    name = DOMAINS.get(subject) or _SHORT_SUBJECTS.get(subject) or subject[:1].lower() + subject[1:]
    return ", ".join([kind, name, *(f"{one}\u00a0кл." for one in grade)])


def brief(key: str) -> str:
    """Return a procedure's name as short as it is said: «ОГЭ МА», «КДР РЧ-4», «ВПР РУ-5», «ЕГЭ МА база»."""
    kind, subject, *grade = key.split(" · ")
    name = _BRIEF.get(subject) or procedure(key).partition(", ")[2].partition(", ")[0]
    return f"{kind} {name}{''.join(f'-{one}' for one in grade)}"


#: What the short names stand for, for the note under a table.
BRIEF_NOTE = (
    "РУ — русский язык, МА — математика; РЧ — читательская грамотность, ЕНГ — естественнонаучная; цифра — класс."
)


def success(key: str) -> str:
    """Return what counts as success in a procedure, as it follows «доля»."""
    kind, subject, *_ = key.split(" · ")
    if kind == "КДР":
        return "базового и повышенного уровня"
    if kind == "ЕГЭ" and subject != "Математика базовая":
        return "набравших более 60 баллов"
    return "«4» и «5»"


def success_brief(key: str) -> str:
    """Return what counts as success in a procedure, in two words."""
    found = success(key)
    return {"базового и повышенного уровня": "базовый и выше", "набравших более 60 баллов": "более 60 баллов"}.get(
        found, found
    )


def state(code: object, refusal: object = None) -> str:
    """Return one of the three states, or «м.д.» / «…» where there is none."""
    if isinstance(code, str) and code in STATES:
        return STATES[code]
    return "м.д." if refusal == "too_few" else "…"
