"""What the OpenAPI documents describe, asked of a server: every answer is a described one.

Requests that fit the description and requests that do not are made up by schemathesis from the
document that the server itself gives out, so that a new family is asked without a line here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from live import Live, running
from vestibule.web.graph import OWN

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
JSON = "application/json"
ROOTS = ("v1.0", "beta", OWN)
LATE = {"DELETE": 1, "POST /clock": 2}
"""What spoils the ground for others comes last."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server of our own, for all that is made, deleted and set forward in it."""
    with running(tmp_path_factory.mktemp("described")) as live:
        yield live


@dataclass(slots=True)
class Asker:
    """Asks what schemathesis makes up. `ids` by the name of a path parameter."""

    base: str
    session: requests.Session
    bearer: Mapping[str, str]
    ids: dict[str, list[str]] = field(default_factory=dict)

    def run(self, operation: Any, examples: int) -> int:
        """Ask an operation with good and with bad requests; how many were asked."""
        asked = 0

        def ask(case: Any, data: st.DataObject) -> None:
            nonlocal asked
            for name in case.path_parameters or {}:
                known = self.ids.get(name.rstrip("0123456789"), [])
                if len(known) > 0 and data.draw(st.integers(0, 3)):  # three of four are there
                    case.path_parameters[name] = data.draw(st.sampled_from(known))
            answer = case.call(
                base_url=self.base,
                session=self.session,
                headers=self.bearer,
                verify=self.session.verify,  # schemathesis would have the default instead
            )
            case.validate_response(answer, checks=CHECKS)
            asked += 1

        # Elsewhere any text is good, and any bytes are.
        bad = operation.query or any(body.media_type == JSON for body in operation.body)
        for mode in (GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if bad else [])):
            wrapped = settings(
                max_examples=examples,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )(given(operation.as_strategy(generation_mode=mode), st.data())(ask))
            try:
                wrapped()
            except Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE  # nothing about it can be wrong
        return asked

    def learn(self, paths: Mapping[str, Any]) -> None:
        """The ids of what is there, so that requests reach it."""
        for template, item in paths.items():
            owner, bracket, rest = template.rpartition("/{")
            name = rest.removesuffix("}")
            if bracket and "/" not in rest and "get" in item and "get" in paths.get(owner, {}):
                listed = self._get(self._real(owner)).json()
                found = [one["id"] for one in listed.get("value", []) if "id" in one]
                known = self.ids.setdefault(name.rstrip("0123456789"), [])
                known += [id for id in found[:3] if id not in known]

    def _get(self, path: str) -> requests.Response:
        return self.session.get(self.base + path, headers=self.bearer)

    def _real(self, template: str) -> str:
        parts = [
            next(iter(self.ids.get(part.strip("{}0123456789"), [])), part)
            for part in template.split("/")
        ]
        return "/".join(parts)


def late(operation: Any) -> int:
    return LATE.get(operation.label, LATE.get(operation.method.upper(), 0))


def asked(live: Live, root: str, about: int) -> tuple[Sequence[str], int]:
    """Ask everything that the server describes at a root, with about so many requests that fit
    and as many that do not: the operations, and the number of requests."""
    with live.http() as client:
        document = client.get(f"/{root}/openapi.json").json()
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation.pop("security")  # a bad token would hide everything else
    described = schemathesis.openapi.from_dict(document)
    operations = sorted((found.ok() for found in described.get_all_operations()), key=late)
    session = requests.Session()
    session.trust_env = False  # no proxy and no other authority
    session.verify = live.ca_file
    asker = Asker(f"{live.base}/{root}", session, {"authorization": f"Bearer {live.token()}"})
    asker.learn(document["paths"])
    examples = max(2, about // len(operations))
    number = sum(asker.run(operation, examples) for operation in operations)
    session.close()
    return [operation.label for operation in operations], number


@pytest.mark.parametrize("root", ROOTS)
def test_every_answer_is_described(server: Live, root: str) -> None:
    operations, number = asked(server, root, 250)
    assert number > 2 * len(operations)


@pytest.mark.soak
@pytest.mark.parametrize("root", ROOTS)
def test_every_answer_is_described_at_length(tmp_path: Path, root: str) -> None:
    with running(tmp_path) as live:
        operations, number = asked(live, root, 20_000)
    assert number > 20 * len(operations)
