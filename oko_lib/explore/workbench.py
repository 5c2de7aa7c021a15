"""What a methodologist holds in a notebook: one object from which everything is reached.

Docstrings of :class:`Workbench` are in Russian, against the custom of the house: its users read them with «?».
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from oko_lib.explore import workbench_tables as tables
from oko_lib.explore.fresh_data import FreshData
from oko_lib.explore.in_russian import in_russian
from oko_lib.explore.start_page import StartContent, start_content
from oko_lib.report.notes import Note
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.plain_errors import HelpfulNames
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot

if TYPE_CHECKING:
    from oko_lib.explore.load_panel import LoadPanel
    from oko_lib.explore.run_panel import RunPanel
    from oko_lib.explore.start_panel import StartPanel

#: Direction → package with ``open_report`` and ``open_regional_report``.
REPORTS = {
    "objectivity": "oko_lib.report.objectivity",
    "low_results_dynamics": "oko_lib.report.low_results",
    "training_quality": "oko_lib.report.training_quality",
    "talent": "oko_lib.report.talent",
}

#: Shown where there is nothing to explore yet: a page of panels is no place for an error.
NO_DATA = Note("Данных здесь пока нет. Загрузите файлы на начальной странице: тетрадь start_here.ipynb.")


class Workbench(HelpfulNames):
    """Рабочее место ОКО: данные, отчёты и панели — из одного места.

    Начните так::

        from oko_lib import Workbench
        wb = Workbench()
        wb

    Последняя строка покажет начальную страницу: какие данные есть, чего не хватает, что можно построить. Дальше
    напишите ``wb.`` и нажмите Tab — появится список возможностей; ``?`` после имени покажет пояснение, например
    ``wb.report?``.

    Parameters
    ----------
    root : str, необязательно
        Рабочая папка; по умолчанию та, для которой открыт JupyterLab.
    """

    @in_russian
    def __init__(self, root: str | Path | None = None) -> None:
        if root and not Path(root).is_dir():
            raise SettingsError(f"Нет папки «{root}». Проверьте путь или создайте её.")
        self._workspace = Workspace.at(root or None)
        self._data = FreshData(self._workspace)

    # --- what there is -----------------------------------------------------------------------------------------------

    @property
    def municipalities(self) -> pd.DataFrame:
        """Муниципалитеты: код, название, число школ."""
        return tables.municipalities_frame(self._snapshot)

    @in_russian
    def schools(self, municipality: str | None = None) -> pd.DataFrame:
        """Школы муниципалитета (код или название); без него — все школы региона."""
        return tables.schools_frame(self._snapshot, self._code(municipality))

    @property
    def years(self) -> pd.DataFrame:
        """Годы с данными: по скольким муниципалитетам можно построить каждое направление."""
        return tables.years_frame(self._content())

    @property
    def directions(self) -> pd.DataFrame:
        """Направления: имя, название, за какие годы есть данные."""
        return tables.directions_frame(self._content())

    @property
    def tables(self) -> pd.DataFrame:
        """Таблицы хранилища: имя для ``wb.data``, название, что такое одна строка, сколько строк."""
        return tables.tables_frame(self._snapshot)

    @in_russian
    def data(
        self, table: str, year: int | None = None, municipality: str | None = None, titles: bool = True
    ) -> pd.DataFrame:
        """Строки таблицы хранилища; её можно сортировать, отбирать и сохранять в Excel.

        Имён детей в хранилище нет: участники стоят под кодами и ключами.

        Parameters
        ----------
        table : str
            Имя или название таблицы, как в ``wb.tables``.
        year : int, необязательно
            Только этот год.
        municipality : str, необязательно
            Только школы этого муниципалитета: код или название.
        titles : bool
            ``False`` оставит английские имена столбцов и коды вместо слов.

        Examples
        --------
        >>> wb.data("Итоги экзаменов по школам", year=2026, municipality="reg99_m001")
        """
        found = tables.table_called(table)
        return tables.data_frame(
            self._workspace, self._data.snapshot, found, year, self._code(municipality), bool(titles)
        )

    # --- reports -----------------------------------------------------------------------------------------------------

    @in_russian
    def report(self, direction: str, municipality: str | None = None, year: int | None = None) -> Any:
        """Отчёт муниципалитета по направлению; без муниципалитета — сводка по региону.

        У отчёта есть всё, что в нём печатается: ``отчёт.findings()``, ``отчёт.schools_table()`` и так далее; список —
        имя отчёта, точка и Tab.

        Parameters
        ----------
        direction : str
            Имя или название направления, как в ``wb.directions``.
        municipality : str, необязательно
            Код или название муниципалитета.
        year : int, необязательно
            Год; по умолчанию последний с данными.

        Examples
        --------
        >>> отчёт = wb.report("Объективность ВПР", "reg99_m001", 2026)
        >>> отчёт.findings()
        """
        found = tables.direction_called(direction)
        code = self._code(municipality)
        rooms = import_module(REPORTS[found.name])
        if code is None:
            return rooms.open_regional_report(year or 0, workspace_root=str(self._workspace.root))
        return rooms.open_report(code, year or 0, workspace_root=str(self._workspace.root))

    @in_russian
    def explorer(self, direction: str) -> Any:
        """Исследовать направление: таблицы и рисунки отчёта с выбором года, муниципалитета и школы мышью."""
        from oko_lib.explore.explorer import explorer

        if self._data.is_empty:
            return NO_DATA
        return explorer(_explored(direction), root=self._workspace.root)

    @in_russian
    def explorers(self) -> Any:
        """Исследовать все направления: по вкладке на каждое."""
        from oko_lib.explore.explorer import explorers

        if self._data.is_empty:
            return NO_DATA
        return explorers(root=self._workspace.root)

    # --- panels ------------------------------------------------------------------------------------------------------

    @in_russian
    def start(self) -> StartPanel:
        """Начальная страница: что есть, чего не хватает, что можно построить."""
        from oko_lib.explore.start_panel import StartPanel

        return StartPanel(self._workspace, self._data)

    @in_russian
    def load(self) -> LoadPanel:
        """Загрузить файлы: выгрузки ФИС ОКО, формы сбора, таблицы."""
        from oko_lib.explore.load_panel import LoadPanel

        return LoadPanel(self._workspace)

    @in_russian
    def build(self) -> RunPanel:
        """Построить отчёты: выбрать направления и муниципалитеты, следить, остановить."""
        from oko_lib.explore.run_panel import RunPanel

        return RunPanel(self._workspace)

    # --- how it shows ------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"Рабочее место ОКО: {self._workspace.root}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Any:
        return self.start()._repr_mimebundle_(include=include, exclude=exclude)

    def __dir__(self) -> list[str]:
        # Completion shows what one can do here and nothing else.
        return [name for name in vars(type(self)) if not name.startswith("_")]

    def _content(self) -> StartContent:
        return start_content(self._workspace, self._snapshot)

    @property
    def _snapshot(self) -> Snapshot | None:
        """The data; None where nothing has been loaded yet."""
        return None if self._data.is_empty else self._data.snapshot

    def _code(self, municipality: str | None) -> str | None:
        return tables.municipality_called(self._data.snapshot, municipality) if municipality else None


def _explored(direction: str) -> str:
    """Return the name of a direction to explore; explorers know more of them than there are reports, and say so."""
    from oko_lib.explore.directions import NAMES

    return direction if direction in NAMES else tables.direction_called(direction).name
