"""Notebooks for the exporter tests, built without running a kernel."""

from __future__ import annotations

import base64
import io

import matplotlib as mpl
import numpy as np
import pandas as pd
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

mpl.use("Agg")

SPECIAL = "Школа №5 #[корпус] $x$ *звезда* _черта_ @ссылка <метка> `код` ~ \\ \"кав\" 'ап' // -- ... = + / [{(%&^"
OKO = "application/vnd.oko+json"


def output(data: dict, metadata: dict | None = None) -> object:
    return new_output("display_data", data=data, metadata=metadata or {})


def code(*outputs: object, source: str = "КОД_НЕ_ПЕЧАТАТЬ = 1", tags: tuple[str, ...] = ()) -> object:
    return new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def frame(data: pd.DataFrame) -> object:
    return output({"text/html": data.to_html(border=1, classes="dataframe"), "text/plain": str(data)})


def figure_svg(text: str) -> str:
    import matplotlib.pyplot as plt

    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "test"}):
        figure, axes = plt.subplots(figsize=(6, 2.5))
        axes.plot([0, 1, 2], [1, 3, 2])
        axes.set_title(text)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
        plt.close(figure)
    return buffer.getvalue()


def figure_png() -> str:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(3, 1.5))
    axes.bar(["а", "б"], [1, 2])
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100)
    plt.close(figure)
    return base64.b64encode(buffer.getvalue()).decode()


def long_frame(rows: int = 150) -> pd.DataFrame:
    numbers = np.arange(rows)
    return pd.DataFrame(
        {"ШапкаДлинной": [f"Школа № {n}" for n in numbers], "Доля": numbers / rows, "Участников": numbers}
    )


def nasty() -> tuple[object, list[str]]:
    """Return a notebook of awkward cells and the sentinels its PDF must contain."""
    rng = np.random.default_rng(5)
    wide = pd.DataFrame(rng.normal(size=(3, 14)) * 1e4, columns=[f"широкий_столбец_{n}" for n in range(14)])
    very_wide = pd.DataFrame(rng.normal(size=(2, 45)) * 1e6, columns=[f"очень_широкий_{n}" for n in range(45)])
    columns = pd.MultiIndex.from_product([["Математика", "Русский язык"], ["2024", "2025"], ["n", "доля"]])
    index = pd.MultiIndex.from_product([["Н-ский", "М-ский"], ["5 класс", "6 класс"]], names=["район", "sentMULTI"])
    multi = pd.DataFrame(rng.normal(size=(4, 8)).round(2), index=index, columns=columns)
    styled = pd.DataFrame({"sentSTYLE": [1.0, -2.0, 3.0], "текст": ["а", "б", SPECIAL]}).style
    bars = styled.bar(subset=["sentSTYLE"], align="mid").map(
        lambda _: "background-color: #dde6f3; color: #333", subset=["текст"]
    )
    words = "слово" * 60 + " sentLONG " + "f" * 300

    cells = [
        new_markdown_cell("# Проверка sentHEAD\n\nВступление **жирно**, _курсив_, [ссылка](https://example.org/a?b=1#c)."),
        code(new_output("stream", text="НЕ_ПЕЧАТАТЬ"), source="municipality = 'X'", tags=("parameters",)),
        new_code_cell("municipality = 'Y'", metadata={"tags": ["injected-parameters"]}, outputs=[]),
        new_markdown_cell("## Скрыто НЕ_ПЕЧАТАТЬ", metadata={"tags": ["hide"]}),
        new_markdown_cell(f"## Особые знаки sentSPECIAL\n\n{SPECIAL}"),
        code(frame(wide.rename(columns={"широкий_столбец_13": "sentWIDE"}))),
        code(frame(very_wide.rename(columns={"очень_широкий_44": "sentCUT"}))),
        code(frame(multi)),
        code(output({"text/html": bars.to_html(), "text/plain": "<Styler>"})),
        code(frame(long_frame())),
        new_markdown_cell(
            "## Формулы sentMATH\n\nВ строке $p = \\frac{k}{n}$ и отдельно:\n\n"
            "$$\\begin{aligned} a &= b + c \\\\ d &= e \\end{aligned}$$\n\n"
            "\\begin{align}\nM &= \\begin{pmatrix}1 & 2\\\\ 3 & 4\\end{pmatrix}\n\\end{align}\n\n$\\неткоманды{x}$"
        ),
        code(output({"text/latex": r"$\displaystyle \sum_{i=1}^{n} x_i$", "text/plain": "<Latex>"})),
        new_markdown_cell("![нет такого sentMISSING](нет/такого.png)\n\n![вложение sentATT](attachment:a.png)",
                          attachments={"a.png": {"image/png": figure_png()}}),
        new_markdown_cell('<div style="border:1px solid"><h3>Карточка</h3>\nтекст sentCARD <b>жирный</b>'
                          '<script>alert("x")</script></div>'),
        code(output({"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "IntSlider(value=3)"}
                    )),
        code(output({"text/html": "<div>карточка <i>sentHTML</i><ul><li>один</li><li>два</li></ul></div>"})),
        code(output({"image/svg+xml": figure_svg("Рисунок sentSVG кириллица"), "text/plain": "<Figure size 1x1>"},
                    {"alt": "описание"})),
        code(output({"image/png": figure_png(), "text/plain": "<Figure>"})),
        code(new_output("error", ename="ValueError", evalue="sentERROR [не закрыто #(", traceback=["\x1b[31mTRACE"])),
        code(new_output("stream", name="stdout", text=f"sentSTREAM \x1b[31mкрасный\x1b[0m {'длинная строка ' * 30}\n")),
        code(new_output("stream", name="stderr", text="НЕ_ПЕЧАТАТЬ предупреждение")),
        new_markdown_cell(words),
        code(output({"text/vnd.typst": "#нет-такой-функции[sentBROKEN", "text/plain": "sentBROKEN исходник"})),
        code(output({"text/vnd.typst": "= Глава ] sentBRACKET", "text/plain": "sentBRACKET исходник"})),
        code(output({"text/markdown": "Текст *из кода* sentMD", "text/plain": "x"})),
        new_markdown_cell("| столбец | число |\n|---|--:|\n| sentTABLE | 1 |\n\n"
                          "```python\nx = 'sentFENCE'\n```\n\n```открыт"),
        code(output({"text/plain": "sentPLAIN array([1, 2])"})),
        code(output({"text/plain": "<Axes: >"})),
        new_markdown_cell("<div>\n\nмежду тегами sentOPEN\n\n<!-- не закрыт"),
        new_markdown_cell("Последняя sentLAST"),
    ]  # fmt: skip
    sentinels = (
        "HEAD SPECIAL WIDE CUT MULTI STYLE MATH MISSING CARD HTML SVG ERROR STREAM LONG BROKEN BRACKET MD TABLE FENCE "
        "PLAIN OPEN LAST"
    )
    return new_notebook(cells=cells), [f"sent{name}" for name in sentinels.split()]


def regression_html() -> str:
    import statsmodels.api as sm

    rng = np.random.default_rng(1)
    x = sm.add_constant(rng.normal(size=(60, 2)))
    return sm.OLS(x @ [1, 2, 3] + rng.normal(size=60), x).fit().summary().as_html()
