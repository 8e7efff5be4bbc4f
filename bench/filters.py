"""What reading a $filter costs: the documented ones of the user-flow family, and the worst."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from vestibule.edm.declare import (
    Access,
    Catalogue,
    Complex,
    Entity,
    EntitySet,
    Enum,
    Link,
    Navigation,
    Property,
)
from vestibule.edm.linked import Type
from vestibule.edm.model import Model
from vestibule.errors import Invalid
from vestibule.odata.filter import parse
from vestibule.odata.lexer import MAX_CHARACTERS

DOCUMENTED_US = 60
WORST_US = 5000

_FLOW = "microsoft.graph.externalUsersSelfServiceSignUpEventsFlow"
_LOAD = "microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp"
_PATH = f"{_FLOW}/onAuthenticationMethodLoadStart"
_GUID = "63856651-13d9-4784-9abf-20758d509e19"
DOCUMENTED = {
    "user": (
        "user",
        "identities/any(c:c/issuerAssignedId eq 'ada@x.example' and c/issuer eq 'contoso.example')",
    ),
    "language": ("thing", "isEnabled eq true"),
    "attribute": ("thing", "userFlowAttributeType eq 'custom' and dataType ne 'string'"),
    "flow by provider": (
        "thing",
        f"{_PATH}/{_LOAD}/identityProviders/any(idp:idp/id eq 'Google-OAUTH')",
    ),
    "flow by application": (
        "thing",
        f"{_FLOW}/conditions/applications/includeApplications/any(appId:appId/appId eq '{_GUID}')",
    ),
}
WORST = {
    "parentheses": "(" * MAX_CHARACTERS,
    "negations": "not " * 500,
    "alternatives": " or ".join(["isEnabled"] * 285),
    "numbers in a list": "priority in (" + "1," * 990,
    "texts in a list": "id in (" + "'a'," * 490,
    "one long text": "id eq '" + "x" * 1990 + "'",
    "one long open text": "id eq '" + "x" * 1990,
    "quotes": "'" * MAX_CHARACTERS,
    "one long name": "a" * MAX_CHARACTERS,
    "one long path": "/".join(["conditions"] * 180),
    "casts": f"{_FLOW}/" * 30 + "id eq 'x'",
    "digits": "1" * MAX_CHARACTERS,
    "nearly a moment": "2024-01-31T" + "1:" * 900,
    "nearly guids": "0123abcd-" * 220,
    "spaces": " " * MAX_CHARACTERS,
    "many comparisons": " and ".join(["id eq 'x'"] * 140),
    "many lambdas": " and ".join(["identities/any(c:c/issuer eq 'x')"] * 50),
}


def figures() -> list[tuple[str, float, float]]:
    """(name, µs of CPU, goal in µs): the dearest of the documented, and of the worst."""
    model = _model()
    documented = {
        name: _us(partial(parse, text, model, model.types[f"microsoft.graph.{type_}"]))
        for name, (type_, text) in DOCUMENTED.items()
    }
    worst = {
        name: max(
            _us(partial(_tried, text[:MAX_CHARACTERS], model, type_), rounds=20, runs=3)
            for type_ in (model.types["microsoft.graph.user"], model.types["microsoft.graph.thing"])
        )
        for name, text in WORST.items()
    }
    rows = []
    for title, found, goal in (
        ("documented $filter", documented, DOCUMENTED_US),
        ("worst $filter of 2,000 characters", worst, WORST_US),
    ):
        name = max(found, key=lambda one: found[one])
        rows.append((f"{title} ({name})", found[name], float(goal)))
    return rows


def _tried(text: str, model: Model, type_: Type) -> None:
    with suppress(Invalid):
        parse(text, model, type_)


def _us(once: Callable[[], object], rounds: int = 500, runs: int = 7) -> float:
    """CPU of one call; the best of several runs."""

    def run() -> float:
        began = time.process_time()
        for _ in range(rounds):
            once()
        return (time.process_time() - began) / rounds * 1e6

    return min(run() for _ in range(runs))


def _model() -> Model:
    """As much of the catalogue as the documented filters name, in one type beside the user."""
    identity = Complex(
        "microsoft.graph.objectIdentity",
        properties=(Property("issuer"), Property("issuerAssignedId")),
    )
    application = Complex("microsoft.graph.application", properties=(Property("appId"),))
    applications = Complex(
        "microsoft.graph.applications",
        properties=(Property("includeApplications", f"Collection({application.name})"),),
    )
    conditions = Complex(
        "microsoft.graph.conditions", properties=(Property("applications", applications.name),)
    )
    provider = Entity("microsoft.graph.provider", record="provider")
    handler = Complex("microsoft.graph.handler", abstract=True)
    load = Complex(
        _LOAD,
        base=handler.name,
        navigations=(
            Navigation("identityProviders", provider.name, link=Link("flow_provider", "provider")),
        ),
    )
    user = Entity(
        "microsoft.graph.user",
        record="user",
        properties=(Property("identities", f"Collection({identity.name})", rows="user_identity"),),
    )
    kind = Enum("microsoft.graph.kind", (("builtIn", 1), ("custom", 2)))
    thing = Entity(
        "microsoft.graph.thing",
        record="thing",
        properties=(
            Property("isEnabled", "Edm.Boolean"),
            Property("priority", "Edm.Int32"),
            Property("userFlowAttributeType", kind.name),
            Property("dataType"),
        ),
    )
    flow = Entity(
        _FLOW,
        base=thing.name,
        where={"kind": "sign-up"},
        properties=(
            Property("conditions", conditions.name),
            Property("onAuthenticationMethodLoadStart", handler.name),
        ),
    )
    types = (identity, application, applications, conditions, provider, handler, load,
             user, kind, thing, flow)  # fmt: skip
    sets = (EntitySet("users", user.name, Access()), EntitySet("things", thing.name, Access()))
    return Model(Catalogue("v1.0", "microsoft.graph", "graph", types, sets))
