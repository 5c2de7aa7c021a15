"""SVG made safe to stand inside a page: no scripts, nothing fetched, ids of its own."""

from __future__ import annotations

import re
from html import escape

from lxml import etree

from .images import DEFAULT_ALT

_URL_REF = re.compile(r"url\(\s*(['\"]?)#([^)'\"]+)\1\s*\)")
_OUTER_URL = re.compile(r"url\(\s*['\"]?\s*(?!#|data:image/)[^)]*\)", re.IGNORECASE)
_IMPORT = re.compile(r"@import[^;]*;?", re.IGNORECASE)
_FORBIDDEN = frozenset({"script", "foreignObject", "iframe", "audio", "video", "handler", "metadata", "a"})
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href", "src")


def clean_svg(source: str, prefix: str, alt: str = "") -> str:
    """Return the SVG for use inside HTML; an empty string if it is not well-formed.

    Parameters
    ----------
    source : str
        The file's text.
    prefix : str
        Put before every id: two figures of one page otherwise share clip paths and markers.
    alt : str
        Text for those who do not see the picture; the SVG's own ``aria-label`` or title wins over an empty one.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(source.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return ""
    if etree.QName(root).localname != "svg":
        return ""
    for node in list(root.iter()):
        if not isinstance(node.tag, str):
            continue
        if etree.QName(node).localname in _FORBIDDEN and node is not root:
            _drop(node)
            continue
        _clean_attributes(node, prefix)
        if etree.QName(node).localname == "style" and node.text:
            node.text = safe_css(_URL_REF.sub(rf"url(#{prefix}\2)", node.text))
    own = root.get("aria-label") or root.findtext("{http://www.w3.org/2000/svg}title")
    root.set("role", "img")
    root.set("aria-label", alt or own or DEFAULT_ALT)
    return etree.tostring(root, encoding="unicode", method="xml")


def safe_css(css: str) -> str:
    """Style rules without anything that makes a browser fetch or run something."""
    css = _IMPORT.sub("", css)
    css = _OUTER_URL.sub("none", css)
    return re.sub(r"expression\s*\(|javascript:|behavior\s*:|-moz-binding", "", css, flags=re.IGNORECASE).replace(
        "</", ""
    )


def _clean_attributes(node: etree._Element, prefix: str) -> None:
    for name, value in list(node.attrib.items()):
        local = etree.QName(name).localname
        if local.lower().startswith("on"):
            del node.attrib[name]
        elif name in _HREFS:
            if value.startswith("#"):
                node.set(name, f"#{prefix}{value[1:]}")
            elif not value.startswith("data:image/"):
                del node.attrib[name]
        elif name == "id":
            node.set(name, prefix + value)
        elif "url(" in value:
            node.set(name, _OUTER_URL.sub("none", _URL_REF.sub(rf"url(#{prefix}\2)", value)))


def _drop(node: etree._Element) -> None:
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)


def placeholder_html(text: str) -> str:
    """A framed line instead of something that cannot be shown."""
    return f'<p class="oko-placeholder">{escape(text)}</p>'
