"""One file → accepted rows and quarantined rows. Pure reading: the store is not touched here."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa

from oko_lib.intake import wording
from oko_lib.intake.addresses import address
from oko_lib.intake.arrow import table_of
from oko_lib.intake.checks.duplicates import duplicate_issues
from oko_lib.intake.context import Context
from oko_lib.intake.drafts import Draft
from oko_lib.intake.errors import FileRefused
from oko_lib.intake.heading import Circumstances, Work, from_lines, from_name
from oko_lib.intake.layouts import Layout, Recognised
from oko_lib.intake.outcome import Outcome
from oko_lib.intake.outgoing import cover
from oko_lib.intake.quiet_errors import where_it_broke
from oko_lib.intake.readers import Sheet, read_sheets
from oko_lib.intake.returns import GUIDE_SHEET, write_return_workbook
from oko_lib.intake.text import fold, is_blank_row, shown
from oko_lib.tables import TABLES

logger = logging.getLogger(__name__)

#: Sheets that accompany the forms and hold no results.
_SERVICE_SHEETS = ("служебн", "классы", "порядковый номер", "инструкц", "справочн", "как заполнить")


def take_file(path: Path, context: Context) -> Outcome:
    """Read one file; whatever is wrong with it is in the outcome, nothing is raised.

    Parameters
    ----------
    path : Path
        The file.
    context : Context
        Layouts, dictionary of subjects, options.
    """
    outcome = Outcome(path)
    try:
        content = _content(path)
        outcome.size = len(content)
        outcome.content_hash = hashlib.sha256(content).hexdigest()
        sheets = read_sheets(content, path.name)
        _take_sheets(outcome, sheets, context)
    except FileRefused as refusal:
        return _failed(outcome, str(refusal))
    except MemoryError:
        return _failed(outcome, f"«{path.name}» слишком велик: не хватило памяти. Разделите файл на части.")
    except Exception as error:
        # A mistake of ours in one file must not stop the others. Texts of exceptions may quote cells, and cells names.
        logger.error("intake failed on %s: %s", path, where_it_broke(error))
        return _failed(
            outcome,
            f"«{path.name}» не прочитан из-за ошибки программы. Пришлите файл разработчикам.",
        )
    return outcome


def _failed(outcome: Outcome, message: str) -> Outcome:
    return Outcome(outcome.path, outcome.content_hash, error=message, size=outcome.size)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise FileRefused(f"Файла «{path}» нет. Проверьте путь.") from None
    except PermissionError:
        raise FileRefused(f"«{path.name}» занят или закрыт для чтения. Закройте его в Excel и повторите.") from None
    except OSError as error:
        raise FileRefused(f"«{path.name}» не читается: {error.strerror or error}. Скопируйте файл заново.") from None


def circumstances_of(path: Path, context: Context, carried: Work = Work()) -> Circumstances:  # noqa: B008 (frozen)
    """Return what is known about a file besides its cells."""
    return Circumstances(
        said=context.said,
        file_name=from_name(path.stem, context.finder),
        folder=from_name(path.parent.name, context.finder),
        finder=context.finder,
        file_title=path.stem,
        folder_name=path.parent.name,
        carried=carried,
        vocabulary=context.vocabulary,
        pupils=context.pupils,
        known_words=context.known_words,
    )


def _is_guide(sheet: Sheet) -> bool:
    return fold(sheet.name) == fold(GUIDE_SHEET) and any(
        fold(shown(cell)) == fold(GUIDE_SHEET) for cell in sheet.rows[0]
    )


def _take_sheets(outcome: Outcome, sheets: list[Sheet], context: Context) -> None:
    path = outcome.path
    guides = [sheet for sheet in sheets if sheet.rows and _is_guide(sheet)]
    data = [sheet for sheet in sheets if sheet not in guides and not all(map(is_blank_row, sheet.rows))]
    if not data:
        raise FileRefused(f"«{path.name}»: в файле нет ни одной заполненной строки. Проверьте, тот ли это файл.")
    carried = from_lines(guides[0].rows[:6], context.finder).work if guides else Work()
    circumstances = circumstances_of(path, context, carried)
    looked = [(sheet, context.recogniser.recognise(sheet)) for sheet in data]
    known = [(sheet, found.layout, found.header) for sheet, found in looked if found.layout and found.header]
    if not known:
        raise FileRefused(_unknown(path.name, looked, context.layouts))
    drafts = [layout.draft(sheet, header, circumstances, context.reference) for sheet, layout, header in known]
    for draft, found in zip(drafts, duplicate_issues(drafts), strict=True):
        draft.issues += found
    for (_, _, header), draft in zip(known, drafts, strict=True):
        if draft.outgoing is None:
            cover(draft, header)
    _refuse_named_file(path, drafts)
    outcome.pupil_secret = context.pupils.fingerprint
    outcome.layout = "+".join(sorted({layout.name for _, layout, _ in known}))
    outcome.rank = max(layout.rank for _, layout, _ in known)
    outcome.warnings += [warning for draft in drafts for warning in draft.warnings]
    outcome.warnings += _unread_sheets(looked)
    _account(outcome, drafts)
    if outcome.quarantined:
        outcome.return_part = write_return_workbook(path, outcome.content_hash, sheets, guides, known, drafts, context)


def _refuse_named_file(path: Path, drafts: list[Draft]) -> None:
    """Refuse a file that is called after a child: the journal of loads keeps names of files."""
    called = f"{path.parent.name} {path.stem}"
    veils = (draft.outgoing.veil for draft in drafts if draft.outgoing and draft.outgoing.veil)
    if any(veil.names_somebody(called) for veil in veils):
        raise FileRefused("В имени файла или папки стоит имя ребёнка. Переименуйте файл: имена файлов хранятся.")


def _account(outcome: Outcome, drafts: list[Draft]) -> None:
    """Count the rows and build the tables."""
    parts: dict[str, list[pa.Table]] = {}
    for draft in drafts:
        keep = np.ones(len(draft.sheet_rows), dtype=bool)
        keep[[issue.candidate for issue in draft.issues]] = False
        outcome.read += draft.read
        outcome.non_data += draft.non_data
        outcome.accepted += int(keep.sum())
        outcome.quarantined += int((~keep).sum())
        if keep.any():
            for name, table in draft.build(keep).items():
                parts.setdefault(name, []).append(table)
        outcome.sightings.schools |= draft.sightings.schools
        outcome.sightings.municipalities |= draft.sightings.municipalities
    outcome.tables = {name: _joined(name, tables) for name, tables in parts.items()}
    outcome.quarantine = _quarantine(outcome.path.name, drafts)
    results = outcome.tables.get("vpr_results_by_participant")
    if results is not None:
        keys = (results.column(name).to_pylist() for name in TABLES["vpr_results_by_participant"].slice_key)
        outcome.works = dict(Counter(zip(*keys, strict=True)))
        outcome.touched |= {work[:3] for work in outcome.works}
    aggregates = outcome.tables.get("vpr_aggregates")
    if aggregates is not None:
        facts = (aggregates.column(name).to_pylist() for name in ("year", "grade", "subject"))
        outcome.touched |= set(zip(*facts, strict=True))


def _joined(name: str, tables: list[pa.Table]) -> pa.Table:
    """Return the parts of one table; keys that several sheets state (tasks, municipalities) are kept once."""
    joined = pa.concat_tables(tables)
    if len(tables) == 1 or name in {"vpr_results_by_participant", "vpr_aggregates"}:
        return joined
    seen: dict[tuple, int] = {}
    for place, key in enumerate(zip(*(joined.column(part).to_pylist() for part in TABLES[name].key), strict=True)):
        seen.setdefault(key, place)
    return joined.take(list(seen.values()))


def _quarantine(file_name: str, drafts: list[Draft]) -> pa.Table | None:
    parts = []
    for draft in drafts:
        if not draft.issues:
            continue
        values: dict[str, list[object]] = {column.name: [] for column in TABLES["quarantine"].columns}
        rows = []
        for issue in sorted(
            draft.issues, key=lambda item: (item.candidate, -1 if item.column is None else item.column)
        ):
            row = int(draft.sheet_rows[issue.candidate])
            facts = draft.facts(issue.candidate)
            at = issue.column
            rows.append(row)
            for name, value in (
                ("file_name", file_name),
                ("cell", None if at is None else address(row, at)),
                ("column_title", None if at is None else draft.titles.get(at)),
                ("found", None if at is None else draft.found(issue.candidate, at)),
                ("rule", issue.rule),
                ("message_ru", issue.message),
                ("year", facts.year),
                ("grade", facts.grade),
                ("subject", facts.subject),
                ("login", facts.login),
                ("municipality_code", facts.municipality_code),
            ):
                values[name].append(value)
        parts.append(table_of("quarantine", values, draft.sheet, np.array(rows, dtype=np.int64)))
    return pa.concat_tables(parts) if parts else None


def _unread_sheets(looked: list[tuple[Sheet, Recognised]]) -> list[str]:
    warnings = []
    for sheet, found in looked:
        if found.layout is None and not fold(sheet.name).startswith(_SERVICE_SHEETS):
            rows = sum(not is_blank_row(row) for row in sheet.rows)
            warnings.append(
                f"лист «{sheet.name}» не опознан и не загружен ({wording.rows(rows)}). Если на нём есть результаты, "
                "проверьте заголовки столбцов."
            )
    return warnings


def _unknown(file_name: str, looked: list[tuple[Sheet, Recognised]], layouts: tuple[Layout, ...]) -> str:
    """Say what was looked for and what was found."""
    found = []
    for sheet, result in looked[:3]:
        place = f"лист «{sheet.name}»" if sheet.name else "в файле"
        found.append(f"{place} — {result.header_like or 'строки заголовков не видно'}")
    near = max(
        (result.near for _, result in looked if result.near is not None),
        key=lambda item: (item.found / (item.found + len(item.missing)), item.found),
        default=None,
    )
    nearest = ""
    if near is not None:
        missing = wording.listed([f"«{title}»" for title in near.missing])
        nearest = f" Ближе всего «{near.layout.title_ru}», но не хватает столбцов: {missing}."
    titles = "; ".join(layout.title_ru for layout in layouts)
    return (
        f"«{file_name}» не опознан. Нашли: {'; '.join(found)}.{nearest} Искали: {titles}. Проверьте, тот ли это файл "
        "и целы ли заголовки столбцов; таблицу своего вида можно описать в parameters/layouts "
        "(docs/ru/mapping_example.md)."
    )
