"""What holds when many administrators word a page at once; on SQLite, and on two processes with
PostgreSQL."""

from __future__ import annotations

from uuid import uuid4

import httpx2
import pytest

from server.sites import SUSI, Site, at_once
from vestibule.texts.localized import content

ROUNDS = 4
FLOWS = "/beta/identity/b2cUserFlows"
STRINGS = tuple(content("signuporsignin"))


@pytest.fixture
def languages(site: Site) -> str:
    """The address of the languages of a flow of its own."""
    flow = {**SUSI, "id": f"words{uuid4().hex[:10]}", "isLanguageCustomizationEnabled": True}
    with site.graph() as graph:
        made = graph.post(FLOWS, json=flow)
    assert made.status_code == 201, made.text
    return f"{FLOWS}/{made.json()['id']}/languages"


def test_no_sentence_is_lost_that_was_accepted(site: Site, languages: str) -> None:
    """First there is nothing to merge with, then there is."""
    page = f"{languages}/de/overridesPages/signuporsignin/$value"
    with site.graph() as graph:
        headers = {"authorization": graph.headers["authorization"]}
        shown: dict[str, str] = {}
        for number in range(ROUNDS):

            async def word(
                client: httpx2.AsyncClient, at: int, number: int = number
            ) -> httpx2.Response:
                string = {"ElementType": "UxElement", "StringId": STRINGS[at], "Override": True}
                document = {"LocalizedStrings": [{**string, "Value": f"{at}, {number}"}]}
                return await client.put(page, json=document, headers=headers)

            answers = [answer.status_code for answer in at_once(site, len(STRINGS), word)]
            assert set(answers) <= {204, 409, 412}
            assert 204 in answers
            shown |= {
                STRINGS[at]: f"{at}, {number}" for at, code in enumerate(answers) if code == 204
            }
            listed = graph.get(page).json()["LocalizedStrings"]
            assert {one["StringId"]: one["Value"] for one in listed if one["Override"]} == shown


def test_a_language_is_added_once(site: Site, languages: str) -> None:
    with site.graph() as graph:
        headers = {"authorization": graph.headers["authorization"]}

        async def add(client: httpx2.AsyncClient, _number: int) -> httpx2.Response:
            return await client.put(f"{languages}/es-ES", json={}, headers=headers)

        answers = [answer.status_code for answer in at_once(site, 16, add)]
        assert answers.count(201) == 1
        assert set(answers) <= {201, 204, 409}
        tags = [one["id"] for one in graph.get(languages).json()["value"]]
        assert tags.count("es-ES") == 1
