"""The secret of the pupils' keys: made once, for its owner only, never shown; a wrong one is noticed."""

import multiprocessing
import os
import stat

import pytest

from oko_lib.settings.loading import SettingsError
from oko_lib.settings.secret import Secret, SecretPlace, make_secret, read_secret
from oko_lib.settings.workspace import Workspace

posix = pytest.mark.skipif(os.name != "posix", reason="rights of files")


def made_by(path):
    return make_secret(path).fingerprint


def test_made_once_and_read_again(tmp_path):
    path = Workspace.at(tmp_path).pupil_secret
    assert read_secret(path) is None
    made = make_secret(path)
    assert make_secret(path) == read_secret(path) == made
    assert len(made.content) == 32
    assert path.relative_to(tmp_path).as_posix() == "data/secret/pupil_key"
    assert sorted(item.name for item in path.parent.iterdir()) == [".gitignore", "pupil_key"]
    assert (path.parent / ".gitignore").read_text() == "*\n"


def test_two_places_have_two_secrets(tmp_path):
    assert make_secret(tmp_path / "a" / "pupil_key") != make_secret(tmp_path / "b" / "pupil_key")


def test_processes_that_come_at_once_get_one_secret(tmp_path):
    path = tmp_path / "secret" / "pupil_key"
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert len(set(pool.map(made_by, [path] * 16, chunksize=1))) == 1


@posix
def test_only_the_owner_may_read(tmp_path):
    path = tmp_path / "secret" / "pupil_key"
    old = os.umask(0)
    try:
        make_secret(path)
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    read_secret(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_shows_the_bytes(tmp_path):
    secret = make_secret(tmp_path / "pupil_key")
    for text in (repr(secret), str(secret), secret.fingerprint, repr(SecretPlace(tmp_path / "pupil_key"))):
        assert secret.content.hex()[:8] not in text
        assert repr(secret.content)[2:10] not in text
    assert Secret(b"\0" * 32).fingerprint != Secret(b"\1" * 32).fingerprint


@pytest.mark.parametrize("content", ["", "abc", "g" * 64, "0" * 63, "0" * 65])
def test_a_damaged_secret_is_not_replaced(tmp_path, content):
    path = tmp_path / "pupil_key"
    path.write_text(content, encoding="ascii")
    with pytest.raises(SettingsError, match="испорчен"):
        make_secret(path)
    assert path.read_text(encoding="ascii") == content


def test_a_lost_secret_is_not_made_anew(tmp_path):
    path = tmp_path / "pupil_key"
    with pytest.raises(SettingsError, match="потерян"):
        SecretPlace(path, expected="0" * 12).open()
    assert not path.exists()


def test_another_secret_is_noticed(tmp_path):
    path = tmp_path / "pupil_key"
    fingerprint = make_secret(path).fingerprint
    assert SecretPlace(path, expected=fingerprint).open().fingerprint == fingerprint
    with pytest.raises(SettingsError, match="другой") as refused:
        SecretPlace(path, expected="0" * 12).open()
    assert read_secret(path).content.hex() not in str(refused.value)


def test_a_check_makes_no_file(tmp_path):
    place = SecretPlace(tmp_path / "pupil_key", may_make=False)
    assert place.open() != place.open()
    assert not place.path.exists()
