"""The wheel, as a person gets it: built, installed in a clean environment, and started."""

from __future__ import annotations

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import time
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parent.parent
READY_S = 60  # the first start makes keys and certificates, and other tests run meanwhile
STOP_S = 30


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that holds the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, symlinks=True)
    programs = folder / "bin"
    # This environment's pip installs there, and what is never imported is never compiled.
    pip = (sys.executable, "-m", "pip", "--python", folder, "--disable-pip-version-check")
    install = (*pip, "install", "--quiet", "--no-compile", "--no-deps")
    run(*install, "--require-hashes", "-r", ROOT / "requirements" / "run.txt")
    run(*install, "--no-index", wheel)
    run(*pip, "check")
    return programs


@pytest.fixture
def server(installed: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`vestibule dev` from the installed wheel, keeping its data below `tmp_path`."""
    process = subprocess.Popen(
        [installed / "vestibule", "dev", "--port", "0", "--data-dir", tmp_path / "data"],
        cwd=tmp_path,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
    )
    yield process
    if process.poll() is None:
        process.kill()
        process.wait()


def run(*command: str | Path) -> None:
    result = subprocess.run(
        command, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def clean_environment() -> dict[str, str]:
    """The environment without what could lead Python or Vestibule back to this checkout."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VESTIBULE_", "VIRTUAL_ENV", "COVERAGE_"))
    }


def announced(process: subprocess.Popen[bytes], file: Path) -> dict[str, str]:
    """What the server wrote when it was ready."""
    deadline = time.monotonic() + READY_S
    while not file.exists():
        assert process.poll() is None, f"the server ended with {process.returncode}"
        assert time.monotonic() < deadline, f"the server was not ready within {READY_S} s"
        time.sleep(0.05)
    document: dict[str, str] = json.loads(file.read_text())
    return document


def test_the_wheel_holds_everything_that_runs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    package = ROOT / "src"
    files = {
        str(path.relative_to(package))
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files <= inside
    for folder in ("web/templates", "web/static", "texts", "store/migrations"):
        assert any(name.startswith(f"vestibule/{folder}/") for name in inside), folder


def test_the_wheel_carries_its_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {Path(name).name for name in archive.namelist()}
    assert {"LICENSE", "NOTICE", "py.typed"} <= names


def test_the_wheel_carries_the_commonest_passwords_with_their_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = archive.namelist()
        assert "vestibule/perform/commonest_passwords.bin" in inside
        (notice,) = [name for name in inside if name.endswith("/NOTICE")]
        text = archive.read(notice).decode()
    assert "SecLists" in text
    assert "Copyright (c) 2018 Daniel Miessler" in text


def test_the_installed_server_starts_answers_and_ends(
    server: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    ready = announced(server, tmp_path / "data" / "dev.json")
    address = urlsplit(ready["base_url"])
    connection = http.client.HTTPSConnection(
        address.hostname or "",
        address.port,
        context=ssl.create_default_context(cafile=ready["ca_file"]),
        timeout=10,
    )
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200
    connection.close()

    server.send_signal(signal.SIGTERM)
    assert server.wait(STOP_S) == 0
