"""$metadata of every catalogue: golden, and true to the facts that Microsoft documents.

The golden files are rewritten under --golden. Source: graph-surface 1.11, 1.12, section 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx2
import pytest

from resources.facts import ABSTRACT, ENUMS, FACTS, SETS, VERSIONED, VERSIONED_ENUMS
from vestibule import resources
from vestibule.edm.model import Model
from vestibule.odata.csdl import metadata
from vestibule.web.graph import OWN

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
GOLDEN = Path(__file__).parent
FILES = {"v1.0": "v1.0.xml", "beta": "beta.xml", OWN: "vestibule.xml"}


def document(root: str) -> str:
    catalogue = resources.CATALOGUE[root]
    return metadata(Model(resources.development(catalogue) if root == OWN else catalogue))


@pytest.mark.parametrize("root", FILES)
def test_the_metadata_is_golden(
    request: pytest.FixtureRequest, anybody: httpx2.Client, root: str
) -> None:
    file = GOLDEN / FILES[root]
    if request.config.getoption("--golden", default=False):
        file.write_text(document(root))
    answer = anybody.get(f"/{root}/$metadata")
    assert (answer.status_code, answer.text) == (200, file.read_text())
    assert answer.headers["content-type"].startswith("application/xml")


@pytest.mark.parametrize(
    ("root", "names"),
    [
        ("v1.0", SETS),
        ("beta", SETS),
        (
            OWN,
            dict.fromkeys(
                ("messages", "audit", "userFlows", "keys", "connectorCalls", "traces"),
                "EntitySet",
            ),
        ),
    ],
)
def test_the_service_document_names_the_container(
    anybody: httpx2.Client, root: str, names: Mapping[str, str]
) -> None:
    body = anybody.get(f"/{root}").json()
    assert body["@odata.context"] == f"{str(anybody.base_url).rstrip('/')}/{root}/$metadata"
    assert {item["name"]: item["kind"] for item in body["value"]} == names
    assert all(item["url"] == item["name"] for item in body["value"])


# --------------------------------------------------------------------------- Microsoft's facts


def types(root: str) -> dict[str, ET.Element]:
    tree = ET.fromstring(document(root))  # noqa: S314  # our own
    found = [*tree.iter(f"{EDM}EntityType"), *tree.iter(f"{EDM}ComplexType")]
    return {element.attrib["Name"]: element for element in found}


def members(element: ET.Element) -> dict[str, str]:
    shown = {}
    for member in element:
        if member.tag not in {f"{EDM}Property", f"{EDM}NavigationProperty"}:
            continue
        nullable = "!" if member.attrib.get("Nullable") == "false" else ""
        contained = "+" if member.attrib.get("ContainsTarget") == "true" else ""
        shown[member.attrib["Name"]] = f"{member.attrib['Type']}{nullable}{contained}"
    return shown


@pytest.mark.parametrize("root", VERSIONED)
def test_declared_types_are_microsofts(root: str) -> None:
    declared = types(root)
    expected = {**FACTS, **VERSIONED[root]}
    assert declared.keys() == expected.keys()
    shown = {
        name: (element.attrib.get("BaseType", ""), members(element))
        for name, element in declared.items()
    }
    assert shown == {name: (base, dict(facts)) for name, (base, facts) in expected.items()}
    abstract = {name for name in declared if declared[name].get("Abstract") == "true"}
    assert abstract == ABSTRACT & declared.keys()
    keys = {name for name in declared if declared[name].find(f"{EDM}Key") is not None}
    assert keys == {"entity"}
    streams = {name for name in declared if declared[name].get("HasStream") == "true"}
    assert streams == {"userFlowLanguagePage"}


@pytest.mark.parametrize("root", VERSIONED)
def test_declared_enums_are_microsofts(root: str) -> None:
    tree = ET.fromstring(document(root))  # noqa: S314  # our own
    enums = {
        enum.attrib["Name"]: [(one.attrib["Name"], int(one.attrib["Value"])) for one in enum]
        for enum in tree.iter(f"{EDM}EnumType")
    }
    assert enums == {**ENUMS, **VERSIONED_ENUMS[root]}


def test_the_schema_has_the_namespace_and_alias_of_graph() -> None:
    for root in VERSIONED:
        tree = ET.fromstring(document(root))  # noqa: S314  # our own
        schema = next(tree.iter(f"{EDM}Schema"))
        assert (schema.attrib["Namespace"], schema.attrib["Alias"]) == ("microsoft.graph", "graph")
        assert tree.attrib["Version"] == "4.0"
