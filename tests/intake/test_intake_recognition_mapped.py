"""Every mapped layout is told from every other, in any order of columns, by any of its headings."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oko_lib.forms import all_forms
from oko_lib.intake.mapping import load_mappings
from oko_lib.intake.readers import Sheet
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace

MAPPINGS = {mapping.name: mapping for mapping in load_mappings(PROJECT_ROOT / "parameters" / "layouts")}
#: Layouts of talents and training quality.
NEW = (
    "adapted_programmes", "contest_results", "enrolment", "exam_tasks", "graduates", "internal_levels", "listed_events",
    "observers", "olympiad_protocol", "olympiad_results", "talent_support", "task_skills",
)  # fmt: skip


def recognised(context, titles: list[str]) -> str | None:
    found = context.recogniser.recognise(Sheet("Лист1", [[], titles, ["x"] * len(titles)]))
    return found.layout.name if found.layout else None


def first_titles(name: str) -> list[str]:
    """The heading a file of this kind has when nothing is left out."""
    titles = []
    for table in MAPPINGS[name].tables.values():
        # A fact of the title lines has a column in other files: those are of another kind.
        own = [column for key, column in table.columns.items() if key not in table.from_heading]
        titles += [column.titles[0].rstrip("*") for column in own]
        titles += [person[0] for person in (table.person.all_titles if table.person else ())]
    return list(dict.fromkeys(titles))


@pytest.mark.parametrize("name", MAPPINGS)
def test_the_own_heading_of_every_layout_is_its_own(context, name):
    titles = first_titles(name)
    assert recognised(context, titles) == name
    assert recognised(context, titles[::-1]) == name
    assert recognised(context, ["№", *titles, "Название ОО", "Примечание"]) == name


@pytest.mark.parametrize("name", MAPPINGS)
def test_the_smallest_heading_of_every_layout_is_its_own(context, name):
    """Required columns alone, and the fewest others."""
    (table, *_) = MAPPINGS[name].tables.values()
    required = [column.titles[0].rstrip("*") for column in table.columns.values() if column.required]
    optional = [column.titles[0].rstrip("*") for column in table.columns.values() if not column.required]
    found = recognised(context, [*required, *optional[: table.optional_at_least]])
    assert found == name


@pytest.mark.parametrize("kind", all_forms(Workspace(PROJECT_ROOT)))
def test_every_form_is_recognised_as_itself(context, kind):
    form = all_forms(Workspace(PROJECT_ROOT))[kind]
    assert recognised(context, [column.heading for column in form.columns]) == kind


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(NEW), seed=st.integers(0, 10**6))
def test_kinds_are_never_confused_whatever_their_headings(context, name, seed):
    chance = random.Random(seed)
    (table,) = MAPPINGS[name].tables.values()
    columns = list(table.columns.values())
    # A protocol with year, stage and subject in columns is a table of results.
    fact = chance.choice(("year", "stage", "subject")) if table.from_heading else None
    optional = [column for key, column in table.columns.items() if not column.required and key != fact]
    kept = chance.sample(optional, chance.randint(table.optional_at_least, len(optional)))
    titles = [chance.choice(column.titles).rstrip("*") for column in columns if column.required or column in kept]
    people = list(table.person.all_titles) if table.person else []
    titles += [chance.choice(options) for options in chance.sample(people, chance.randint(0, len(people)))]
    titles += chance.sample(["Название ОО", "Муниципалитет", "№", "Примечание"], chance.randint(0, 4))
    chance.shuffle(titles)
    assert recognised(context, titles) == name, titles


def test_a_protocol_with_all_facts_in_columns_is_a_table_of_results(context):
    titles = first_titles("olympiad_protocol")
    assert recognised(context, [*titles, "Год", "Этап"]) == "olympiad_protocol"
    assert recognised(context, [*titles, "Год", "Этап", "Предмет"]) == "olympiad_results"


def test_no_heading_means_two_columns_of_one_layout():
    """A heading two columns claim would go to the first of them and leave the other empty."""
    for mapping in MAPPINGS.values():
        for table in mapping.tables.values():
            owners: dict[str, tuple[str, ...]] = {}
            people = table.person.all_titles if table.person else ()
            for titles in (*(column.titles for column in table.columns.values()), *people):
                for title in titles:
                    assert owners.setdefault(title.casefold(), titles) == titles, (mapping.name, title)
