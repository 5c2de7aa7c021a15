"""The in-process engine records what a kernel would have sent, and leaves the process as it was."""

import sys

import nbformat
import papermill
import pytest
from papermill.exceptions import PapermillExecutionError

from oko_lib.batch.worker import ENGINE_NAME


def execute(tmp_path, *sources, engine=None, parameters=None) -> nbformat.NotebookNode:
    cells = [nbformat.v4.new_code_cell("x = 1", metadata={"tags": ["parameters"]})]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    return papermill.execute_notebook(
        notebook,
        str(tmp_path / "out.ipynb"),
        parameters=parameters,
        engine_name=engine if engine is not None else ENGINE_NAME,
        kernel_name="python3",
        language="python",
        progress_bar=False,
    )


def outputs(notebook):
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"][1:]


def test_prints_results_and_displays_stand_in_order(tmp_path):
    source = "print('a')\nfrom IPython.display import display, HTML\ndisplay(HTML('<b>b</b>'))\nprint('c')\n{'d': 1}"
    (cell,) = outputs(execute(tmp_path, source))
    assert [item.output_type for item in cell] == ["stream", "display_data", "stream", "execute_result"]
    assert cell[0].text == "a\n"
    assert cell[1].data["text/html"] == "<b>b</b>"
    assert cell[3].data["text/plain"] == "{'d': 1}"


def test_parameters_magics_await_and_shared_namespace(tmp_path):
    notebook = execute(
        tmp_path, "y = x + 1", "%time z = y", "import asyncio\nawait asyncio.sleep(0)\nz", parameters={"x": 41}
    )
    assert outputs(notebook)[-1][0].data["text/plain"] == "42"


def test_a_figure_left_open_is_shown_as_vector(tmp_path):
    (cell,) = outputs(execute(tmp_path, "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nNone"))
    assert [item.output_type for item in cell] == ["display_data"]
    assert cell[0].data["image/svg+xml"].lstrip().startswith("<?xml")


def test_pictures_are_kept_as_text(tmp_path):
    source = "from IPython.display import Image, display\ndisplay(Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + bytes(16)))"
    (cell,) = outputs(execute(tmp_path, source))
    assert cell[0].data["image/png"].startswith("iVBOR")


def test_displays_can_be_updated_and_cleared(tmp_path):
    first, second, third = outputs(
        execute(
            tmp_path,
            "from IPython.display import clear_output, display\nhandle = display('old', display_id=True)",
            "handle.update('new')",
            "print('gone')\nclear_output(wait=True)\nprint('stays')",
        )
    )
    assert first[0].data["text/plain"] == "'new'"
    assert second == []
    assert [item.text for item in third] == ["stays\n"]


def test_an_error_stops_the_notebook_and_is_recorded(tmp_path):
    with pytest.raises(PapermillExecutionError) as caught:
        execute(tmp_path, "y = 1", "raise ValueError('нет столбца')", "print('never')")
    assert caught.value.ename == "ValueError"
    assert "нет столбца" in caught.value.evalue
    written = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert "never" not in str([cell.get("outputs") for cell in written.cells])


def test_the_process_is_left_as_it_was(tmp_path):
    from IPython import get_ipython

    main, stdout, hook = sys.modules["__main__"], sys.stdout, sys.displayhook
    execute(tmp_path, "x")
    assert sys.modules["__main__"] is main
    assert sys.stdout is stdout
    assert sys.displayhook is hook
    assert get_ipython() is None


def test_notebooks_do_not_see_each_other(tmp_path):
    execute(tmp_path, "leak = 1")
    with pytest.raises(PapermillExecutionError, match="leak"):
        execute(tmp_path, "leak")


def test_same_outputs_as_a_kernel(tmp_path):
    sources = (
        "import pandas as pd\npd.DataFrame({'а': [1, 2]})",
        "import sys\nprint('x')\nprint('e', file=sys.stderr)",
        "from IPython.display import Markdown, display\ndisplay(Markdown('**ж**'), 5)",
        "None",
    )
    ours = outputs(execute(tmp_path, *sources))
    kernels = outputs(execute(tmp_path, *sources, engine="nbclient"))

    def plain(cell):
        return sorted(str({key: item.get(key) for key in ("output_type", "data", "name", "text")}) for item in cell)

    assert [plain(cell) for cell in ours] == [plain(cell) for cell in kernels]
