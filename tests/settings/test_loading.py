"""Settings files are read once per text, by the quick loader, and refused in the same words."""

from pathlib import Path

import pytest
import yaml

from oko_lib.settings.loading import SettingsError, Strict, load, read_yaml


class _Sample(Strict):
    level: float


def test_same_text_is_parsed_once_and_a_changed_one_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sample.yaml"
    path.write_text("level: 0.9\n", encoding="utf-8")
    first = load(path, _Sample)
    with monkeypatch.context() as patched:
        patched.setattr(yaml, "load", lambda *_, **__: pytest.fail("parsed again"))
        assert load(path, _Sample) is first
    path.write_text("level: 0.8\n", encoding="utf-8")
    assert load(path, _Sample).level == 0.8


def test_a_file_that_has_become_wrong_is_refused_after_being_read_well(tmp_path: Path) -> None:
    path = tmp_path / "sample.yaml"
    path.write_text("level: 0.9\n", encoding="utf-8")
    load(path, _Sample)
    path.write_text("levl: 0.9\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="levl"):
        load(path, _Sample)
    path.unlink()
    with pytest.raises(SettingsError, match="Нет файла"):
        load(path, _Sample)


@pytest.mark.parametrize(
    ("text", "said"), [("a: 1\nb: 2\na: 3\n", "строка 3: ключ «a» записан дважды"), ("a: [1\nb: 2", "строка")]
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "sample.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=said):
        read_yaml(path)


def test_both_loaders_read_the_project_alike() -> None:
    from oko_lib.settings.loading import _Loader, _QuickLoader
    from oko_lib.settings.workspace import PROJECT_ROOT

    for path in sorted((PROJECT_ROOT / "parameters").rglob("*.yaml")):
        text = path.read_text(encoding="utf-8-sig")
        assert yaml.load(text, Loader=_QuickLoader) == yaml.load(text, Loader=_Loader), path.name
