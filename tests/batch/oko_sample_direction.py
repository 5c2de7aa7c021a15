"""Two tiny directions for the tests of the batch, whose notebooks name whom they are about and misbehave when told to.

One stands on results of ВПР; the other on another table, without a regional summary but with reports on schools.
"""

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
from oko_lib.batch.parameters import MunicipalityParameters, RegionParameters, SchoolParameters
from oko_lib.indicators.regional import NotComputedError, once, only_cached
from oko_lib.indicators.session import open_session
from oko_lib.report.names import short_school
from oko_lib.store import Load, Store

MUNICIPALITIES = {
    "reg99_m001": "город Северск",
    "reg99_m002": "Северский муниципальный район",
    "reg99_m003": "Усть-Лужский муниципальный округ",
    "reg99_m004": "Пустынский муниципальный район",
}
#: Schools known by the second table: login → (municipality, name); of the last there are no data in 2026.
SCHOOLS = {
    "edu99001": ("reg99_m001", "Гимназия № 1"),
    "edu99003": ("reg99_m003", "СОШ № 3"),
    "edu99011": ("reg99_m001", "МБОУ «Средняя школа № 2»"),
    "edu99012": ("reg99_m001", "МБОУ «Средняя школа № 10»"),
    "edu99013": ("reg99_m001", "МБОУ «Средняя школа № 2 имени А. С. Пушкина»"),
    "edu99014": ("reg99_m001", "МБОУ «Средняя школа № 14»"),
}
LISTED = ("edu99012", "edu99011", "edu99014", "edu99003", "edu99004")


class SampleParameters(MunicipalityParameters):
    behave: str = "well"
    only: str = ""


class SampleRegionParameters(RegionParameters):
    behave: str = "well"
    only: str = ""


class SampleSchoolParameters(SchoolParameters):
    behave: str = "well"
    only: str = ""


def listed_schools(workspace, snapshot, year) -> dict[str, list[tuple[str, str]]]:
    """Name the schools to report; a file in the working place makes it fail."""
    if (workspace.root / "без перечня").exists():
        raise ValueError("перечень испорчен")
    known = {**SCHOOLS, "edu99004": ("reg99_m004", "СОШ № 4")}
    listed: dict[str, list[tuple[str, str]]] = {}
    for login in LISTED:
        code, name = known[login]
        listed.setdefault(code, []).append((login, name))
    return listed


def prepare(workspace, snapshot, year) -> None:
    """Compute what all reports share: the number of results."""
    count_results(open_session(workspace.root, year=year))


def count_results(session) -> int:
    return once(
        "sample",
        session,
        lambda one: len(one.snapshot.read("vpr_results_by_participant", ["login"], {"year": one.year})),
    )


def shared_results(session) -> int:
    """Return what the run has computed for all; -1 if nobody has."""
    try:
        with only_cached():
            return count_results(session)
    except NotComputedError:
        return -1


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
CONTEXT = Direction(
    name="context",
    title_ru="Условия",
    notebook="context.ipynb",
    school_notebook="context_school.ipynb",
    tables=("school_context_by_year",),
    norms=("subjects.yaml",),
    parameters=SampleParameters,
    school_parameters=SampleSchoolParameters,
    schools=listed_schools,
)
DIRECTIONS = {"sample": SAMPLE}
BOTH = {"sample": SAMPLE, "context": CONTEXT}


def show(workspace_root: str, municipality: str | None, year: int, as_of: str) -> None:
    """Display what a report would: a heading, a sentence and a table."""
    session = open_session(workspace_root=workspace_root, municipality=municipality, year=year, as_of=as_of)
    name = session.municipality_name or session.region_name
    display(Markdown(f"# Проба: {name}\n\nЭто отчёт о муниципалитете «{name}» за {session.year} год."))
    process = os.getpid() if os.environ.get("OKO_TEST_SHOW_PROCESS") else "—"
    display(HTML(pd.DataFrame({"общих строк": [shared_results(session)], "процесс": [process]}).to_html()))


def show_context(
    workspace_root: str, municipality: str, year: int, as_of: str, school: str | None = None, behave: str = "well"
) -> None:
    """Display what a report on the second table would, of a municipality or of one of its schools."""
    session = open_session(workspace_root, municipality, year, as_of, tables=CONTEXT.tables)
    whom = session.municipality_name
    if school and behave != "nameless":
        whom = f"{short_school(SCHOOLS[school][1])}, {whom}"
    display(Markdown(f"# Условия: {whom}\n\nЗа {session.year} год."))


def misbehave(behave: str, only: str, municipality: str | None, school: str | None = None) -> None:
    """Do what the test asks for, if it asks it of this municipality or school."""
    if only and not {municipality, school} & set(only.split()):
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
    if behave == "neighbour":
        display(Markdown("В школе МБОУ «Средняя школа № 10» доля выше."))
    if behave == "print":
        print("напечатано", flush=True)
        os.system("echo из оболочки")


def write_notebooks(folder: Path) -> None:
    """Write the notebooks of both directions."""
    folder.mkdir(parents=True, exist_ok=True)
    common = 'year = 0\nmode = "internal"\nworkspace_root = ""\nas_of = ""\nbehave = ""\nonly = ""'
    notebooks = {
        "sample.ipynb": ("municipality",),
        "sample_region.ipynb": (),
        "context.ipynb": ("municipality",),
        "context_school.ipynb": ("municipality", "school"),
    }
    for name, about in notebooks.items():
        declared = "".join(f'{parameter} = ""\n' for parameter in about) + common
        whom = ", ".join(about) or "None"
        if name.startswith("sample"):
            shown = f"show(workspace_root, {whom}, year, as_of)"
        else:
            further = ", school, behave" if "school" in about else ""
            shown = f"show_context(workspace_root, municipality, year, as_of{further})"
        # Notebooks of the second direction begin with their own heading: no title is made up that would name anybody.
        cells = [
            *([nbformat.v4.new_markdown_cell("Проба.")] if name.startswith("sample") else []),
            nbformat.v4.new_code_cell(declared, metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell("from oko_sample_direction import misbehave, show, show_context"),
            nbformat.v4.new_code_cell(shown),
            nbformat.v4.new_code_cell(f"misbehave(behave, only, {whom})"),
        ]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        nbformat.write(notebook, folder / name)


def write_store(folder: Path) -> None:
    """Four municipalities of which three have results in 2026 and one only in 2025; context of two in 2026.

    The fourth municipality has context of 2024; one school has had another login and another name.
    """
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
    further = pd.DataFrame(
        [(login, 2026, name, code) for login, (code, name) in SCHOOLS.items() if login > "edu99010"]
        + [("sch99011", 2024, "Школа-интернат № 101", "reg99_m001")],
        columns=["login", "year", "school_name", "municipality_code"],
    ).assign(school_kind="СОШ", **place)
    schools = pd.concat([schools, further], ignore_index=True)
    logins = pd.DataFrame([("sch99011", "edu99011"), ("edu99011", "edu99011")], columns=["login", "school_id"]).assign(
        **place
    )
    context = pd.DataFrame(
        [(login, 2026) for login in SCHOOLS if login != "edu99014"] + [("edu99004", 2024), ("edu99014", 2024)],
        columns=["login", "year"],
    ).assign(pupils=300, **place)
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
                    "school_logins": logins,
                    "school_context_by_year": context,
                    "vpr_results_by_participant": results,
                },
            )
        ]
    )
