"""A view added to a report from an explorer is built by the batch, for each municipality its own, and is in the PDF."""

import shutil
import sys
from pathlib import Path

from pypdf import PdfReader

sys.path.insert(0, str(Path(__file__).parents[1] / "explore"))

from region import objectivity_region

from oko_lib.cli.main import run
from oko_lib.explore.choice import Choice
from oko_lib.explore.directions import explored
from oko_lib.explore.own_sections import add_section
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace

CODES = ("reg77_m004", "reg77_m005")


def words(path: Path) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(path).pages).split())


def test_an_own_section_survives_the_batch_and_the_pdf(tmp_path_factory, tmp_path):
    root = tmp_path / "мои данные"
    root.mkdir()
    shutil.copytree(objectivity_region(tmp_path_factory).root / "data", root / "data")
    shutil.copytree(PROJECT_ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".*"))
    known = explored("objectivity")
    topic = known.topic("threshold")
    add_section(Workspace.at(root), known, topic, Choice(measure="raised", threshold=15.0))
    places = [word for code in CODES for word in ("--municipality", code)]
    assert (
        run(["run", "--root", str(root), *places, "--direction", "objectivity", "--formats", "pdf", "--jobs", "1"]) == 0
    )
    texts = [words(root / "outputs" / "2026" / code / "objectivity.pdf") for code in CODES]
    for text in texts:
        assert topic.title_ru in text
        assert "Школы с долей не меньше 15" in text
        assert text.index(topic.title_ru) < text.index("Приложение А")
    said = [text.split("За границей 15")[1].split(".")[0] for text in texts]
    assert said[0] != said[1]
