"""The lock is complete, hashed and names no address; the conda environment says the same as pyproject."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
#: conda-forge names that differ from the names on the Python index.
CONDA_NAMES = {"python-duckdb": "duckdb", "typst-py": "typst"}


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def declared() -> dict[str, Requirement]:
    lines = [*project()["dependencies"], *project()["optional-dependencies"]["dev"]]
    return {canonicalize_name(Requirement(line).name): Requirement(line) for line in lines}


def locked() -> list[tuple[Requirement, int]]:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line.strip()]
    return [(Requirement(line.split("--hash")[0]), line.count("--hash=sha256:")) for line in entries]


def test_every_locked_package_is_pinned_and_hashed():
    for requirement, hashes in locked():
        assert re.fullmatch(r"==[^*]+", str(requirement.specifier)), requirement
        assert hashes > 0, requirement


def test_lock_names_no_address():
    assert not re.search(r"://|--index|--find-links", (ROOT / "requirements.lock").read_text(encoding="utf-8"))


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_lock_satisfies_every_declared_dependency(platform, version):
    system = {"linux": "Linux", "win32": "Windows", "darwin": "Darwin"}[platform]
    environment = {
        "sys_platform": platform,
        "platform_system": system,
        "os_name": "nt" if platform == "win32" else "posix",
        "python_version": version,
        "python_full_version": f"{version}.1",
        "platform_machine": "x86_64",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    pins: dict[str, str] = {}
    for requirement, _ in locked():
        if requirement.marker is None or requirement.marker.evaluate(environment):
            name = canonicalize_name(requirement.name)
            assert name not in pins, f"{name} is pinned twice for {platform} {version}"
            pins[name] = next(iter(requirement.specifier)).version
    for name, requirement in declared().items():
        assert requirement.specifier.contains(pins[name]), f"run `make lock`: {requirement} but {pins[name]} is locked"


def test_conda_environment_is_in_step_with_pyproject():
    content = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [item for item in content["dependencies"] if isinstance(item, str)]
    pip = next(item["pip"] for item in content["dependencies"] if isinstance(item, dict))
    wanted = {name: requirement.specifier for name, requirement in declared().items()}
    wanted["python"] = Requirement(f"python{project()['requires-python']}").specifier
    found = {}
    for line in [*conda, *(item for item in pip if not item.startswith("-"))]:
        requirement = Requirement(line)
        name = canonicalize_name(CONDA_NAMES.get(requirement.name, requirement.name))
        assert name not in found, name
        found[name] = requirement.specifier
    assert not found.pop("pip")
    assert found == wanted
    assert content["channels"] == ["conda-forge"]
