"""Word's smaller parts that python-docx does not know: fields, shading, languages, list restarts, equal files."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from oko_lib.report import palette
from oko_lib.report.style import SANS, SERIF
from oko_lib.report.typst_escape import clean

A4 = (Mm(210), Mm(297))


def colour(value: str) -> RGBColor:
    """Return a «#RRGGBB» colour for Word."""
    return RGBColor.from_string(value.lstrip("#"))


def element(tag: str, **attributes: object) -> OxmlElement:
    """Return ``<w:tag w:name="value" …/>``."""
    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), str(value))
    return made


def write(paragraph: Paragraph, text: object, **look: object) -> Run:
    """Add a run of plain text; characters XML cannot carry are dropped."""
    run = paragraph.add_run(clean(text))
    dress(run, **look)
    return run


def dress(
    run: Run,
    *,
    bold: bool | None = None,
    italic: bool | None = None,
    size: float | None = None,
    ink: str | None = None,
    font: str | None = None,
) -> None:
    """Set the look of a run; what is not given stays as its style says."""
    run.bold, run.italic = bold, italic
    if size:
        run.font.size = Pt(size)
    if ink:
        run.font.color.rgb = colour(ink)
    if font:
        set_font(run._element.get_or_add_rPr(), font)


def set_font(properties, name: str) -> None:
    """Set one font for all scripts of a run or style."""
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = element("rFonts")
        properties.insert(0, fonts)
    for attribute in [key for key in fonts.attrib if key.endswith("Theme")]:
        del fonts.attrib[attribute]
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), name)


def field(paragraph: Paragraph, code: str, **look: object) -> None:
    """Add a field Word computes: PAGE, NUMPAGES."""
    for kind, text in (("begin", None), (None, code), ("separate", None), (None, "1"), ("end", None)):
        run = paragraph.add_run()
        dress(run, **look)
        if kind:
            run._element.append(element("fldChar", fldCharType=kind))
        elif text == code:
            instruction = element("instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = f" {code} "
            run._element.append(instruction)
        else:
            run.text = text


def set_up(document: WordDocument, lang: str) -> None:
    """Give the document the house's fonts, colours and language."""
    styles = document.styles
    defaults = styles.element.find(qn("w:docDefaults"))
    properties = defaults.find(f"{qn('w:rPrDefault')}/{qn('w:rPr')}")
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    properties.append(element("lang", val="ru-RU" if lang.startswith("ru") else lang))
    normal = styles["Normal"]
    set_font(normal.element.get_or_add_rPr(), SERIF)
    normal.font.size = Pt(10.5)
    normal.paragraph_format.space_after = Pt(6)
    for level, size in ((1, 16), (2, 13), (3, 11.5), (4, 10.5), (5, 10.5), (6, 10.5)):
        _style(styles[f"Heading {level}"], size, palette.ACCENT, True, before=14 if level < 3 else 10, after=5)
        styles[f"Heading {level}"].paragraph_format.keep_with_next = True
    _style(styles["Title"], 20, palette.ACCENT, True, before=2, after=4)
    for border in styles["Title"].element.iter(qn("w:pBdr")):
        border.getparent().remove(border)
        break
    _style(styles["Caption"], 9.5, palette.INK, False, before=8, after=4)


def _style(style, size: float, ink: str, bold: bool, before: float, after: float) -> None:
    set_font(style.element.get_or_add_rPr(), SANS)
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = colour(ink)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)


def set_page(section: Section, wide: bool) -> None:
    """Make a section A4, upright or turned, with the house's margins."""
    short, long = A4
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (long, short) if wide else (short, long)
    section.left_margin, section.right_margin = Mm(25), Mm(20)
    section.top_margin = section.bottom_margin = Mm(20)
    section.header_distance = section.footer_distance = Mm(10)


def furnish(section: Section, header: str, footer: str) -> None:
    """Write running header and footer («стр. X из Y» on the right)."""
    room = section.page_width - section.left_margin - section.right_margin
    small = {"size": 8, "ink": palette.MUTED, "font": SANS}
    section.header.is_linked_to_previous = section.footer.is_linked_to_previous = False
    top = section.header.paragraphs[0]
    top.text = ""
    write(top, header, **small)
    top.alignment = WD_ALIGN_PARAGRAPH.LEFT
    bottom = section.footer.paragraphs[0]
    bottom.text = ""
    bottom.paragraph_format.tab_stops.clear_all()
    bottom.paragraph_format.tab_stops.add_tab_stop(room, WD_TAB_ALIGNMENT.RIGHT)
    write(bottom, f"{footer}\tстр. ", **small)
    field(bottom, "PAGE", **small)
    write(bottom, " из ", **small)
    field(bottom, "NUMPAGES", **small)


def borders(holder, tag: str, **sides: tuple[str, float] | None) -> None:
    """Set borders of a paragraph (`tag` "pBdr") or cell ("tcBorders"): side=(colour, points); None removes one."""
    made = element(tag)
    for side in ("top", "left", "bottom", "right"):
        if side in sides:
            line = sides[side]
            made.append(
                element(side, val="nil")
                if line is None
                else element(side, val="single", sz=round(line[1] * 8), space=4, color=line[0].lstrip("#"))
            )
    holder.append(made)


def shade(holder, fill: str) -> None:
    """Fill a paragraph or a cell."""
    holder.append(element("shd", val="clear", color="auto", fill=fill.lstrip("#")))


def boxed(paragraph: Paragraph, fill: str | None, bar: str) -> None:
    """Give a paragraph a bar on the left and a fill; neighbouring ones join to a box."""
    properties = paragraph._p.get_or_add_pPr()
    borders(properties, "pBdr", left=(bar, 3))
    if fill:
        shade(properties, fill)
    paragraph.paragraph_format.left_indent = Pt(
        paragraph.paragraph_format.left_indent.pt + 8 if paragraph.paragraph_format.left_indent else 8
    )
    _in_order(properties)


#: Order Word's schema wants inside paragraph properties, as far as used here.
_ORDER = (
    "pStyle", "keepNext", "keepLines", "pageBreakBefore", "widowControl", "numPr", "pBdr", "shd", "tabs", "spacing",
    "ind", "jc", "rPr",
)  # fmt: skip


def _in_order(properties) -> None:
    rank = {qn(f"w:{name}"): index for index, name in enumerate(_ORDER)}
    children = sorted(properties, key=lambda child: rank.get(child.tag, 50))
    for child in children:
        properties.remove(child)
    properties.extend(children)


def repeat_header(row: _Row) -> None:
    """Repeat a row on every page the table runs over."""
    row._tr.get_or_add_trPr().append(element("tblHeader"))


def keep_row_whole(row: _Row) -> None:
    """Do not tear a row at the end of a page."""
    row._tr.get_or_add_trPr().append(element("cantSplit"))


def cell_margins(cell: _Cell, **sides: int) -> None:
    """Set a cell's inner margins in twentieths of a point."""
    made = element("tcMar")
    for side in ("top", "left", "bottom", "right"):
        if side in sides:
            made.append(element(side, w=sides[side], type="dxa"))
    cell._tc.get_or_add_tcPr().append(made)


def restart_numbering(document: WordDocument, style: str) -> int | None:
    """Return the number of a new list in a list style that counts from one; None if the style has no numbering."""
    found = document.styles[style].element.find(f".//{qn('w:numId')}")
    if found is None:
        return None
    numbering = document.part.numbering_part.element
    number = next(
        (item for item in numbering.findall(qn("w:num")) if item.get(qn("w:numId")) == found.get(qn("w:val"))), None
    )
    if number is None:
        return None
    fresh = numbering.add_num(int(number.find(qn("w:abstractNumId")).get(qn("w:val"))))
    fresh.add_lvlOverride(ilvl=0).add_startOverride(1)
    return fresh.numId


def number_with(paragraph: Paragraph, num_id: int) -> None:
    """Put a paragraph into a list made by :func:`restart_numbering`."""
    holder = paragraph._p.get_or_add_pPr().get_or_add_numPr()
    holder.get_or_add_ilvl().val = 0
    holder.get_or_add_numId().val = num_id


def save(document: WordDocument, path: Path) -> None:
    """Write the document; equal content gives equal bytes (no times inside the archive)."""
    buffer = BytesIO()
    document.save(buffer)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.infolist():
            entry = zipfile.ZipInfo(item.filename, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(item))
