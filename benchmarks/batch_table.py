"""Rounds of the batch benchmark → medians, ratios and a Markdown table."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from batch_process import Usage

#: Ways to build, in the order of the table.
STOCK_OFF, STOCK_ON, FLOOR, OKO = "stock, no cache", "stock, cache", "floor", "oko run"
_RATIOS = (
    ("stock (no cache) / oko run", STOCK_OFF, OKO),
    ("stock (cache) / oko run", STOCK_ON, OKO),
    ("oko run / floor", OKO, FLOOR),
)
_RATIO_OF = (
    ("wall per report, whole", "wall_per_report"),
    ("wall per report, after preparation", "building_wall_per_report"),
    ("CPU per report, whole", "cpu_per_report"),
    ("CPU per report, after preparation", "building_cpu_per_report"),
    ("median report", "median_report"),
)
_ROWS = (
    ("wall per report, whole command(s), s", "wall_per_report", "{:.2f}"),
    ("wall per report after preparation, s", "building_wall_per_report", "{:.2f}"),
    ("CPU per report, whole command(s), s", "cpu_per_report", "{:.2f}"),
    ("CPU per report after preparation, s", "building_cpu_per_report", "{:.2f}"),
    ("one report, median wall, s", "median_report", "{:.2f}"),
    ("start-up and preparation, wall s", "before_wall", "{:.1f}"),
    ("start-up and preparation, CPU s", "before_cpu", "{:.1f}"),
    ("peak PSS of all processes, MB", "peak_mb", "{:.0f}"),
    ("peak PSS of one worker, MB", "worker_mb", "{:.0f}"),
)


def of_run(usage: Usage, began: float, seconds: Mapping[str, float]) -> dict[str, Any]:
    """Return what one run of the floor or of ``oko run`` came to.

    Parameters
    ----------
    usage : Usage
        Of the whole command.
    began : float
        When its first report was begun, in seconds since 1970.
    seconds : mapping of str to float
        Report → seconds it took by its process's own clock.
    """
    count = len(seconds)
    before_wall, before_cpu = began - usage.started, usage.cpu_until(began)
    return {
        "reports": count,
        "wall": usage.wall,
        "wall_per_report": usage.wall / count,
        "building_wall_per_report": (usage.wall - before_wall) / count,
        "cpu_per_report": usage.cpu / count,
        "building_cpu_per_report": (usage.cpu - before_cpu) / count,
        "median_report": statistics.median(seconds.values()),
        "before_wall": before_wall,
        "before_cpu": before_cpu,
        "peak_mb": usage.peak_mb,
        "worker_mb": usage.worker_mb,
        "seconds": dict(seconds),
    }


def of_stock(samples: Sequence[Mapping[str, Any]], counts: Mapping[str, int]) -> dict[str, Any]:
    """Return what stock tools would take for the whole set, from one or more reports of each kind.

    Parameters
    ----------
    samples : sequence of mappings
        ``stem``, ``wall``, ``cpu``, ``peak_mb`` of single reports; reports are built one by one, so times add up.
    counts : mapping of str to int
        Stem → how many reports of the kind are in the set.
    """
    wall, cpu = (_weighted(samples, counts, name) for name in ("wall", "cpu"))
    return {
        "reports": len(samples),
        "wall_per_report": wall,
        "building_wall_per_report": wall,
        "cpu_per_report": cpu,
        "building_cpu_per_report": cpu,
        "median_report": statistics.median(item["wall"] for item in samples),
        "before_wall": None,
        "before_cpu": None,
        "peak_mb": max(item["peak_mb"] for item in samples),
        "worker_mb": None,
        "samples": [dict(item) for item in samples],
    }


def _weighted(samples: Sequence[Mapping[str, Any]], counts: Mapping[str, int], name: str) -> float:
    total = sum(
        count * statistics.median(item[name] for item in samples if item["stem"] == stem)
        for stem, count in counts.items()
    )
    return total / sum(counts.values())


def medians(rounds: Sequence[Mapping[str, Mapping[str, Any]]]) -> dict[str, dict[str, float | None]]:
    """Return way → figure → median over the rounds."""
    ways = dict.fromkeys(way for item in rounds for way in item)
    return {
        way: {name: _median([item[way][name] for item in rounds if way in item]) for _, name, _ in _ROWS}
        for way in ways
    }


def ratios(rounds: Sequence[Mapping[str, Mapping[str, Any]]]) -> dict[str, dict[str, float | None]]:
    """Return ratio → figure → median over the rounds of the ratio within a round.

    Within a round both sides met much the same machine; a ratio of medians would mix its good and bad hours.
    """
    return {
        title: {
            name: _median([item[above][name] / item[below][name] for item in rounds if above in item and below in item])
            for _, name in _RATIO_OF
        }
        for title, above, below in _RATIOS
        if any(above in item and below in item for item in rounds)
    }


def by_kind(rounds: Sequence[Mapping[str, Mapping[str, Any]]]) -> dict[str, dict[str, float | None]]:
    """Return stem → way → median seconds of a report, and the stock ways' CPU."""
    found: dict[str, dict[str, list[float]]] = {}
    for item in rounds:
        for way, run in item.items():
            for name, seconds in run.get("seconds", {}).items():
                found.setdefault(name.rsplit("/", 1)[-1], {}).setdefault(way, []).append(seconds)
            for sample in run.get("samples", ()):
                kinds = found.setdefault(sample["stem"], {})
                kinds.setdefault(way, []).append(sample["wall"])
                kinds.setdefault(f"{way}: CPU", []).append(sample["cpu"])
                kinds.setdefault(f"{way}: PDF", []).append(sample["pdf_wall"])
    return {stem: {way: _median(values) for way, values in ways.items()} for stem, ways in sorted(found.items())}


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def markdown(result: Mapping[str, Any]) -> str:
    """Return the whole result as Markdown."""
    rounds = result["rounds"]
    figures, compared = medians(rounds), ratios(rounds)
    parts = [_about(result), _table(["", *figures], _ROWS, lambda way, name: figures[way][name])]
    shapes = [(title, name, "{:.2f}") for title, name in _RATIO_OF]
    parts.append(_table(["ratio (median of rounds)", *compared], shapes, lambda title, name: compared[title][name]))
    kinds = by_kind(rounds)
    ways = list(dict.fromkeys(way for values in kinds.values() for way in values))
    parts.append(
        _table(
            ["seconds of a report", *ways],
            [(stem, stem, "{:.1f}") for stem in kinds],
            lambda way, stem: kinds[stem].get(way),
        )
    )
    parts.append(_same(result["compared"]))
    return "\n\n".join(parts) + "\n"


def _about(result: Mapping[str, Any]) -> str:
    kinds = ", ".join(f"{count} {stem}" for stem, count in result["counts"].items())
    return (
        f"{sum(result['counts'].values())} reports ({kinds}) of a region of {result['municipalities']} municipalities; "
        f"{len(result['rounds'])} alternating rounds; {result['jobs']} at a time for the floor and oko run, one by one "
        f"for stock tools ({result['stock_reports']}); {result['machine']}."
    )


def _table(head: Sequence[str], rows: Sequence[tuple[str, str, str]], value: Callable[[str, str], float | None]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for title, name, shape in rows:
        values = [value(column, name) for column in head[1:]]
        lines.append(
            f"| {title} | " + " | ".join("—" if item is None else shape.format(item) for item in values) + " |"
        )
    return "\n".join(lines)


def _same(compared: Mapping[str, Any]) -> str:
    text = (
        f"PDFs of the floor and of oko run compared: {compared['pairs']}; equal number of pages: "
        f"{compared['equal_pages']}; equal text: {compared['equal_text']}."
    )
    if compared["different"]:
        text += " Different: " + ", ".join(compared["different"]) + "."
    return text
