"""One operation has many spellings: all of them are the same line of the table."""

from __future__ import annotations

import pytest

from witness.operations import load, template

OPERATIONS = load()


@pytest.mark.parametrize(
    ("method", "target", "version", "path"),
    [
        ("GET", "/beta/identity/b2cUserFlows", "beta", "/identity/b2cUserFlows"),
        ("GET", "/beta/identity/B2CUSERFLOWS/?$top=5", "beta", "/identity/b2cUserFlows"),
        ("GET", "/beta/identity/b2cUserFlows/a%2Fb", "beta", "/identity/b2cUserFlows/{id}"),
        ("GET", "/beta/identity/b2cUserFlows('a')", "beta", "/identity/b2cUserFlows/{id}"),
        ("GET", "/beta/identity/b2cUserFlows(id='a')", "beta", "/identity/b2cUserFlows/{id}"),
        ("GET", "/beta/identity/b2cUserFlows(%27a''b%27)", "beta", "/identity/b2cUserFlows/{id}"),
        ("GET", "/beta/identity/b2cUserFlows/$count", "beta", "/identity/b2cUserFlows/$count"),
        (
            "GET",
            "/v1.0/identity/b2xUserFlows/a/userAttributeAssignments/getOrder",
            "v1.0",
            "/identity/b2xUserFlows/{id}/userAttributeAssignments/getOrder()",
        ),
        (
            "GET",
            "/v1.0/identity/b2xUserFlows('a')/userAttributeAssignments/getOrder()",
            "v1.0",
            "/identity/b2xUserFlows/{id}/userAttributeAssignments/getOrder()",
        ),
        (
            "GET",
            "/v1.0/identity/b2xUserFlows('a')/userAttributeAssignments('b')",
            "v1.0",
            "/identity/b2xUserFlows/{id}/userAttributeAssignments/{id}",
        ),
        (
            "DELETE",
            "/beta/identity/b2cUserFlows/a/identityProviders/$ref?@id=https://x/y",
            "beta",
            "/identity/b2cUserFlows/{id}/identityProviders/$ref?@id={url}",
        ),
        (
            "DELETE",
            "/beta/identity/b2cUserFlows/a/identityProviders('b')/$ref",
            "beta",
            "/identity/b2cUserFlows/{id}/identityProviders/{id}/$ref",
        ),
        (
            "GET",
            "/v1.0/directory/deletedItems/graph.user",
            "v1.0",
            "/directory/deletedItems/microsoft.graph.user",
        ),
        (
            "GET",
            "/v1.0/identity/authenticationEventsFlows/Graph.ExternalUsersSelfServiceSignUpEventsFlow",
            "v1.0",
            "/identity/authenticationEventsFlows/{ESF}",
        ),
        ("GET", "/v1.0/applications(appId='a')", "v1.0", "/applications(appId='{appId}')"),
        ("GET", "/v1.0/applications(appid='a')", "v1.0", "/applications(appId='{appId}')"),
        ("PATCH", "/v1.0/users/ada@contoso.example", "v1.0", "/users/{id/upn}"),
        ("GET", "/v1.0/", "v1.0", "/"),
        ("GET", "/v1.0/identity/b2cUserFlows", "v1.0", ""),
        ("PUT", "/beta/identity/b2cUserFlows", "beta", ""),
        ("GET", "/beta/identity/b2cUserFlows/a/b/c", "beta", ""),
    ],
)
def test_a_request_is_told_by_its_template(
    method: str, target: str, version: str, path: str
) -> None:
    assert template(OPERATIONS, method, target) == (version, path)


def test_every_line_has_an_address_that_leads_back_to_it() -> None:
    for one in OPERATIONS:
        query = "?@id=x" if one.path.endswith("{url}") else ""
        for plain in (False, True):
            target = one.address("a", "b", "c", plain=plain) + query
            assert template(OPERATIONS, one.method, target) == (one.version, one.path), target


def test_the_table_is_whole() -> None:
    table = [one for one in OPERATIONS if not one.row.startswith("b")]
    assert len(table) == 472
    assert {int(one.row) for one in table} == set(range(1, 296))
    assert {one.version for one in table} == {"v1.0", "beta"}
    spelled = {(one.path, one.variant) for one in OPERATIONS if "{" in one.path}
    assert {variant for _, variant in spelled} == {0, 1}
