"""A tiny direction for the tests of the batch: its notebook names its municipality and can be told to misbehave."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pandas as pd
from IPython.display import HTML, Markdown, display

from oko_lib.batch import Direction
from oko_lib.batch.parameters import MunicipalityParameters, RegionParameters
from oko_lib.indicators.session import open_session
from oko_lib.store import Load, Store

MUNICIPALITIES = {
    "reg99_m001": "город Северск",
    "reg99_m002": "Северский муниципальный район",
    "reg99_m003": "Усть-Лужский муниципальный округ",
    "reg99_m004": "Пустынский муниципальный район",
}
#: Computed once in the parent; a forked report finds it here.
SHARED: dict[str, int] = {}


class SampleParameters(MunicipalityParameters):
    behave: str = "well"
    only: str = ""


class SampleRegionParameters(RegionParameters):
    behave: str = "well"
    only: str = ""


def prepare(workspace, snapshot, year) -> None:
    SHARED["results"] = len(snapshot.read("vpr_results_by_participant", ["login"], {"year": year}))


SAMPLE = Direction(
    name="sample",
    title_ru="Проба",
    notebook="sample.ipynb",
    region_notebook="sample_region.ipynb",
    norms=("subjects.yaml",),
    parameters=SampleParameters,
    region_parameters=SampleRegionParameters,
    prepare=prepare,
)
DIRECTIONS = {"sample": SAMPLE}


def show(workspace_root: str, municipality: str | None, year: int, as_of: str) -> None:
    """Display what a report would: a heading, a sentence and a table."""
    session = open_session(workspace_root=workspace_root, municipality=municipality, year=year, as_of=as_of)
    name = session.municipality_name or session.region_name
    display(Markdown(f"# Проба: {name}\n\nЭто отчёт о муниципалитете «{name}» за {session.year} год."))
    display(HTML(pd.DataFrame({"общих строк": [SHARED.get("results", -1)], "процесс": [os.getpid()]}).to_html()))


def misbehave(behave: str, only: str, municipality: str | None) -> None:
    """Do what the test asks for, if it asks it of this municipality."""
    if only and municipality not in only.split():
        return
    if behave == "raise":
        raise ValueError("столбца нет")
    if behave == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if behave == "hang":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(os.environ["OKO_TEST_PIDS"]).joinpath(str(os.getpid())).write_text(str(child.pid))
        time.sleep(600)
    if behave == "stranger":
        display(Markdown("Как и в Усть-Лужском муниципальном округе, доля выше."))
    if behave == "print":
        print("напечатано", flush=True)
        os.system("echo из оболочки")


def write_notebooks(folder: Path) -> None:
    """Write the direction's two notebooks."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, municipality in (("sample.ipynb", 'municipality = ""\n'), ("sample_region.ipynb", "")):
        declared = f'{municipality}year = 0\nmode = "internal"\nworkspace_root = ""\nas_of = ""\nbehave = ""\nonly = ""'
        parameters = nbformat.v4.new_code_cell(declared, metadata={"tags": ["parameters"]})
        whom = "municipality" if municipality else "None"
        cells = [
            nbformat.v4.new_markdown_cell("Проба."),
            parameters,
            nbformat.v4.new_code_cell("from oko_sample_direction import misbehave, show"),
            nbformat.v4.new_code_cell(f"show(workspace_root, {whom}, year, as_of)"),
            nbformat.v4.new_code_cell(f"misbehave(behave, only, {whom})"),
        ]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        nbformat.write(notebook, folder / name)


def write_store(folder: Path) -> None:
    """Four municipalities of which three have results in 2026 and one only in 2025."""
    codes = list(MUNICIPALITIES)
    place = {"source_sheet": "Лист1", "source_row": 1}
    municipalities = pd.DataFrame(
        {"municipality_code": codes, "municipality_name": list(MUNICIPALITIES.values())}
    ).assign(region_code="99", region_name="Учебный край", **place)
    schools = pd.DataFrame(
        {
            "login": [f"edu9900{number}" for number in range(1, 5)],
            "year": [2026, 2026, 2026, 2025],
            "school_name": ["Гимназия № 1", "МБОУ «Усть-Лужский муниципальный округ, школа № 2»", "СОШ № 3", "СОШ № 4"],
            "municipality_code": codes,
            "municipality_name": list(MUNICIPALITIES.values()),
        }
    ).assign(school_kind="СОШ", **place)
    results = pd.DataFrame(
        [
            {"year": year, "login": login, "participant_code": f"{4000 + number}"}
            for login, year in schools[["login", "year"]].itertuples(index=False)
            for number in range(3)
        ]
    ).assign(grade=4, subject="Математика", present=True, mark=4, primary_score=11, **place)
    rows = len(results)
    Store(folder).append(
        [
            Load(
                file_name="проба.xlsx",
                file_path="data/raw/проба.xlsx",
                content_hash="0" * 64,
                layout="sample",
                rank=2,
                read_rows=rows,
                accepted_rows=rows,
                quarantined_rows=0,
                non_data_rows=0,
                tables={
                    "municipalities": municipalities,
                    "schools": schools,
                    "vpr_results_by_participant": results,
                },
            )
        ]
    )
