"""Parameters are refused before anything runs."""

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oko_lib.batch.parameters import (
    MunicipalityParameters,
    check_notebook,
    declared_names,
    show_injected_parameters,
    typed_parameters,
)
from oko_lib.settings.loading import SettingsError

GIVEN = {"municipality": "reg99_m001", "year": 2026, "workspace_root": "."}


def notebook(source: str) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]})
    return nbformat.v4.new_notebook(cells=[cell])


def test_defaults_are_filled_in():
    parameters = typed_parameters(GIVEN, MunicipalityParameters, "x.ipynb")
    assert parameters == {**GIVEN, "mode": "internal", "as_of": ""}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"munisipality": "a"}, "Возможно, вы имели в виду «municipality»"),
        ({"year": "двадцать шестой"}, "целое число"),
        ({"year": 1999}, "не меньше"),
        ({"mode": "public"}, "internal"),
        ({"municipality": ""}, "municipality"),
    ],
)
def test_wrong_parameters_are_refused_with_a_hint(change, words):
    with pytest.raises(SettingsError, match=words):
        typed_parameters({**GIVEN, **change}, MunicipalityParameters, "x.ipynb")


@settings(max_examples=50)
@given(st.text(min_size=1, max_size=12).filter(lambda name: name not in MunicipalityParameters.model_fields))
def test_no_unknown_name_gets_through(name):
    with pytest.raises(SettingsError):
        typed_parameters({**GIVEN, name: 1}, MunicipalityParameters, "x.ipynb")


WELL = 'municipality = "a"\nyear: int = 2026\nmode = "internal"\nworkspace_root = ""\nas_of = ""'


def test_a_notebook_declares_exactly_the_parameters_of_its_direction():
    check_notebook(notebook(WELL), MunicipalityParameters, "x.ipynb")
    assert declared_names(notebook(WELL), "x.ipynb") == set(MunicipalityParameters.model_fields)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (WELL.replace("municipality", "municipaliti"), "«municipality»"),
        (WELL.replace('as_of = ""', ""), "не хватает: as_of"),
        (WELL + "\nfor", "Python"),
    ],
)
def test_a_notebook_with_other_names_is_refused(source, words):
    with pytest.raises(SettingsError, match=words):
        check_notebook(notebook(source), MunicipalityParameters, "x.ipynb")


def test_a_notebook_without_parameters_cell_is_refused():
    with pytest.raises(SettingsError, match="найдено 0"):
        declared_names(nbformat.v4.new_notebook(), "x.ipynb")


def test_the_injected_cell_is_readable_and_hidden():
    cell = nbformat.v4.new_code_cell('name = "\\u0421"', metadata={"tags": ["injected-parameters"]})
    document = nbformat.v4.new_notebook(cells=[cell])
    show_injected_parameters(document, {"name": "Северск"})
    assert document.cells[0].source.endswith("name = 'Северск'")
    assert "remove-cell" in document.cells[0].metadata["tags"]
