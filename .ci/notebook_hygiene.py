"""Check that notebooks hold parameters, prose and calls only: ``python .ci/notebook_hygiene.py PATH…``.

A notebook is a page to be read by a methodologist; whatever computes belongs to ``oko_lib`` where it is tested. Hence
no definitions, no arithmetic, no stored outputs, and exactly one cell tagged ``parameters``.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat

_FORBIDDEN: dict[type[ast.AST], str] = {
    ast.FunctionDef: "a function is defined",
    ast.AsyncFunctionDef: "a function is defined",
    ast.ClassDef: "a class is defined",
    ast.Lambda: "a lambda is written",
    ast.BinOp: "something is calculated",
    ast.AugAssign: "something is calculated",
}


def code_problems(source: str) -> Iterator[str]:
    """Yield what is wrong with the code of one cell."""
    # Magics such as %matplotlib are not Python; blanking them keeps the line numbers.
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines()]
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError as error:
        yield f"line {error.lineno}: not Python: {error.msg}"
        return
    for node in ast.walk(tree):
        if type(node) in _FORBIDDEN:
            yield f"line {node.lineno}: {_FORBIDDEN[type(node)]}; move it into oko_lib"


def notebook_problems(text: str) -> list[str]:
    """Return everything that is wrong with a notebook given as its JSON text."""
    try:
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # the readers raise a dozen unrelated kinds
        return [f"not a valid notebook: {str(error).splitlines()[0]}"]
    problems: list[str] = []
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        problems.append("the kernel must be python3: papermill starts what is written there")
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if len(tagged) != 1 or tagged[0].cell_type != "code":
        problems.append(f"exactly one code cell must be tagged `parameters`, found {len(tagged)}")
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code":
            continue
        if cell.outputs:
            problems.append(f"cell {number}: stored outputs; clear them")
        if cell.execution_count is not None:
            problems.append(f"cell {number}: stored execution count; clear it")
        problems += [f"cell {number}, {problem}" for problem in code_problems(cell.source)]
    return problems


def main(paths: list[str]) -> int:
    """Print the problems of all notebooks at `paths` (files or folders); return the exit code."""
    files: list[Path] = []
    for path in map(Path, paths):
        files += sorted(path.rglob("*.ipynb")) if path.is_dir() else [path]
    files = [file for file in files if ".ipynb_checkpoints" not in file.parts]
    failed = False
    for file in files:
        for problem in notebook_problems(file.read_text(encoding="utf-8")):
            failed = True
            print(f"{file.as_posix()}: {problem}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
