"""Laws of the house that can be read off the source tree."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from oko_lib.tables.dictionary import dictionary_markdown

ROOT = Path(__file__).resolve().parents[2]
#: From the ground up: a room imports only from itself and from the rooms before it.
ROOMS = (
    "methods",
    "tables",
    "settings",
    "store",
    "intake",
    "catalogue",
    "indicators",
    "forms",
    "disclosure",
    "report",
    "batch",
    "lab",
    "explore",
    "cli",
)
#: The demo region stands aside: it knows what data look like and nothing of how they are taken in.
ALLOWED = {room: set(ROOMS[: place + 1]) for place, room in enumerate(ROOMS)} | {
    "demo": {"demo", "tables", "settings"},
}
ALLOWED["cli"] = {*ROOMS, "demo"}


def room_of(parts: tuple[str, ...]) -> str:
    return parts[0].removesuffix(".py")


def imported_rooms(parts: tuple[str, ...], source: str) -> set[str]:
    """Rooms that the module at `parts` (path below ``oko_lib``) imports from, relative imports included."""
    package = ["oko_lib", *parts[:-1]]
    rooms: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = [module, *(f"{module}.{alias.name}" for alias in node.names if module == "oko_lib")]
        rooms |= {name.split(".")[1] for name in names if name.startswith("oko_lib.")}
    return rooms - {"__version__"}


def modules() -> list[Path]:
    package = ROOT / "oko_lib"
    return [path for path in sorted(package.rglob("*.py")) if path != package / "__init__.py"]


def violations(parts: tuple[str, ...], source: str) -> set[str]:
    return imported_rooms(parts, source) - ALLOWED[room_of(parts)]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_room_imports_only_from_rooms_below_it(path):
    assert not violations(path.relative_to(ROOT / "oko_lib").parts, path.read_text(encoding="utf-8"))


def test_the_import_scan_sees_every_form_of_import():
    source = "def f():\n    from oko_lib import batch\nimport oko_lib.report.tables\nfrom ..store import Store\n"
    assert violations(("methods", "x.py"), source) == {"batch", "report", "store"}
    assert violations(("methods", "inner", "x.py"), source) == {"batch", "report"}
    assert not violations(("cli", "x.py"), source)


def tracked_texts() -> list[tuple[str, str]]:
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: tracked files cannot be listed")
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    texts = []
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        # This file spells the forbidden words itself.
        if not path.is_file() or path == Path(__file__).resolve():
            continue
        try:
            texts.append((name, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    assert texts
    return texts


#: Where somebody's own machine shows: home folders and working folders (system folders such as /usr/bin are the same
#: everywhere), and hosts from which packages are fetched.
ABSOLUTE_PATH = re.compile(r"(?<![\w.~/])/(?:home|root|Users|work|mnt|srv)/\w+|\b[A-Z]:\\\\?Users\b")
REGISTRY_HOST = re.compile(r"pypi\.org|pythonhosted|anaconda\.(?:org|com)|\bartifactory\b|\bnexus\.\w+|\bdevpi\b", re.I)


def test_no_absolute_paths_in_tracked_files():
    found = {name: match.group() for name, text in tracked_texts() if (match := ABSOLUTE_PATH.search(text))}
    assert not found


def test_no_registry_hosts_in_tracked_files():
    found = {name: match.group() for name, text in tracked_texts() if (match := REGISTRY_HOST.search(text))}
    assert not found


def test_the_path_pattern_catches_what_it_should():
    assert ABSOLUTE_PATH.search('open("/home/anna/data.xlsx")')
    assert ABSOLUTE_PATH.search(r"C:\Users\anna")
    assert not ABSOLUTE_PATH.search("outputs/2026/home/index.html")


def test_the_data_dictionary_is_up_to_date():
    written = (ROOT / "docs" / "data_dictionary.md").read_text(encoding="utf-8")
    assert written == dictionary_markdown(), "run `make docs`"


def test_top_level_layout():
    for name in ("notebooks", "oko_lib", "parameters", "data", "outputs", "tests", "docs", "environment.yml"):
        assert (ROOT / name).exists(), name
