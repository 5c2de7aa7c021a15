"""Whatever stands in a notebook, the report comes out, and text comes out as written."""

from __future__ import annotations

import io

from exporters_samples import code, output
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_markdown_cell, new_notebook, new_output
from pypdf import PdfReader

from oko_lib.report.exporters import ReportMeta
from oko_lib.report.exporters import compile as compiling
from oko_lib.report.exporters.html import html_text
from oko_lib.report.exporters.pdf import pdf_bytes
from oko_lib.report.typst_escape import escape

_SIGNS = r"""# [ ] $ * _ ` ``` < > @ \ // /* */ =· -· 1.· +· /· { } ( ) " ' ~ -- ... | \begin{ $$ \frac ![ ]( a.png)
<div> </p> <!-- &amp; &#0; http:// <table> <td·colspan=5> <tr> <style> Ж слово· №·5"""
SYNTAX = st.sampled_from([sign.replace("·", " ") for sign in _SIGNS.split()] + list("\n\r\x00\u202f\u200dé👩"))
MESS = st.lists(SYNTAX | st.text(max_size=4), max_size=25).map("".join)
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
META = ReportMeta("Т #[", "М $", "Н *", "_", "@", "<`>", {"#": "["})


@SLOW
@given(MESS, MESS, MESS, MESS)
def test_no_content_stops_a_report(prose, html, typst, text):
    nb = new_notebook(
        cells=[
            new_markdown_cell(prose),
            code(output({"text/html": html, "text/plain": text})),
            code(output({"text/vnd.typst": typst, "text/plain": text})),
            code(
                output({"text/latex": prose}),
                new_output("stream", text=text),
                new_output("error", ename=text, evalue=html),
            ),
        ]
    )
    assert pdf_bytes(nb, META).startswith(b"%PDF")
    assert "</html>" in html_text(nb, META)


# What the fonts of the compiler can draw and a PDF reader gives back one to one: order and marks stay, blanks may not.
PLAIN = st.text(alphabet=st.sampled_from("абвАБВ xyz 019 #[]{}()$*_@<>~`\\/|-+=.,:;!?\"'%&^№«»—"), max_size=60)


@settings(max_examples=60, deadline=None)
@given(PLAIN)
def test_escaped_text_comes_back(text):
    import typst

    # Neither hyphens nor ligatures: this is about escaping.
    markup = (
        f'#set text(hyphenate: false, ligatures: false, font: "PT Mono")\n#set page(width: 60cm)\n#[{escape(text)}]'
    )
    made = typst.compile(markup.encode(), font_paths=compiling.load_fonts(), ignore_system_fonts=True)
    shown = PdfReader(io.BytesIO(made)).pages[0].extract_text()
    assert "".join(shown.split()) == "".join(text.split())
