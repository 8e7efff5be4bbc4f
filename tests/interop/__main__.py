"""Drive the server with every official client: a line for each suite, and the record in docs.

`make interop` runs it, with the toolchains in place; `make interop ARGS='go java'` runs the suites
so named, and leaves the record alone.
"""

from __future__ import annotations

import datetime as dt
import json
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree as ET

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RECORD = ROOT / "docs" / "reference" / "interop.md"
TABLE = re.compile(r"(?<=<!-- last full result -->\n).*?(?=<!-- end -->)", re.DOTALL)
Versions = Callable[[], Mapping[str, str]]


@dataclass(frozen=True, slots=True, eq=False)
class Suite:
    """Test files of this folder, and what they prove something of."""

    name: str
    title: str
    files: Sequence[str]
    versions: Versions


@dataclass(frozen=True, slots=True)
class Result:
    """How a suite went. `ran` counts the tests, those in other languages one by one."""

    ran: int
    failed: int
    seconds: float

    @property
    def verdict(self) -> str:
        return "passed" if self.ran and not self.failed else "FAILED"


def _said(*command: str) -> str:
    """The first version number that a program says of itself."""
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else ""


def _python(*packages: str) -> Versions:
    return lambda: (
        {name: version(name) for name in packages} | {"Python": platform.python_version()}
    )


def _node(*packages: str) -> Versions:
    pinned = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]
    return lambda: {name: pinned[name] for name in packages} | {"Node.js": _said("node", "-v")}


def _go() -> dict[str, str]:
    required = (HERE / "go/go.mod").read_text("utf-8")
    pinned = dict(re.findall(r"^\t(\S+) v(\S+)$", required, re.MULTILINE))  # the direct ones
    return {name.rpartition("/")[2]: pin for name, pin in pinned.items()} | {
        "Go": _said("go", "version")
    }


def _java() -> dict[str, str]:
    pom = ET.parse(HERE / "java/pom.xml")  # noqa: S314 - our own
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    pinned = {
        one.findtext("m:artifactId", "", space): one.findtext("m:version", "", space)
        for one in pom.iterfind(".//m:dependency", space)
    }
    named = {name: pin for name, pin in pinned.items() if name.startswith("microsoft-graph")}
    bom = {"azure-identity of azure-sdk-bom": pinned["azure-sdk-bom"]}
    return named | bom | {"JDK": _said("javac", "-version"), "Maven": _said("mvn", "-version")}


def _cli() -> dict[str, str]:
    pinned = (ROOT / "requirements/azure-cli.txt").read_text("utf-8")
    return dict(re.findall(r"^(azure-cli)==(\S+)", pinned, re.MULTILINE))


SUITES = (
    Suite(
        "python",
        "Graph SDKs for Python",
        [file.name for file in sorted(HERE.glob("test_python_*.py"))],
        _python("msgraph-sdk", "msgraph-beta-sdk", "msgraph-core"),
    ),
    Suite(
        "identity",
        "azure-identity and MSAL for Python",
        ["test_azure_identity.py", "test_msal_python.py"],
        _python("azure-identity", "msal"),
    ),
    Suite(
        "javascript",
        "Graph client for JavaScript",
        ["test_javascript_sdk.py"],
        _node("@microsoft/microsoft-graph-client", "@azure/identity"),
    ),
    Suite("msal", "MSAL for Node.js", ["test_msal_node.py"], _node("@azure/msal-node")),
    Suite(
        "browser",
        "MSAL for the browser, in Chromium",
        ["test_msal_browser.py"],
        _node("@azure/msal-browser"),
    ),
    Suite("go", "Graph SDK for Go", ["test_go_sdk.py"], _go),
    Suite("java", "Graph SDKs for Java", ["test_java_sdk.py"], _java),
    Suite("cli", "Azure CLI", ["test_azure_cli.py"], _cli),
)


def run(suite: Suite, folder: Path) -> Result:
    """Run it; what its tests say goes to the screen only where something fails."""
    report = folder / f"{suite.name}.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-m", "interop or not interop",
               "-o", "junit_family=xunit1",  # the other has no room for properties of a test
               f"--junitxml={report}", *(str(HERE / file) for file in suite.files)]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        print("", done.stdout, done.stderr, sep="\n")
    if not report.exists():
        return Result(0, 1, 0)
    tree = ET.parse(report)  # noqa: S314 - pytest wrote it
    ran = sum(
        int(next((one.get("value", "1") for one in case.iter("property")), "1"))
        for case in tree.iter("testcase")
    )
    failed = sum(1 for case in tree.iter("testcase") if case.find("failure") is not None)
    failed += sum(1 for case in tree.iter("testcase") if case.find("error") is not None)
    seconds = sum(float(one.get("time", "0")) for one in tree.iter("testsuite"))
    return Result(ran, failed or done.returncode, seconds)


def table(results: Mapping[Suite, Result]) -> str:
    """The record: Markdown."""
    today = dt.datetime.now(dt.UTC).date()
    rows = [
        f"Run on {today}, {platform.system()} on {platform.machine()}.\n",
        "| suite | tests | result | seconds | versions |",
        "| --- | --- | --- | --- | --- |",
    ]
    for suite, result in results.items():
        versions = ", ".join(f"{name} {number}" for name, number in suite.versions().items())
        rows.append(
            f"| {suite.title} | {result.ran} | {result.verdict} | {result.seconds:.0f} |"
            f" {versions} |"
        )
    return "\n".join(rows) + "\n"


def main(names: Sequence[str]) -> int:
    """Run the named suites, or all and write the record; the exit code."""
    unknown = set(names) - {suite.name for suite in SUITES}
    if unknown:
        print(f"No such suite: {', '.join(sorted(unknown))}.", file=sys.stderr)
        return 2
    results: dict[Suite, Result] = {}
    with tempfile.TemporaryDirectory() as folder:
        for suite in SUITES:
            if names and suite.name not in names:
                continue
            print(f"{suite.title:36}", end="", flush=True)
            result = results[suite] = run(suite, Path(folder))
            print(f"{result.verdict:8}{result.ran:5} tests{result.seconds:7.0f} s", flush=True)
    print()
    print(text := table(results), end="")
    if not names:
        RECORD.write_text(TABLE.sub(text, RECORD.read_text("utf-8")), "utf-8")
    return 1 if any(result.verdict == "FAILED" for result in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
