"""Boxed notes: limits of use, caveats, what a reader must not conclude."""

from __future__ import annotations

from dataclasses import dataclass

from oko_lib.report import palette
from oko_lib.report.style import bundle, html_text, typst_colour, typst_text


@dataclass(frozen=True)
class Note:
    """A boxed note.

    Parameters
    ----------
    text : str
        What is said.
    source : str
        Document and clause the text rests on; empty when it is our own caveat.
    title : str
        Heading in the box, may be empty.
    """

    text: str
    source: str = ""
    title: str = ""

    @property
    def full_text(self) -> str:
        """Title, text and source as one paragraph."""
        source = f"Основание: {self.source.rstrip('.')}." if self.source else ""
        return " ".join(part for part in (self.title and self.title.rstrip(".") + ".", self.text, source) if part)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        title = f"<b>{html_text(self.title)}.</b> " if self.title else ""
        source = f'<div class="oko-notes">Основание: {html_text(self.source.rstrip("."))}.</div>' if self.source else ""
        page = f'<div class="oko-box oko-note">{title}{html_text(self.text)}{source}</div>'
        described = {
            "kind": "note",
            "text": self.full_text,
            "title": self.title,
            "body": self.text,
            "source": self.source,
        }
        return bundle(self.full_text, page, self._typst(), described)

    def _typst(self) -> str:
        title = f"*{typst_text(self.title)}.* " if self.title else ""
        source = ""
        if self.source:
            small = f"size: 0.85em, fill: {typst_colour(palette.MUTED)}"
            source = f"\n#block(above: 8pt, text({small})[Основание: {typst_text(self.source.rstrip('.'))}.])"
        sides = f"rest: 0.5pt + {typst_colour(palette.RULE)}, left: 3pt + {typst_colour(palette.GREY)}"
        return (
            f"#block(width: 100%, breakable: false, inset: (x: 10pt, y: 7pt), stroke: ({sides}),"
            f" above: 10pt, below: 10pt)[{title}{typst_text(self.text)}{source}]\n"
        )


#: The frame every report on ВПР carries (law 7 of the house).
VPR_USE_LIMITS = Note(
    title="Как можно использовать результаты ВПР",
    text=(
        "Результаты ВПР не используются для оценки деятельности школ и учителей. Они нужны, чтобы понять состояние "
        "системы и улучшить преподавание. Отличие от района или региона, признак по методике и любой вывод этого "
        "отчёта — повод посмотреть внимательнее, а не оценка чьей-либо работы."
    ),
    source=(
        "порядок проведения ВПР, раздел 5; письмо Рособрнадзора от 18.04.2025 № 02-86 («использование результатов "
        "ВПР для оценки деятельности ОО и педагогов не предусмотрено»)"
    ),
)

TALENT_USE_LIMITS = Note(
    title="Как можно использовать эти сведения",
    text=(
        "Участие и дипломы говорят о том, до кого из детей дошла работа с одарёнными, а не о качестве школ и учителей: "
        "число мест и дипломов ограничено правилами, состав участников каждый год другой. Школы и педагоги по этим "
        "числам не сравниваются и не оцениваются; отличие от региона — повод посмотреть внимательнее. Имён детей в "
        "данных нет: вместо них ключи, по которым человека не узнать."
    ),
)
