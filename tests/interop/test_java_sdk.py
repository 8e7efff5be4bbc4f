"""Microsoft's Graph SDKs for Java, v1.0 and beta: the seeds' examples and every resource's life."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from interop.outside import finish, tell
from live import Live

pytestmark = pytest.mark.interop
FOLDER = Path(__file__).parent / "java"
SOURCES = FOLDER / "src" / "test" / "java" / "interop"
DECLARED = re.compile(r"@Test\s+void (\w+)\(")
RUN_S = 1800


def _tests() -> list[str]:
    """The pom writes the tests of v1.0 over for beta."""
    found = []
    for file in sorted(SOURCES.rglob("*Test.java")):
        packages = ["interop.beta"] if file.parent.name == "beta" else ["interop", "interop.beta"]
        names = DECLARED.findall(file.read_text())
        found += [f"{package}.{file.stem}.{name}" for package in packages for name in names]
    return found


@pytest.fixture(scope="module")
def results(live: Live, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What went wrong in each test that ran: "" for nothing."""
    folder = tmp_path_factory.mktemp("java")
    target = folder / "target"
    store = folder / "trust.p12"
    subprocess.run(
        ["keytool", "-importcert", "-noprompt", "-alias", "vestibule", "-file", live.ca_file,
         "-keystore", str(store), "-storetype", "PKCS12", "-storepass", "changeit"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    # Only the JVM of the tests: Maven's own trusts the authorities it always does.
    trust = f"-Djavax.net.ssl.trustStore={store} -Djavax.net.ssl.trustStorePassword=changeit"
    command = ["mvn", "--batch-mode", "--no-transfer-progress", f"-Dbuild.folder={target}",
               f"-DargLine={trust}", "test"]  # fmt: skip
    said = finish(command, FOLDER, tell(live, folder), within_s=RUN_S)
    ran = {}
    for report in target.glob("surefire-reports/TEST-*.xml"):
        for case in ET.parse(report).iter("testcase"):  # noqa: S314 - Maven wrote it
            faults = [*case.iter("failure"), *case.iter("error"), *case.iter("skipped")]
            name = f"{case.get('classname')}.{case.get('name')}"
            ran[name] = "\n".join(fault.text or fault.tag for fault in faults)
    return ran or {"": said}


@pytest.mark.parametrize("name", _tests())
def test_java(results: dict[str, str], name: str) -> None:
    assert not results.get(name, results.get("", "It did not run."))
