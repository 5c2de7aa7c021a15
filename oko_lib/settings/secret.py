"""The local secret with which names of children are turned into keys: made once, never shown, never in git.

A key is worth as much as its secret is hidden: whoever has the secret and a list of names can tell whose key it is.
The file therefore lies apart from the store (``data/secret``), is readable by its owner only, and nothing but
:meth:`Secret.sign` leaves this module.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from oko_lib.settings.loading import SettingsError

_BYTES = 32
_CONTENT = re.compile(rb"[0-9a-f]{64}")
_OWNER_ONLY = 0o600
_FINGERPRINT_DIGITS = 12
_HELP = "Что делать — docs/ru/pupil_keys.md."


@dataclass(frozen=True)
class Secret:
    """The secret; its bytes show in no message and no ``repr``.

    Parameters
    ----------
    content : bytes
        32 random bytes.
    """

    content: bytes = field(repr=False)

    def sign(self, text: str) -> str:
        """Return HMAC-SHA256 of `text` (UTF-8) in hexadecimal digits."""
        return hmac.digest(self.content, text.encode(), "sha256").hex()

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits by which secrets are told apart; says nothing about the secret itself."""
        return self.sign("oko:secret")[:_FINGERPRINT_DIGITS]


def passing_secret() -> Secret:
    """Return a secret that is kept nowhere: for a check whose keys nobody will see again."""
    return Secret(secrets.token_bytes(_BYTES))


def read_secret(path: Path) -> Secret | None:
    """Return the secret kept in `path`, None when there is none; others lose the right to read it.

    Raises
    ------
    SettingsError
        If the file is there and holds no secret, or cannot be read.
    """
    try:
        content = path.read_bytes().strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(
            f"Секрет ключей учеников не читается ({_place(path)}: {error.strerror or type(error).__name__}). "
            "Проверьте права на файл."
        ) from None
    if not _CONTENT.fullmatch(content):
        raise SettingsError(
            f"Секрет ключей учеников испорчен ({_place(path)}). Верните файл из резервной копии. {_HELP}"
        )
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(_OWNER_ONLY)
    return Secret(bytes.fromhex(content.decode()))


def make_secret(path: Path) -> Secret:
    """Return the secret kept in `path`; make it when there is none.

    Of several processes that come at once one makes it and the others read what it made.
    """
    known = read_secret(path)
    if known is not None:
        return known
    path.parent.mkdir(parents=True, exist_ok=True)
    if os.name == "posix":
        path.parent.chmod(0o700)
    # The working place may lie in a git checkout of its own.
    (path.parent / ".gitignore").write_text("*\n", encoding="ascii")
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    _write_new(part, passing_secret().content.hex().encode() + b"\n")
    try:
        _give_name(part, path)
    except FileExistsError:
        pass  # another process was quicker: its secret counts
    finally:
        part.unlink(missing_ok=True)
    made = read_secret(path)
    if made is None:
        raise SettingsError(f"Секрет ключей учеников не записан ({_place(path)}). Проверьте права на папку.")
    return made


def _write_new(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _give_name(part: Path, path: Path) -> None:
    """Give a finished file its name unless the name is taken: a rename would replace the other's secret on POSIX."""
    if os.name == "posix":
        try:
            os.link(part, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            _write_new(path, part.read_bytes())
    else:
        os.rename(part, path)


@dataclass(frozen=True)
class SecretPlace:
    """Where the secret lies and which one it must be.

    Parameters
    ----------
    path : Path
        File of the secret.
    expected : str or None
        Fingerprint of the secret with which the keys of the store were made; None when the store has none.
    may_make : bool
        A missing secret is made. Otherwise a passing one serves.
    """

    path: Path
    expected: str | None = None
    may_make: bool = True

    def open(self) -> Secret:
        """Return the secret.

        Raises
        ------
        SettingsError
            If the store has keys made by another secret, or by one that is lost.
        """
        found = read_secret(self.path)
        if self.expected is None:
            return found or (make_secret(self.path) if self.may_make else passing_secret())
        if found is None:
            raise SettingsError(
                f"Секрет ключей учеников потерян: в хранилище есть ключи, сделанные секретом {self.expected}, а файла "
                f"{_place(self.path)} нет. С новым секретом ключи не совпадут: тот же ребёнок станет другим. Верните "
                f"файл из резервной копии. {_HELP}"
            )
        if found.fingerprint != self.expected:
            raise SettingsError(
                f"Секрет ключей учеников другой: ключи в хранилище сделаны секретом {self.expected}, а в файле "
                f"{_place(self.path)} секрет {found.fingerprint} (это отпечатки, не сами секреты). Ключи не совпадут: "
                f"тот же ребёнок станет другим. Верните прежний файл. {_HELP}"
            )
        return found


def _place(path: Path) -> str:
    """Return the path as people of the working place know it: data/secret/pupil_key."""
    return "/".join(path.parts[-3:])
