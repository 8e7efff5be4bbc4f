"""The connector in the guide works as it stands there."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import httpx2

from answering import certified

GUIDE = Path(__file__).parents[1] / "docs" / "how-to" / "api-connectors.md"
PORT = "8444"


def test_the_connector_of_the_guide_answers(tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    authority, certificate, key = certified(tmp_path)
    (tmp_path / ".vestibule").mkdir()
    shutil.move(certificate, tmp_path / ".vestibule" / "tls.pem")
    shutil.move(key, tmp_path / ".vestibule" / "tls.key")
    process = subprocess.Popen(
        [sys.executable, "-c", program.replace(PORT, str(port))],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    trust = ssl.create_default_context(cafile=str(authority))
    try:
        with httpx2.Client(base_url=f"https://localhost:{port}", verify=trust) as client:
            went_on = asked(client, {"city": "Graz"})
            refused = asked(client, {"city": "Atlantis"})
    finally:
        process.kill()
        printed, _ = process.communicate()
    known = {"version": "1.0.0", "action": "Continue", "city": "Wien"}
    assert (went_on.status_code, went_on.json()) == (200, known)
    assert refused.status_code == 400
    assert refused.json()["status"] == 400
    assert refused.json()["action"] == "ValidationError"
    assert printed == "{'city': 'Graz'}\n{'city': 'Atlantis'}\n"


def asked(client: httpx2.Client, question: dict[str, str]) -> httpx2.Response:
    """The answer, as soon as the program listens."""
    ends = time.monotonic() + 20
    while True:
        try:
            return client.post("/approve", json=question)
        except httpx2.ConnectError:
            assert time.monotonic() < ends
            time.sleep(0.05)
