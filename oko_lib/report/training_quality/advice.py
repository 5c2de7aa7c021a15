"""«Рекомендации»: whom to ask what, as the regional and municipal documents want it."""

from __future__ import annotations

from oko_lib.indicators.training_quality.tasks import WORK
from oko_lib.report.findings import Finding, FindingsBox, what_to_check
from oko_lib.report.grammar import count, count_in_words, listed
from oko_lib.report.training_quality import words
from oko_lib.report.training_quality.context import QualityContext
from oko_lib.report.training_quality.flow import flagged_schools
from oko_lib.report.training_quality.inclusion import schools_to_ask
from oko_lib.report.training_quality.register import SHEET, standing_out
from oko_lib.report.training_quality.skills import fallen_rows

_MOST_NAMED = 4


def _named(names: list[str], noun: str = "школа") -> str:
    return listed(names) if len(names) <= _MOST_NAMED else count_in_words(len(names), noun)


def _schools_ref(context: QualityContext) -> str:
    """The regional report has no table of all schools: it points to municipalities."""
    shown = "tbl-schools" if "tbl-schools" in context.numbering.tables else "tbl-municipalities"
    return context.ref(shown)


def check_box(context: QualityContext) -> FindingsBox:
    """The box «Что проверить» of page one: addressed and doable."""
    ref, results = context.ref, context.results
    items: list[Finding] = []
    fallen = fallen_rows(results.region.tasks, results.schools)
    below = fallen[fallen["state"] == "below"]
    if len(below):
        names = context.names(dict.fromkeys(str(school) for school in below["school"]))
        items.append(
            Finding(
                f"{_named(names)}: как проходили темы с умениями ниже ожидаемого — программа, учебник, часы, замены "
                f"уроков?",
                ref("tbl-out"),
            )
        )
    marks = results.own.schools
    rising = context.names(marks.index[marks["failing_change"] == "growth"]) if len(marks) else []
    if rising:
        items.append(Finding(f"{_named(rising)}: доля «2» за год неслучайно выросла — почему?", _schools_ref(context)))
    if flagged := flagged_schools(context):
        schools = context.names(dict.fromkeys(school for school, _ in flagged))
        items.append(
            Finding(
                f"{_named(schools)}: где сейчас выпускники, не продолжившие образование?", ref("tbl-not-continuing")
            )
        )
    if asked := schools_to_ask(context):
        items.append(
            Finding(
                f"{_named(asked)}: есть ли АООП для каждой нозологии и внутренняя оценка этих детей?",
                ref("tbl-adapted"),
            )
        )
    if transition := _declined_transition(context):
        items.append(
            Finding(f"{_named(transition)}: что происходит при переходе из 4 в 5 класс?", ref("tbl-transition"))
        )
    return what_to_check([Finding(f"{item.text[:1].upper()}{item.text[1:]}", item.pointer) for item in items[:4]])


def _declined_transition(context: QualityContext) -> list[str]:
    found: list[str] = []
    for item in context.results.region.transitions.values():
        units = item.schools.units
        own = units[units.index.isin(context.results.schools)]
        found += [str(school) for school in own.index[own["state"] == "decline"]]
    return context.names(dict.fromkeys(found))


def advice_box(context: QualityContext) -> FindingsBox:
    """Recommendations by addressee."""
    ref, results = context.ref, context.results
    items: list[Finding] = []
    completion = results.own.completion
    if len(completion):
        weak = completion[(completion["zone"] == "insufficient") & completion["reliable"].astype(bool)]
        works = [words.work(subject, grade) for subject, grade in weak.groupby(WORK).size().nlargest(2).index]
        if works:
            items.append(
                Finding(
                    "Муниципальным методическим объединениям: включить в план разбор заданий в зоне «недостаточно», "
                    f"прежде всего {listed(works)}; взять по одному уроку на умение и общий банк заданий.",
                    ref("tbl-skills"),
                )
            )
    register = standing_out(results.own.register)
    if len(register):
        classes = register[["school", "grade", "class_label"]].drop_duplicates()
        items.append(
            Finding(
                f"Учителям {count(len(classes), 'класс', case='genitive')}: по реестру затруднений (лист «{SHEET}») "
                "спланировать консультации и дополнительные занятия; через четверть повторить задания того же умения.",
                ref("tbl-register"),
            )
        )
    elif len(results.own.register):
        items.append(
            Finding(
                f"Учителям: свериться с реестром затруднений (лист «{SHEET}» книги Excel) и спланировать "
                f"консультации по "
                "умениям в зоне «недостаточно»."
            )
        )
    marks = results.own.schools
    if len(marks):
        weak_schools = context.names(marks.index[marks["failing_place"] == "more"])
        strong = context.names(marks.index[marks["good_place"] == "more"])
        if weak_schools:
            items.append(
                Finding(
                    f"Школам с большой долей «2» ({_named(weak_schools)}): адресная программа для группы "
                    f"«неуспевающих», "
                    "её выполнение — на педсовете раз в четверть.",
                    _schools_ref(context),
                )
            )
        if strong:
            items.append(
                Finding(
                    f"Школам, где «4» и «5» больше обычного ({_named(strong)}): описать опыт; до этого свериться с "
                    f"отчётом "
                    "об объективности.",
                    _schools_ref(context),
                )
            )
    if results.own.adapted.meets(results.session.norms.internal_assessment.value) is False:
        items.append(
            Finding(
                "Школам с АООП без внутренней оценки: включить детей с ОВЗ в школьную систему оценки к началу "
                "учебного года.",
                ref("tbl-adapted"),
            )
        )
    if flagged_schools(context):
        items.append(
            Finding(
                "Управлению образования: вести поимённый учёт выпускников, не продолживших образование, вместе со "
                "службой "
                "занятости и комиссией по делам несовершеннолетних.",
                ref("tbl-not-continuing"),
            )
        )
    items.append(
        Finding(
            "Всем школам: сохранить план мероприятий повышения качества подготовки; через год сверить его с этим "
            "отчётом."
        )
    )
    return FindingsBox(items, "Рекомендации")
