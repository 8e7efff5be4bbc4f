"""Each import contract of pyproject.toml is shown once to break, so that none is vacuous."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Offence:
    """A line that Mallory adds to the end of a module, which may be a new one."""

    contract: str
    module: str  # below vestibule
    line: str


OFFENCES = {
    "a lower layer imports a higher one": Offence("Layers", "edm", "import vestibule.web"),
    "a module stands in no layer": Offence("Layers", "mallory", ""),
    "strangers of one layer meet": Offence("Layers", "oidc", "import vestibule.perform"),
    "a performer reaches for the store": Offence(
        "Only app imports the store", "perform", "import vestibule.store"
    ),
    "the protocol asks for a family": Offence(
        "The protocol knows nothing of identity", "odata", "import vestibule.resources.user_flows"
    ),
    "a step speaks HTTP": Offence("A journey performs nothing", "journey.steps", "import httpx2"),
    "the driver prints a response": Offence(
        "Only web imports Starlette", "drive", "import starlette.responses"
    ),
    "a face writes SQL": Offence(
        "Only store imports SQLAlchemy and drivers", "web", "import sqlalchemy"
    ),
    "a face signs": Offence("Cryptography has two homes", "web", "import joserfc"),
    "a performer calls out by itself": Offence(
        "One client goes out", "perform.providers", "import httpcore2"
    ),
    "a step knows another": Offence(
        "Steps do not know one another",
        "journey.steps.mallory",
        "import vestibule.journey.steps.finish",
    ),
    "a family knows another": Offence(
        "Resource families do not know one another",
        "resources.own",
        "import vestibule.resources.user_flows",
    ),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the package and its contracts."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree / "src"), "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )


def commit(offence: Offence, tree: Path) -> None:
    place = tree.joinpath("src", "vestibule", *offence.module.split("."))
    module = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    with module.open("a") as source:
        source.write(f"\n{offence.line}\n")


def test_the_tree_keeps_every_contract(tree: Path) -> None:
    result = lint(tree)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("offence", OFFENCES.values(), ids=OFFENCES.keys())
def test_a_contract_breaks(offence: Offence, tree: Path) -> None:
    commit(offence, tree)
    result = lint(tree)
    assert result.returncode != 0
    assert f"{offence.contract} BROKEN" in result.stdout, result.stdout + result.stderr
    _, _, details = result.stdout.partition("Broken contracts")
    assert f"vestibule.{offence.module}" in details


def test_every_contract_has_an_offence() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = {contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]}
    assert contracts == {offence.contract for offence in OFFENCES.values()}
