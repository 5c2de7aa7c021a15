"""All tables by name."""

from difflib import get_close_matches

from oko_lib.tables.bookkeeping import LOADS, QUARANTINE
from oko_lib.tables.conditions import ATTENDANCE, SCHOOL_SUPPORT, SOCIAL_PASSPORT, TEACHER_DEFICITS
from oko_lib.tables.definition import Table
from oko_lib.tables.diagnostics import DIAGNOSTIC_COUNTS, DIAGNOSTIC_RESULTS
from oko_lib.tables.exams import EXAM_COUNTS, EXAM_RESULTS
from oko_lib.tables.olympiads import CONTEST_RESULTS, LISTED_EVENTS, OBSERVERS, OLYMPIAD_RESULTS
from oko_lib.tables.published import CONTROL_GROUP, PUBLISHED_LISTS
from oko_lib.tables.quality import ADAPTED_PROGRAMMES, EXAM_TASKS, GRADUATES, INTERNAL_LEVELS, TASK_SKILLS
from oko_lib.tables.registers import MUNICIPALITIES, SCHOOL_CONTEXT, SCHOOL_LOGINS, SCHOOLS
from oko_lib.tables.talents import ENROLMENT, TALENT_SUPPORT
from oko_lib.tables.vpr import SCORE_SCALES, VPR_AGGREGATES, VPR_RESULTS, VPR_TASKS

TABLES: dict[str, Table] = {
    definition.name: definition
    for definition in (
        MUNICIPALITIES,
        SCHOOLS,
        SCHOOL_LOGINS,
        SCHOOL_CONTEXT,
        VPR_RESULTS,
        VPR_TASKS,
        VPR_AGGREGATES,
        SCORE_SCALES,
        EXAM_RESULTS,
        EXAM_COUNTS,
        DIAGNOSTIC_RESULTS,
        DIAGNOSTIC_COUNTS,
        ATTENDANCE,
        SOCIAL_PASSPORT,
        SCHOOL_SUPPORT,
        TEACHER_DEFICITS,
        OLYMPIAD_RESULTS,
        CONTEST_RESULTS,
        LISTED_EVENTS,
        OBSERVERS,
        ENROLMENT,
        TALENT_SUPPORT,
        TASK_SKILLS,
        GRADUATES,
        ADAPTED_PROGRAMMES,
        INTERNAL_LEVELS,
        EXAM_TASKS,
        PUBLISHED_LISTS,
        CONTROL_GROUP,
        LOADS,
        QUARANTINE,
    )
}


def table(name: str) -> Table:
    """Return the definition of the table called `name`.

    Raises
    ------
    KeyError
        If there is no such table; the message names the nearest one.
    """
    if name in TABLES:
        return TABLES[name]
    near = get_close_matches(name, TABLES, n=1)
    hint = f"; возможно, вы имели в виду {near[0]}" if near else ""
    raise KeyError(f"нет таблицы {name}{hint}")
