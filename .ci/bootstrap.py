"""Make the project's environment from a bare Python: ``python3 .ci/bootstrap.py``.

On Windows: ``py .ci\\bootstrap.py``. Standard library only, because nothing else is installed yet. The environment
lies in ``.venv`` and is made once; a stamp in it remembers what it was made from, so the next call does nothing until
``requirements.lock`` changes.

``--tool PROGRAM=PACKAGE`` also sees to a system program by the name of its Debian/Ubuntu package, for example
``pdftoppm=poppler-utils``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "oko-installed"
OLDEST = (3, 11)


class CannotInstallError(Exception):
    """Said to the user as it is, without a traceback."""


def say(text: str) -> None:
    """Print one line at once: installation takes minutes and silence looks like a hang."""
    print(f"→ {text}", flush=True)


def venv_python() -> Path:
    """Path of the environment's own interpreter."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def wanted_stamp() -> str:
    """What the environment is made from: the lock, the package description, the interpreter's version and its place."""
    digest = hashlib.sha256()
    for name in ("requirements.lock", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes().replace(b"\r\n", b"\n"))
    digest.update(f"{sys.version_info[:2]} {ROOT}".encode())
    return digest.hexdigest()


def apt_install(packages: list[str]) -> None:
    """Install Debian/Ubuntu packages, with sudo when not root."""
    listed = " ".join(packages)
    if not shutil.which("apt-get"):
        raise CannotInstallError(f"Нужны системные пакеты: {listed}. Установите их средствами своей системы.")
    prefix: list[str] = []
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            raise CannotInstallError(f"Нужны системные пакеты. Попросите администратора: apt-get install {listed}")
        prefix = ["sudo"]
    say(f"Ставлю системные пакеты: {listed}" + (" (sudo может спросить пароль)" if prefix else ""))
    environment = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    quiet = {"stdout": subprocess.DEVNULL}
    # A failing update is not yet a failure: the lists may be good enough; the install below decides.
    subprocess.run([*environment, "apt-get", "update", "-qq"], check=False, **quiet)
    command = [*environment, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    if subprocess.run(command, check=False, **quiet).returncode:
        raise CannotInstallError(f"Не удалось установить пакеты. Выполните сами: apt-get install {listed}")


def missing_tools(tools: list[str]) -> list[str]:
    """Packages of those ``program=package`` pairs whose program is not on PATH."""
    pairs = [tool.split("=", 1) for tool in tools]
    return [package for program, package in pairs if not shutil.which(program)]


def can_make_venv() -> bool:
    """Debian ships ``venv`` without ``ensurepip``: both must be there."""
    try:
        import ensurepip
        import venv
    except ImportError:
        return False
    return bool(ensurepip and venv)


def make_venv() -> None:
    """Create ``.venv`` with pip in it."""
    if not can_make_venv():
        say("В этом Python нет модулей venv и ensurepip (так бывает в Debian и Ubuntu): нужен пакет python3-venv.")
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        distribution_python = Path(sys.executable).resolve().parent == Path("/usr/bin")
        apt_install([version if distribution_python else "python3-venv"])
    say(f"Создаю окружение {VENV.name} (Python {sys.version_info[0]}.{sys.version_info[1]})")
    # A new process: this one has already looked for ensurepip and remembers that it is missing.
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)


def install() -> None:
    """Install exactly the locked versions, checked by hash, then the project itself."""
    pip = [str(venv_python()), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    say("Ставлю библиотеки из requirements.lock (с проверкой контрольных сумм); это занимает несколько минут")
    subprocess.run([*pip, "install", "--require-hashes", "-r", str(ROOT / "requirements.lock")], check=True)
    subprocess.run([*pip, "install", "--no-deps", "--no-build-isolation", "-e", str(ROOT)], check=True)


def main(arguments: list[str] | None = None) -> int:
    """Return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", action="append", default=[], metavar="PROGRAM=PACKAGE")
    options = parser.parse_args(arguments)
    try:
        if sys.version_info < OLDEST:
            found = ".".join(str(part) for part in sys.version_info[:3])
            raise CannotInstallError(
                f"Нужен Python 3.11 или новее, здесь {found}. Есть другой? make PYTHON=python3.12 …"
            )
        packages = missing_tools(options.tool)
        if packages:
            apt_install(packages)
        if not (STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted_stamp() and venv_python().is_file()):
            make_venv()
            install()
            STAMP.write_text(wanted_stamp(), encoding="utf-8")
            say("Окружение готово")
    except CannotInstallError as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"Установка прервалась: {' '.join(map(str, error.cmd[:6]))} … (код {error.returncode}).", file=sys.stderr)
        print("Проверьте доступ в интернет и место на диске, затем повторите команду.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
