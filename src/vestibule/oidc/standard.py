"""The standard claims of OpenID Connect, which a scope asks for, from what a flow knows.

Source: OpenID Connect Core 5.1, 5.1.1, 5.4.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from vestibule.tenancy import Flow

CLAIMS: Mapping[str, tuple[str, ...]] = {
    "profile": ("name", "given_name", "family_name", "preferred_username"),
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
}
"""Scope → what it asks for, as far as a directory here knows it."""

_ADDRESS = {
    "street_address": "streetAddress",
    "locality": "city",
    "region": "state",
    "postal_code": "postalCode",
    "country": "country",
}
_ALL = frozenset(name for names in CLAIMS.values() for name in names)
_ELSEWHERE = _ALL | {"emails", *_ADDRESS.values()}


def beside(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `claims` that OpenID Connect has no scope for."""
    return {name: value for name, value in claims.items() if name not in _ELSEWHERE}


def by_scope(known: Mapping[str, Any], flow: Flow, scopes: Collection[str]) -> dict[str, Any]:
    """What these scopes ask for and `known`, claims by B2C's names, has."""
    found = {
        **{name: known.get(name) for name in CLAIMS["profile"]},
        "preferred_username": known.get("signInNames.userName"),
        **_email(known, flow),
        **_address(known),
        **_phone(known),
    }
    names = [name for scope, names in CLAIMS.items() if scope in scopes for name in names]
    return {name: found[name] for name in names if found.get(name) not in (None, "")}


def within(claims: Mapping[str, Any], scopes: Collection[str]) -> dict[str, Any]:
    """`claims` without the standard ones that none of these scopes asks for."""
    asked = {name for scope in scopes for name in CLAIMS.get(scope, ())}
    return {name: value for name, value in claims.items() if name not in _ALL or name in asked}


def _email(known: Mapping[str, Any], flow: Flow) -> dict[str, Any]:
    """The first address; a flow that lets people in by proven addresses vouches for it."""
    addresses = known.get("emails")
    if not addresses:
        return {}
    proven = flow.settings["localAccount"] == "email" and flow.settings["emailVerification"]
    return {"email": addresses[0], "email_verified": bool(proven)}


def _address(known: Mapping[str, Any]) -> dict[str, Any]:
    parts = {name: known[ours] for name, ours in _ADDRESS.items() if known.get(ours)}
    return {"address": parts} if parts else {}


def _phone(known: Mapping[str, Any]) -> dict[str, Any]:
    number = known.get("signInNames.phoneNumber") or known.get("mobilePhone")
    return {"phone_number": number, "phone_number_verified": False} if number else {}
