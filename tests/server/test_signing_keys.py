"""Signing keys on two processes with one database: rotated by many at once, revoked in a hurry.

Source: design own-api; runtime.md 1.3; EP-14, EP-15.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import httpx2
import pytest

from production import Production, command
from server.sites import FLOW, Site, at_once, second_tenant, sign_up, with_flow
from vestibule.oidc.signing import peek

KEYS = "/vestibule/v1/keys"
SOON_S = 10  # the promise is 60


@pytest.fixture(scope="module")
def site(production: Production) -> Site:
    """A tenant of these tests alone: nobody else's tokens are lost with its keys."""
    return with_flow(second_tenant(production, f"{uuid4().hex[:10]}.example"))


@pytest.fixture
def graphs(site: Site) -> Iterator[list[httpx2.Client]]:
    """A program at each process, all with the token that the first one gave out."""
    with site.graph() as first:
        headers = {"authorization": first.headers["authorization"]}
        others = [site.http(base, headers=headers) for base in site.bases[1:]]
        yield [first, *others]
        for other in others:
            other.close()


def states(graph: httpx2.Client) -> dict[str, str]:
    answer = graph.get(KEYS)
    assert answer.status_code == 200, answer.text
    return {key["kid"]: key["state"] for key in answer.json()["value"]}


def published(site: Site) -> list[set[str]]:
    """The keys that each process publishes, and that nobody keeps them for long."""
    found = []
    for base in site.bases:
        with site.http(base) as client:
            answer = client.get(f"/{site.tenant}/{FLOW}/discovery/v2.0/keys")
        assert answer.headers["cache-control"] == "no-cache"
        found.append({key["kid"] for key in answer.json()["keys"]})
    return found


def soon(true: Callable[[], bool]) -> None:
    """Wait until a question is answered with yes."""
    ends = time.monotonic() + SOON_S
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_of_many_rotations_at_two_processes_one_makes_a_key(
    site: Site, graphs: list[httpx2.Client]
) -> None:
    headers = {"authorization": graphs[0].headers["authorization"]}

    async def rotate(client: httpx2.AsyncClient, _number: int) -> httpx2.Response:
        return await client.post(f"{KEYS}/rotate", headers=headers)

    answers = at_once(site, 16, rotate)
    assert {answer.status_code for answer in answers} == {200}
    [kid] = {answer.json()["kid"] for answer in answers}
    assert sorted(states(graphs[0]).values()) == ["active", "next"]
    soon(lambda: published(site) == [set(states(graphs[0]))] * len(site.bases))
    assert kid in states(graphs[1])


def test_a_revoked_key_is_worth_nothing_anywhere(
    site: Site, production: Production, graphs: list[httpx2.Client]
) -> None:
    """An ID token, an access token for Graph: with the key they all go, at every process."""
    settings = f"/vestibule/v1/userFlows/{FLOW}/settings"
    assert graphs[0].patch(settings, json={"requireIdTokenForLogout": True}).status_code == 204
    with site.http() as browser:
        sign_up(site, browser, f"{uuid4().hex}@people.example")
        id_token = site.tokens(browser)["id_token"]
    kid = peek(id_token)[0]["kid"]
    logout = f"{site.address('logout')}?post_logout_redirect_uri={site.redirect_uri}"

    def leaves(hint: str) -> bool:
        """Whether a logout leads back to the application, which it does with a good hint only."""
        with site.http() as client:
            answer = client.get(f"{logout}&id_token_hint={hint}")
        return bool(answer.status_code == httpx2.codes.FOUND)

    assert leaves(id_token)
    assert not leaves("")
    variables = production.replicas[0].variables
    listed = command("keys", "list", site.tenant, variables=variables)
    assert f"{kid}  RS256  active" in listed
    assert kid in command("keys", "revoke", site.tenant, kid, variables=variables)

    stale = {"authorization": graphs[1].headers["authorization"]}

    def refused_everywhere() -> bool:
        answers = []
        for base in site.bases:
            with site.http(base, headers=stale) as client:
                answers.append(client.get(KEYS).status_code)
        return set(answers) == {401}

    soon(refused_everywhere)
    soon(lambda: not leaves(id_token))
    assert all(kid not in keys for keys in published(site))
    with site.graph() as graph:
        now = peek(graph.headers["authorization"].removeprefix("Bearer "))[0]["kid"]
        assert states(graph)[now] == "active"
        assert all(now in keys for keys in published(site))
        assert kid not in states(graph)
