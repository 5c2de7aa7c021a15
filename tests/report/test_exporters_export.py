"""``export`` and ``jupyter nbconvert``: files on disk."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from importlib.metadata import entry_points

import nbformat
import pytest
from exporters_samples import code, nasty, output
from nbformat.v4 import new_markdown_cell, new_notebook
from pypdf import PdfReader

from oko_lib.report.exporters import ReportMeta, export

META = ReportMeta("Отчёт", "Н-ский район", "Объективность", "2025", "", "ab12", built_on=date(2026, 11, 22))


@pytest.fixture
def simple():
    return new_notebook(cells=[new_markdown_cell("# Привет\n\nтекст"), code(output({"text/plain": "42"}))])


def test_files_appear_whole_under_their_names(tmp_path, simple):
    made = export(simple, tmp_path / "2025" / "Н-ский", "отчёт", ("html", "pdf"), META)
    assert list(made) == ["html", "pdf"]
    assert sorted(path.name for path in (tmp_path / "2025" / "Н-ский").iterdir()) == ["отчёт.html", "отчёт.pdf"]
    assert made["pdf"].read_bytes().startswith(b"%PDF")
    if os.name == "posix":
        assert made["pdf"].stat().st_mode & 0o600 == 0o600


def test_all_formats_at_once(tmp_path):
    made = export(nasty()[0], tmp_path, "отчёт", meta=META)
    assert list(made) == ["pdf", "html", "docx", "xlsx"]
    assert all(path.stat().st_size > 1000 for path in made.values())


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path, simple):
    with pytest.raises(ValueError, match=r"неизвестный формат: doc; можно: pdf, html, docx, xlsx"):
        export(simple, tmp_path / "x", "a", ("pdf", "doc"), META)
    assert not (tmp_path / "x").exists()


def test_a_path_and_the_meta_kept_in_the_notebook(tmp_path, simple):
    simple.metadata["oko"] = META.to_metadata()
    nbformat.write(simple, tmp_path / "a.ipynb")
    made = export(tmp_path / "a.ipynb", tmp_path, "a", ("pdf",))
    reader = PdfReader(made["pdf"])
    assert reader.metadata.title == "Отчёт"
    assert "для служебного пользования" not in reader.pages[0].extract_text()  # the mark was left out by decision


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_importing_and_warming_up_leave_the_compiler_usable_after_a_fork(tmp_path):
    program = (
        "import os, sys, pathlib\n"
        "from oko_lib.report.exporters import export, warm_up\n"
        "nb = {'metadata': {}, 'cells': [{'cell_type': 'markdown', 'source': '# Раз', 'metadata': {}}]}\n"
        "warm_up(nb)\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    export(nb, pathlib.Path(sys.argv[1]), 'a', ('pdf',)); os._exit(0)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, timeout=60)
    assert (tmp_path / "a.pdf").stat().st_size > 1000


def test_nbconvert_command_line(tmp_path):
    if not any(point.name == "oko-pdf" for point in entry_points(group="nbconvert.exporters")):
        pytest.skip("the package is installed without its entry points: pip install -e .")
    nb, _ = nasty()
    nb.metadata["oko"] = META.to_metadata()
    nbformat.write(nb, tmp_path / "мой отчёт.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "oko-pdf", str(tmp_path / "мой отчёт.ipynb")]
    subprocess.run(command, check=True, timeout=120, capture_output=True, cwd=tmp_path)
    reader = PdfReader(tmp_path / "мой отчёт.pdf")
    assert reader.metadata.title == "Отчёт"
    assert "стр. 1 из" in reader.pages[0].extract_text()
