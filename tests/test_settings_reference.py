"""docs/reference/settings.md says what settings.py declares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from vestibule.settings import DevelopmentSettings, Settings

REFERENCE = Path(__file__).parents[1] / "docs" / "reference" / "settings.md"
HEAD = """# Settings

`vestibule serve` reads everything from the environment. A list is written as JSON:
`VESTIBULE_HOSTS='["login.example.com"]'`. Lengths of time are in seconds. `vestibule dev` sets what
it needs itself; the last column tells where it differs, because it does as the real service does.

| variable | what it is | in `serve` | in `dev` |
| --- | --- | --- | --- |
"""
_DERIVED = frozenset(
    {"mode", "public_url", "hosts", "listen", "port", "database", "sealing_key", "egress_ca"}
)


def test_every_setting_stands_in_the_reference(*, golden: bool) -> None:
    lines = [_line(name, field) for name, field in Settings.model_fields.items() if name != "mode"]
    text = HEAD + "".join(lines)
    if golden:
        REFERENCE.write_text(text, "utf-8")
    assert REFERENCE.read_text("utf-8") == text


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--golden"))


def _line(name: str, field: Any) -> str:
    assert field.description, name
    here = _shown(field.default)
    there = (
        "set by the command"
        if name in _DERIVED
        else _shown(DevelopmentSettings.model_fields[name].default)
    )
    return f"| `VESTIBULE_{name.upper()}` | {field.description} | {here} | {there} |\n"


def _shown(value: Any) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None or value in ("", ()):
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_the_environment_decides_in_development_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert DevelopmentSettings().pkce_plain
    monkeypatch.setenv("VESTIBULE_PKCE_PLAIN", "false")
    assert not DevelopmentSettings(public_url="https://localhost").pkce_plain
