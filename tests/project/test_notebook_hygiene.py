"""The hygiene check accepts a clean notebook and refuses each kind of dirt; the project's own notebooks are clean."""

import importlib.util
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("notebook_hygiene", ROOT / ".ci" / "notebook_hygiene.py")
hygiene = importlib.util.module_from_spec(spec)
spec.loader.exec_module(hygiene)


def clean() -> nbformat.NotebookNode:
    parameters = nbformat.v4.new_code_cell("municipality = 'reg99_m001'\nyear = 2026\nshift = -1")
    parameters.metadata["tags"] = ["parameters"]
    call = nbformat.v4.new_code_cell("%matplotlib inline\nfrom oko_lib import report\nreport.table(year, ['a', 'b'])")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Отчёт"), parameters, call])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def problems(notebook: nbformat.NotebookNode) -> list[str]:
    return hygiene.notebook_problems(nbformat.writes(notebook))


def test_a_clean_notebook_passes():
    assert problems(clean()) == []


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("def share(a, b):\n    return a", "function"),
        ("async def load():\n    pass", "function"),
        ("class Report:\n    pass", "class"),
        ("key = lambda row: row", "lambda"),
        ("share = passed / total", "calculated"),
        ("report(100 * value)", "calculated"),
        ("path = folder + 'x'", "calculated"),
        ("total += 1", "calculated"),
        ("for", "not Python"),
    ],
)
def test_code_that_belongs_in_the_library_is_refused(code, word):
    notebook = clean()
    notebook.cells.append(nbformat.v4.new_code_cell(code))
    (problem,) = problems(notebook)
    assert word in problem
    assert "cell 4" in problem


def test_stored_outputs_and_counts_are_refused():
    notebook = clean()
    notebook.cells[2].outputs = [nbformat.v4.new_output("stream", text="37,2 %")]
    notebook.cells[2].execution_count = 3
    assert len(problems(notebook)) == 2


@pytest.mark.parametrize("tagged", [0, 2])
def test_exactly_one_parameters_cell(tagged):
    notebook = clean()
    for cell in notebook.cells[1:]:
        cell.metadata["tags"] = ["parameters"] if tagged else []
    (problem,) = problems(notebook)
    assert "parameters" in problem


def test_wrong_kernel_and_broken_json_are_refused():
    notebook = clean()
    notebook.metadata["kernelspec"]["name"] = "my-env"
    assert len(problems(notebook)) == 1
    assert len(hygiene.notebook_problems("{")) == 1


def test_the_command_fails_on_a_dirty_file_and_names_it(tmp_path, capsys):
    notebook = clean()
    notebook.cells[2].execution_count = 1
    nbformat.write(notebook, tmp_path / "dirty.ipynb")
    nbformat.write(clean(), tmp_path / "clean.ipynb")
    assert hygiene.main([str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "dirty.ipynb" in printed
    assert "clean.ipynb" not in printed


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.name)
def test_the_projects_notebooks_are_clean(path):
    assert hygiene.notebook_problems(path.read_text(encoding="utf-8")) == []
