"""Policies of a tenant: whether guests may sign themselves up.

Source: graph-surface 11.2; runtime 8.5.
"""

from __future__ import annotations

from typing import Any

from vestibule.edm.declare import (
    Access,
    Column,
    Complex,
    Declaration,
    Entity,
    Navigation,
    Property,
    Record,
    Singleton,
)
from vestibule.ports import Change, Insert, Row, Update
from vestibule.roles import GLOBAL_ADMINISTRATOR, USER_FLOW_ADMINISTRATOR
from vestibule.rules import Context, Decision, Rules

RECORD = "authentication_flows_policy"
RECORDS = (
    Record(
        RECORD,  # id: the policy's; no row: as it is by default
        (Column("self_service_sign_up", "boolean", nullable=False),),
        configuration=True,
    ),
)

ID = "authenticationFlowsPolicy"
ACCESS = Access(
    read=("Policy.Read.All", "Policy.ReadWrite.AuthenticationFlows"),
    write=("Policy.ReadWrite.AuthenticationFlows",),
    read_roles=(USER_FLOW_ADMINISTRATOR, GLOBAL_ADMINISTRATOR),
    write_roles=(USER_FLOW_ADMINISTRATOR, GLOBAL_ADMINISTRATOR),
)

_SIGN_UP = Complex(
    "microsoft.graph.selfServiceSignUpAuthenticationFlowConfiguration",
    properties=(Property("isEnabled", "Edm.Boolean", nullable=False, required=True),),
)
_POLICY = Entity(
    "microsoft.graph.authenticationFlowsPolicy",
    base="microsoft.graph.entity",
    given=True,
    properties=(
        Property("description", write="never"),
        Property("displayName", write="never"),
        Property("selfServiceSignUp", _SIGN_UP.name),
    ),
)
_ROOT = Entity(
    "microsoft.graph.policyRoot",
    base="microsoft.graph.entity",
    navigations=(
        Navigation(
            ID,
            _POLICY.name,
            collection=False,
            contained=True,
            verbs=frozenset({"get", "update"}),
        ),
    ),
)
TYPES: tuple[Declaration, ...] = (_SIGN_UP, _POLICY, _ROOT)
SETS = (Singleton("policies", _ROOT.name, ACCESS),)


async def _given(context: Context) -> list[Row]:
    stored = await context.entities.get(RECORD, context.tenant, ID)
    return [
        {
            "id": ID,
            "parent": "",
            "version": stored["version"] if stored else 1,
            "display_name": "Authentication flows policy",
            "description": "Says which flows of authentication people may use, such as whether "
            "guests may sign themselves up.",
            "self_service_sign_up": {"isEnabled": bool(stored and stored["self_service_sign_up"])},
        }
    ]


async def _update(context: Context, _row: Row, values: dict[str, Any]) -> Decision:
    chosen = values.get("selfServiceSignUp")
    if chosen is None:
        return Decision()
    columns = {"self_service_sign_up": chosen["isEnabled"]}
    change: Change = Update(RECORD, context.tenant, ID, columns)
    if await context.entities.get(RECORD, context.tenant, ID) is None:
        change = Insert(RECORD, context.tenant, ID, columns)
    return Decision(also=(change,))


RULES: dict[str, Rules] = {_POLICY.name: Rules(given=_given, update=_update)}
