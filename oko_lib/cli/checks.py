"""What a machine needs for the workbench, each thing tried out rather than looked up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from oko_lib.settings.workspace import PROJECT_ROOT, Workspace

#: Below this much free space a year's reports of a large region may not fit.
_FREE_BYTES = 2 * 1024**3
_PACKAGE = "oko-lib"


@dataclass(frozen=True)
class Check:
    """One thing looked at.

    Parameters
    ----------
    name : str
        What was looked at, in Russian.
    well : bool
        Whether it is as it should be.
    found : str
        What there is.
    advice : str
        What to do otherwise.
    needed : bool
        False for something the workbench can do without.
    """

    name: str
    well: bool
    found: str
    advice: str = ""
    needed: bool = True


def examine(workspace: Workspace) -> list[Check]:
    """Look at everything; a check that itself fails is a failed check."""
    checks: list[Callable[[], Check]] = [
        _python,
        _libraries,
        _typst,
        _pandoc,
        _notebook_kernel,
        lambda: _writable(workspace),
        lambda: _disk(workspace),
        lambda: _parameters(workspace),
        lambda: _notebooks(workspace),
        lambda: _data(workspace),
        _memory,
    ]
    return [_tried(check) for check in checks]


def _tried(check: Callable[[], Check]) -> Check:
    try:
        return check()
    except Exception as error:  # whatever breaks here is exactly what the user wants to know
        name = {"_typst": "Typst (PDF)", "_pandoc": "Pandoc (текст тетрадей)"}.get(check.__name__, "Проверка")
        return Check(name, False, f"{type(error).__name__}: {error}", "Повторите установку: make install")


def _python() -> Check:
    found = sys.version.split()[0]
    return Check("Python", sys.version_info >= (3, 11), found, "Нужен Python 3.11 или новее.")


def _libraries() -> Check:
    """Compare what is installed with what the package asks for."""
    from packaging.requirements import Requirement

    wrong, names = [], []
    for line in requires(_PACKAGE) or []:
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        names.append(requirement.name)
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            wrong.append(f"{requirement.name} (нет)")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            wrong.append(f"{requirement.name} {found} (нужна {requirement.specifier})")
    found_text = f"{len(names)} нужных" if not wrong else ", ".join(wrong)
    return Check("Библиотеки", not wrong, found_text, "Повторите установку: make install")


def _typst() -> Check:
    # In an interpreter of its own: a process in which Typst has compiled may not fork reports any more.
    tried = subprocess.run(
        [sys.executable, "-c", "from oko_lib.cli.checks import typst_probe; typst_probe()"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    advice = "Шрифты PT не найдены: повторите установку."
    return Check("Typst и шрифты (PDF)", tried.returncode == 0, version("typst"), advice)


def typst_probe() -> None:
    """Compile a word in the shipped font; leave with an error when it does not come out so."""
    from io import BytesIO

    import typst
    from pypdf import PdfReader

    fonts = PROJECT_ROOT / "oko_lib" / "report" / "fonts"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "check.typ"
        source.write_text('#set text(font: "PT Serif", lang: "ru")\nПроверка', encoding="utf-8")
        pdf = typst.compile(str(source), font_paths=[str(fonts)], ignore_system_fonts=True)
    page = PdfReader(BytesIO(pdf)).pages[0]
    used = " ".join(str(font.get_object().get("/BaseFont", "")) for font in page["/Resources"]["/Font"].values())
    if "PTSerif" not in used.replace("-", "") or "Проверка" not in page.extract_text():
        sys.exit(1)


def _pandoc() -> Check:
    import pypandoc

    text = pypandoc.convert_text("**да**", "html", format="md")
    return Check("Pandoc (текст тетрадей)", "<strong>" in text, str(pypandoc.get_pandoc_version()))


def _notebook_kernel() -> Check:
    from jupyter_client.kernelspec import KernelSpecManager

    specs = KernelSpecManager().find_kernel_specs()
    return Check(
        "Ядро Jupyter python3",
        "python3" in specs,
        "установлено" if "python3" in specs else "нет",
        "Повторите установку: make install",
    )


def _writable(workspace: Workspace) -> Check:
    for folder in (workspace.store, workspace.outputs):
        nearest = next(item for item in (folder, *folder.parents) if item.is_dir())
        try:
            handle, name = tempfile.mkstemp(prefix=".oko-", dir=nearest)
        except OSError as error:
            return Check("Запись в рабочую папку", False, f"{nearest}: {error.strerror}", "Проверьте права на папку.")
        os.close(handle)
        os.unlink(name)
    return Check("Запись в рабочую папку", True, str(workspace.root))


def _disk(workspace: Workspace) -> Check:
    free = shutil.disk_usage(workspace.root).free
    return Check("Место на диске", free >= _FREE_BYTES, f"{free / 1024**3:.1f} ГБ свободно", "Освободите место.", False)


def _parameters(workspace: Workspace) -> Check:
    from oko_lib.batch.directions import DIRECTIONS
    from oko_lib.batch.ingredients import of_norms
    from oko_lib.settings.loading import SettingsError
    from oko_lib.settings.norms import load_objectivity_norms
    from oko_lib.settings.subjects import load_subjects

    try:
        count = len(load_subjects(workspace).names)
        load_objectivity_norms(workspace)
        for item in DIRECTIONS.values():
            of_norms(workspace, item)
    except SettingsError as error:
        return Check("Файлы параметров", False, str(error), "Исправьте файл или верните исходный.")
    return Check("Файлы параметров", True, f"читаются; предметов в справочнике: {count}")


def _notebooks(workspace: Workspace) -> Check:
    from oko_lib.batch.directions import DIRECTIONS

    names = [name for item in DIRECTIONS.values() for name in item.notebooks]
    missing = [name for name in names if not (workspace.notebooks / name).is_file()]
    found = "нет: " + ", ".join(missing) if missing else f"тетрадей: {len(names)}"
    return Check("Тетради отчётов", not missing, found, "Верните папку notebooks из исходной поставки.")


def _data(workspace: Workspace) -> Check:
    from oko_lib.batch.directions import DIRECTIONS, all_tables
    from oko_lib.indicators.years import years_with_results
    from oko_lib.store import Store

    advice = "Загрузите файлы: oko ingest ПАПКА; для пробы: oko demo."
    if not workspace.store.is_dir():
        return Check("Данные", False, "хранилище пусто", advice, needed=False)
    years = years_with_results(Store(workspace.store).snapshot(), all_tables(DIRECTIONS.values()))
    found = f"результаты за {', '.join(map(str, years))}" if years else "результатов нет"
    return Check("Данные", bool(years), found, advice, needed=False)


def _memory() -> Check:
    import psutil

    from oko_lib.batch.pool import available_cpus

    memory = psutil.virtual_memory()
    # A report process takes about 400 MB at its peak.
    enough = memory.available > 400e6 * available_cpus()
    found = f"процессоров {available_cpus()}, памяти свободно {memory.available / 1024**3:.1f} ГБ"
    return Check("Процессоры и память", enough, found, "Стройте отчёты с --jobs 1.", needed=False)
