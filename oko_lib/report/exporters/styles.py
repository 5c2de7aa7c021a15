"""The little of CSS that matters for a printed table: colours, weight, slant, alignment, bars.

A pandas Styler writes its colours as a ``<style>`` block beside the table; here its rules are matched and resolved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import cssselect2
import tinycss2
import tinycss2.color3
from lxml import etree

_WANTED = {"color", "background-color", "background", "background-image", "font-weight", "font-style", "text-align"}
_WANTED |= {"display", "visibility", "white-space"}
_BAR = re.compile(r"linear-gradient\(\s*(?:90deg|to right)\s*,(?P<stops>.+)\)\s*$", re.DOTALL)
_STOP = re.compile(r"(?P<colour>#\w+|[a-z]+|rgba?\([^)]*\))\s*(?P<at>-?[\d.]+%)?", re.IGNORECASE)

Style = dict[str, str]
Rgba = tuple[float, float, float, float]


@dataclass(frozen=True)
class Sheet:
    """Rules of the ``<style>`` elements of one fragment."""

    matcher: cssselect2.Matcher

    @classmethod
    def of(cls, root: etree._Element) -> Sheet:
        """Collect the rules; what cannot be read is left out, as a browser does."""
        matcher = cssselect2.Matcher()
        for node in root.iter("style"):
            for rule in tinycss2.parse_stylesheet(node.text or "", skip_comments=True, skip_whitespace=True):
                if rule.type != "qualified-rule":
                    continue
                try:
                    selectors = cssselect2.compile_selector_list(rule.prelude)
                except cssselect2.SelectorError:
                    continue
                declared = dict(_declarations(rule.content))
                for selector in selectors:
                    if declared and selector.pseudo_element is None:
                        matcher.add_selector(selector, declared)
        return cls(matcher)

    def resolve(self, root: etree._Element) -> dict[etree._Element, Style]:
        """Return the style of every element that has one of its own (nothing is inherited)."""
        styles: dict[etree._Element, Style] = {}
        for wrapped in cssselect2.ElementWrapper.from_html_root(root).iter_subtree():
            style: Style = {}
            for match in sorted(self.matcher.match(wrapped), key=lambda found: found[:2]):
                style.update(match[3])
            element = wrapped.etree_element
            if element.get("style"):
                style.update(_declarations(element.get("style")))
            if element.get("bgcolor"):
                style.setdefault("background-color", element.get("bgcolor"))
            if element.get("align"):
                style.setdefault("text-align", element.get("align"))
            if style:
                styles[element] = style
        return styles


def _declarations(css: object) -> Iterator[tuple[str, str]]:
    for item in tinycss2.parse_declaration_list(css, skip_comments=True, skip_whitespace=True):
        if item.type == "declaration" and item.lower_name in _WANTED:
            yield item.lower_name, tinycss2.serialize(item.value).strip()


def colour(text: str | None) -> Rgba | None:
    """Return red, green, blue, alpha in 0..1, or None for no, transparent or unreadable colour."""
    if not text:
        return None
    parsed = tinycss2.color3.parse_color(text.strip())
    if parsed is None or isinstance(parsed, str) or parsed.alpha == 0:
        return None
    red, green, blue = (min(max(channel, 0.0), 1.0) for channel in parsed[:3])
    return red, green, blue, min(max(parsed.alpha, 0.0), 1.0)


def background(style: Style) -> Rgba | None:
    """Return the plain background colour of a style."""
    return colour(style.get("background-color")) or colour(style.get("background"))


def bar(style: Style) -> list[tuple[Rgba | None, float]]:
    """Return the stops of a left-to-right gradient, as Styler.bar draws it; empty if there is none.

    A stop is a colour (None for transparent) and its position, 0..1.
    """
    found = _BAR.search(style.get("background-image") or style.get("background") or "")
    if not found:
        return []
    stops: list[tuple[Rgba | None, float | None]] = []
    for part in re.split(r",(?![^(]*\))", found["stops"]):
        stop = _STOP.fullmatch(part.strip())
        if not stop:
            return []
        at = float(stop["at"][:-1]) / 100 if stop["at"] else None
        stops.append((colour(stop["colour"]), at))
    if len(stops) < 2:
        return []
    return _placed(stops)


def _placed(stops: list[tuple[Rgba | None, float | None]]) -> list[tuple[Rgba | None, float]]:
    """Give every stop a position that never goes back; the first is 0 and the last 1, as in CSS."""
    placed: list[tuple[Rgba | None, float]] = []
    last = 0.0
    for number, (tint, at) in enumerate(stops):
        default = 0.0 if number == 0 else 1.0 if number == len(stops) - 1 else last
        last = max(last, min(max(default if at is None else at, 0.0), 1.0))
        placed.append((tint, last))
    if placed[0][1] > 0:
        placed.insert(0, (placed[0][0], 0.0))
    if placed[-1][1] < 1:
        placed.append((placed[-1][0], 1.0))
    return placed
