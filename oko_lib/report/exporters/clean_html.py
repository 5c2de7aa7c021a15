"""Foreign HTML made safe to stand in an offline page: nothing runs, nothing is fetched, pictures are carried along."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

import lxml.html
from lxml import etree

from .clean_svg import clean_svg, safe_css
from .html_typst import missing_image_text, parse_fragment
from .images import Picture

_DROPPED = frozenset(
    {"script", "iframe", "frame", "object", "embed", "applet", "link", "meta", "base", "noscript", "template", "audio"}
    | {"video", "source", "track", "input", "button", "select", "textarea", "title", "portal", "picture"}
)
_UNWRAPPED = frozenset({"form", "html", "body", "head"})
#: Addresses a link may keep; of files only pages that lie beside the report (methods).
_KEPT_URL = re.compile(r"^\s*(https?:|mailto:|#|(?:\.\./)?(?:[\w-]+/)*[\w-]+\.html$)", re.IGNORECASE)
_URL_ATTRIBUTES = frozenset(
    {"src", "srcset", "data", "action", "formaction", "background", "poster", "ping", "cite", "longdesc", "lowsrc"}
    | {"dynsrc", "manifest", "codebase", "classid", "xlink:href", "srcdoc", "imagesrcset"}
)
_SVG = re.compile(r"<svg\b.*?</svg\s*>", re.DOTALL | re.IGNORECASE)
_SVG_PLACE = re.compile(r"<span data-oko-svg=\"(\d+)\"></span>")
_MIME = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "svg": "image/svg+xml"}


@dataclass
class Cleaner:
    """Cleans the fragments of one page; remembers ids and style blocks already used on it."""

    used_ids: set[str] = field(default_factory=set)
    styles: list[str] = field(default_factory=list)
    _figures: int = 0

    def clean(self, html: str, find: Callable[[str], Picture | None]) -> lxml.html.HtmlElement | None:
        """Return the cleaned fragment as one ``<div>``, None if nothing is left.

        Style blocks move to ``styles`` (each once). SVG stays aside until :meth:`finish`: an HTML parser would turn
        its names to lower case.
        """
        pictures: list[str] = []

        def aside(found: re.Match[str]) -> str:
            pictures.append(found[0])
            return f'<span data-oko-svg="{len(pictures) - 1}"></span>'

        root = parse_fragment(_SVG.sub(aside, html))
        if root is None:
            return None
        for node in list(root.iter()):
            if node is root:
                continue
            if not isinstance(node.tag, str):
                node.drop_tree() if isinstance(node, lxml.html.HtmlMixin) else node.getparent().remove(node)
            elif node.tag == "style":
                self._keep_style(node.text or "")
                node.drop_tree()
            elif node.tag in _DROPPED:
                node.drop_tree()
            elif node.tag in _UNWRAPPED or node.tag == "svg":
                node.drop_tag()
            else:
                self._clean_node(node, find)
        for place in root.xpath(".//span[@data-oko-svg]"):
            number = int(place.get("data-oko-svg"))
            self._figures += 1
            cleaned = clean_svg(pictures[number], f"f{self._figures}-") if number < len(pictures) else ""
            place.set("data-oko-svg", str(self._keep_svg(cleaned)))
        return root

    _svgs: list[str] = field(default_factory=list)

    def figure(self, source: str, alt: str) -> str:
        """Return one cleaned SVG figure as HTML."""
        self._figures += 1
        return clean_svg(source, f"f{self._figures}-", alt)

    def finish(self, root: lxml.html.HtmlElement) -> str:
        """Return a cleaned fragment's inner HTML with its SVG back in place."""
        inner = escape(root.text or "", quote=False)
        inner += "".join(lxml.html.tostring(child, encoding="unicode") for child in root)
        return _SVG_PLACE.sub(lambda found: self._svgs[int(found[1])], inner)

    def _keep_svg(self, svg: str) -> int:
        self._svgs.append(svg)
        return len(self._svgs) - 1

    def _keep_style(self, css: str) -> None:
        cleaned = safe_css(css).strip()
        if cleaned and cleaned not in self.styles:
            self.styles.append(cleaned)

    def _clean_node(self, node: lxml.html.HtmlElement, find: Callable[[str], Picture | None]) -> None:
        if node.tag == "img":
            picture = find(node.get("src", ""))
            alt = node.get("alt") or node.get("title") or ""
            if picture is None:
                _replace_by_text(node, missing_image_text(alt, node.get("src", "")))
                return
            shown = {"src": data_address(picture), "alt": alt or "Рисунок"}
            for name in ("width", "height"):
                if node.get(name):
                    shown[name] = node.get(name)
            node.attrib.clear()
            node.attrib.update(shown)
            return
        for name, value in list(node.attrib.items()):
            lower = name.lower()
            if lower.startswith("on") or lower in _URL_ATTRIBUTES or (lower == "href" and not _KEPT_URL.match(value)):
                del node.attrib[name]
            elif lower == "style":
                node.set(name, safe_css(value))
        if node.tag == "a":
            node.set("rel", "noopener noreferrer")
        identifier = node.get("id")
        if identifier and identifier in self.used_ids and not identifier.startswith("T_"):
            del node.attrib["id"]  # the second bearer of an id; ids of a Styler carry its colours and are unique
        elif identifier:
            self.used_ids.add(identifier)


def data_address(picture: Picture) -> str:
    """Return the picture as a ``data:`` address."""
    return f"data:{_MIME[picture.suffix]};base64,{base64.b64encode(picture.data).decode()}"


def _replace_by_text(node: lxml.html.HtmlElement, text: str) -> None:
    note = etree.SubElement(node.getparent(), "em")
    note.text, note.tail = text, node.tail
    node.tail = None
    node.getparent().replace(node, note)
