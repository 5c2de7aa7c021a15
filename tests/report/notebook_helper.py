"""A small executed notebook with everything a report may hold."""

from __future__ import annotations

import base64
import io
from datetime import date

import nbformat.v4 as v4
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from oko_lib.methods.result import Estimate, Interval, Refusal, RefusalReason
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.exporters.meta import ReportMeta
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.histogram import border_histogram
from oko_lib.report.findings import Finding, main_findings
from oko_lib.report.notes import VPR_USE_LIMITS
from oko_lib.report.table import ReportTable
from oko_lib.report.title import TitleBlock

META = ReportMeta(
    title="Объективность оценки",
    municipality="Н-ский муниципальный район",
    direction="Объективность",
    year="2026",
    fingerprint_short="ab12cd34",
    fingerprint={"Данные": "v7", "Код": "0.1.0"},
    built_on=date(2026, 11, 22),
)

COLUMNS = [
    ColumnSpec("school", "Школа"),
    ColumnSpec("n", "Участников", kind="integer"),
    ColumnSpec("lowered", "Понизили", kind="share", group="Отметки"),
    ColumnSpec("raised", "Повысили", kind="share", group="Отметки"),
    ColumnSpec("difference", "Отличие", kind="points"),
]


def the_table(number: int = 1, rows: int = 3, **options) -> ReportTable:
    refused = Estimate(None, None, 7, refusal=Refusal(RefusalReason.TOO_FEW, 7, 10))
    data = pd.DataFrame(
        {
            "school": ["=1+1", "СОШ № 2", "@школа"][:rows],
            "n": [1234, 93, 7][:rows],
            "lowered": [
                Estimate(0.3725, Interval(0.341, 0.404), 1234),
                Estimate(0.05, Interval(0.01, 0.2), 93),
                refused,
            ][:rows],
            "raised": [0.021, None, 0.1][:rows],
            "difference": [Estimate(0.031, Interval(-0.004, 0.066), 93), None, -0.1][:rows],
        }
    )
    total = {"n": 1334, "raised": 0.03}
    return ReportTable.build(
        data, COLUMNS, "Согласие отметок: ВПР и журнал", number, f"tbl-{number}", total_row=total, **options
    )


def the_figure() -> ReportFigure:
    return ReportFigure(border_histogram([3, 5, 9, 4], {3: 2}), 1, "fig-1", "Баллы", "Гистограмма первичных баллов")


def output(item: object) -> dict:
    return v4.new_code_cell("show()", outputs=[v4.new_output("display_data", data=item._repr_mimebundle_())])


def foreign(**data: str) -> dict:
    bundle = {key.replace("_", "/", 1).replace("__", "+"): value for key, value in data.items()}
    return v4.new_code_cell("x", outputs=[v4.new_output("execute_result", data=bundle)])


def png() -> str:
    figure = Figure(figsize=(2, 1))
    FigureCanvasAgg(figure)
    figure.add_subplot().plot([1, 2])
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode()


MARKDOWN = """# Раздел первый

Текст **жирный**, *курсив*, `код`, [ссылка](https://example.org/a) и $x^2$.

1. один
2. два
   - глубже

$$\\frac{a}{b}=1$$

| а | б |
|---|--:|
| 1 | 2 |
"""


def notebook() -> dict:
    title = TitleBlock("Объективность", META.municipality, META.direction, 2026, facts={"Построен": META.built_on})
    frame = pd.DataFrame({"Школа": ["=2+2", "0123"], "Число": [1.5, 2.0]})
    return v4.new_notebook(
        cells=[
            v4.new_code_cell("municipality = 'x'", metadata={"tags": ["parameters"]}),
            output(title),
            output(main_findings([Finding("Доля — 37,3\u202f%.", "табл.\u00a01")])),
            v4.new_markdown_cell(MARKDOWN),
            output(the_table()),
            output(the_table(2, wide=True)),
            output(the_table(3, rows=0)),
            output(the_figure()),
            output(VPR_USE_LIMITS),
            v4.new_markdown_cell("## Ячейки методиста"),
            foreign(text_html=frame._repr_html_(), text_plain=str(frame)),
            foreign(image_png=png(), text_plain="<Figure>"),
            foreign(application_x="?", text_plain="неизвестное \x0c содержание"),
            v4.new_code_cell("1/0", outputs=[v4.new_output("error", ename="ZeroDivisionError", evalue="division")]),
        ]
    )
