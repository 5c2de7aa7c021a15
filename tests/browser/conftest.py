"""The workbench in a real browser: Debian's Chromium driven by Playwright, never a browser it would download itself.

``workplace`` is a small demo region taken in, in a folder with a space and Cyrillic letters; ``lab`` is one server over
it for all tests; ``page`` is a fresh browser page on that server, which fails its test when anything on it asks for
something from another machine; ``serve`` starts further servers. ``lab_page`` has what a person does on a page.

These tests are a group of their own (see Makefile): Playwright's loop runs in the process of the tests, and others
start loops of their own. Where there is no Chromium they are skipped, in CI (``OKO_REQUIRE_BROWSER``) they fail.
``OKO_SHOTS=FOLDER`` keeps a picture of every test's last page.
"""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from lab_page import PATIENCE
from made_once import made_once
from small_notebook import write_notebook

from oko_lib.cli.main import run
from oko_lib.settings.workspace import PROJECT_ROOT

#: Programs that are Chromium, by the names distributions give it.
PROGRAMS = ("chromium", "chromium-browser")
#: Two municipalities of three schools: the smallest region that has all directions.
SMALL = ("--municipalities", "2", "--scale", "0.1", "--years", "2026")


def _workplace(folder: Path) -> str:
    root = folder / "мои данные"
    root.mkdir(parents=True)
    assert run(["demo", "--root", str(root), *SMALL]) == 0
    # Something is always quarantined in it, hence no look at the exit code.
    run(["ingest", str(root / "data" / "raw"), "--root", str(root)])
    shutil.copytree(PROJECT_ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".*"))
    start = root / "notebooks" / "start_here.ipynb"
    if not start.exists():
        write_notebook(
            start, nbformat.v4.new_markdown_cell("# Начните здесь"), nbformat.v4.new_code_cell("print('Готово')")
        )
    return str(root)


@pytest.fixture(scope="session")
def workplace(tmp_path_factory) -> Path:
    """A small demo region, taken in, with the notebooks of the project."""
    return Path(made_once(tmp_path_factory, "browser workplace", _workplace))


@pytest.fixture(scope="session")
def serve(tmp_path_factory):
    """Start ``oko COMMAND`` over a folder; all are stopped at the end."""
    from served import Served

    running = []

    def start(command: str, root: Path) -> Served:
        running.append(Served(command, root, tmp_path_factory.mktemp("homes") / command))
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture(scope="session")
def lab(serve, workplace):
    """``oko lab`` over the demo region."""
    return serve("lab", workplace)


# For a module only: while Playwright's loop runs, nothing else in this process can start one.
@pytest.fixture(scope="module")
def browser():
    """Chromium, without a window."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        said = "нет браузера Chromium; в Debian и Ubuntu: apt-get install chromium"
        if os.environ.get("OKO_REQUIRE_BROWSER"):
            pytest.fail(said)
        pytest.skip(said)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Chromium's sandbox refuses to work for root, as which CI runs.
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@dataclass
class Seen:
    """What a page did: addresses it asked for, errors it reported."""

    addresses: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def strangers(self) -> list[str]:
        """Return the addresses on other machines."""
        return [address for address in self.addresses if not is_local(address)]


def is_local(address: str) -> bool:
    """Tell whether an address is answered by this machine, or by the page itself."""
    parts = urlsplit(address)
    return parts.scheme in ("data", "blob", "about") or parts.hostname in ("127.0.0.1", "localhost")


@pytest.fixture
def seen() -> Seen:
    """What the page of this test has done so far."""
    return Seen()


@pytest.fixture
def new_page(browser, seen, request):
    """Open a fresh page on a server, as a new user of the browser would."""
    contexts = []

    def start(address: str):
        context = browser.new_context(
            base_url=address, locale="ru-RU", viewport={"width": 1400, "height": 900}, service_workers="block"
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        # Noted and let go, if to this machine: the test tells of it at its end.
        context.route(lambda url: not is_local(url), lambda route: route.abort())
        context.on("request", lambda asked: seen.addresses.append(asked.url))
        page = context.new_page()
        page.on("websocket", lambda socket: seen.addresses.append(socket.url))
        page.on("console", lambda said: said.type == "error" and seen.errors.append(said.text))
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        return page

    yield start
    for context in contexts:
        if os.environ.get("OKO_SHOTS"):
            for number, page in enumerate(context.pages):
                page.screenshot(path=Path(os.environ["OKO_SHOTS"]) / f"{request.node.name}_{number}.png")
        context.close()
    assert seen.addresses, "nothing was recorded, so nothing was watched"
    assert seen.strangers() == []


@pytest.fixture
def page(new_page, lab):
    """A fresh page on the server of JupyterLab."""
    return new_page(lab.address)
