"""Reading many files: in this process, or in a few others when there is enough to read."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from oko_lib.intake.context import Context, make_context
from oko_lib.intake.options import IntakeOptions
from oko_lib.intake.outcome import Outcome
from oko_lib.intake.take import take_file
from oko_lib.settings.secret import SecretPlace
from oko_lib.settings.workspace import Workspace

DEFAULT_JOBS = 2
#: Below this starting processes costs more than it saves (about a second).
_WORTH_FILES = 80
_WORTH_BYTES = 4_000_000
#: Files a process takes at a time.
_CHUNK = 8
#: A file bigger than this travels alone.
_BIG_BYTES = 1_000_000

_context: Context | None = None


def _start(root: Path, options: IntakeOptions, secret: SecretPlace) -> None:
    global _context
    _context = make_context(Workspace.at(root), options, secret)


def _take_all(paths: list[Path]) -> list[Outcome]:
    return [take_file(path, _context) for path in paths]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def read_files(
    paths: Sequence[Path], workspace: Workspace, options: IntakeOptions, context: Context
) -> Iterator[Outcome]:
    """Yield the outcome of every file, in the order given.

    Parameters
    ----------
    paths : sequence of Path
        Files.
    workspace : Workspace
        Where parameters are; processes read them anew.
    options : IntakeOptions
        Options; ``jobs`` processes read.
    context : Context
        The same parameters, read already.
    """
    jobs = min(options.jobs or DEFAULT_JOBS, os.cpu_count() or 1)
    worth = len(paths) >= _WORTH_FILES or sum(map(_size, paths)) >= _WORTH_BYTES
    if jobs < 2 or len(paths) < 2 or not worth:
        for path in paths:
            yield take_file(path, context)
        return
    yield from _in_processes(_chunks(paths), jobs, workspace, options, context)


def _chunks(paths: Sequence[Path]) -> list[list[Path]]:
    chunks: list[list[Path]] = []
    room = 0
    for path in paths:
        size = _size(path)
        if not chunks or len(chunks[-1]) >= _CHUNK or size > room:
            chunks.append([])
            room = _BIG_BYTES
        chunks[-1].append(path)
        room -= size
    return chunks


def _pool(jobs: int, workspace: Workspace, options: IntakeOptions, context: Context) -> ProcessPoolExecutor:
    # Fresh processes everywhere: the storage library does not survive a fork, and Windows has none.
    spawn = multiprocessing.get_context("spawn")
    # Of the secret of the pupils' keys they are told the place: each opens the file itself.
    said = (workspace.root, options, context.pupils.place)
    return ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_start, initargs=said)


def _in_processes(
    chunks: list[list[Path]], jobs: int, workspace: Workspace, options: IntakeOptions, context: Context
) -> Iterator[Outcome]:
    """Keep a few chunks under way and yield in order; a chunk whose process died is read here, file by file."""
    todo = deque(chunks)
    under_way: deque[tuple[list[Path], Future[list[Outcome]]]] = deque()
    with _pool(jobs, workspace, options, context) as pool:
        broken = False
        while todo or under_way:
            while todo and len(under_way) < 2 * jobs and not broken:
                chunk = todo.popleft()
                try:
                    under_way.append((chunk, pool.submit(_take_all, chunk)))
                except BrokenProcessPool:
                    todo.appendleft(chunk)
                    broken = True
            if under_way:
                chunk, future = under_way.popleft()
                try:
                    yield from future.result()
                    continue
                except BrokenProcessPool:
                    broken = True
            else:
                chunk = todo.popleft()
            for path in chunk:
                yield take_file(path, context)
