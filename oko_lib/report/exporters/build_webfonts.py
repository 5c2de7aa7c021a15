"""Make the small fonts the HTML report carries: Latin and Cyrillic only, as WOFF.

Run by a maintainer after a change of the fonts: ``python -m oko_lib.report.exporters.build_webfonts``. The licence of
the fonts asks that changed copies do not bear the original name, so the copies are named «OKO Web».
"""

from __future__ import annotations

from pathlib import Path

from .font_metrics import FONT_DIR

TARGET = Path(__file__).with_name("webfonts")
FILES = ("PTS55F", "PTS75F", "PTF55F", "PTF56F", "PTF75F")
_RANGES = ((0x20, 0x7E), (0xA0, 0xFF), (0x400, 0x45F), (0x490, 0x491), (0x2010, 0x2026), (0x2030, 0x203A))
_SINGLE = (0x2009, 0x200B, 0x202F, 0x20BD, 0x2116, 0x2122, 0x2190, 0x2191, 0x2192, 0x2193, 0x2202, 0x2206, 0x2211)
_SINGLE += (0x2212, 0x221A, 0x221E, 0x2248, 0x2260, 0x2264, 0x2265, 0x3B1, 0x3B2, 0x3BA, 0x3BC, 0x3C0, 0x3C3)
_FAMILY_NAMES = (1, 3, 4, 6, 16, 18)


def build() -> list[Path]:
    """Write the subset fonts and return their paths."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    TARGET.mkdir(exist_ok=True)
    made = []
    for name in FILES:
        options = subset.Options(flavor="woff", hinting=False, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13], name_legacy=True)
        options.name_languages = [0x409]
        options.recalc_timestamp = False
        with TTFont(FONT_DIR / f"{name}.ttf") as font:
            subsetter = subset.Subsetter(options)
            subsetter.populate(unicodes=[code for low, high in _RANGES for code in range(low, high + 1)] + [*_SINGLE])
            subsetter.subset(font)
            for record in font["name"].names:
                if record.nameID in _FAMILY_NAMES:
                    font["name"].setName(
                        f"OKO Web {name}".replace(" ", "-" if record.nameID == 6 else " "),
                        record.nameID, record.platformID, record.platEncID, record.langID,
                    )  # fmt: skip
            font.flavor = "woff"
            path = TARGET / f"{name}.woff"
            font.save(path, reorderTables=True)
            made.append(path)
    return made


if __name__ == "__main__":
    build()
