"""What providers publish is fetched when it is needed, kept for a while, and bounded."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from abroad import WELL_KNOWN, Abroad
from foreign import Reply, Signer
from vestibule.errors import Misconfigured
from vestibule.journey.effects import Departing, Federated, ProviderFailed
from vestibule.perform.providers.documents import Documents
from vestibule.perform.providers.relying import elsewhere

pytestmark = pytest.mark.anyio


def fetched(there: Abroad) -> tuple[int, int]:
    """How often metadata and keys were asked for."""
    return there.provider.count(WELL_KNOWN), there.provider.count("/keys")


async def test_many_who_leave_at_once_share_one_request(there: Abroad) -> None:
    left = await asyncio.gather(*(there.depart() for _ in range(16)))
    assert all(isinstance(one, Departing) for one in left)
    assert fetched(there) == (1, 0)


async def test_who_gives_up_does_not_stop_the_others(there: Abroad) -> None:
    leaving = [asyncio.create_task(there.depart()) for _ in range(3)]
    await asyncio.sleep(0)
    leaving[0].cancel()
    left = await asyncio.gather(*leaving, return_exceptions=True)
    assert [isinstance(one, Departing) for one in left] == [False, True, True]


async def test_documents_are_kept_for_an_hour(there: Abroad) -> None:
    assert isinstance(await there.visit(), Federated)
    there.stage.world.move(minutes=59)
    assert isinstance(await there.visit(), Federated)
    assert fetched(there) == (1, 1)
    there.stage.world.move(minutes=1)
    assert isinstance(await there.visit(), Federated)
    assert fetched(there) == (2, 2)


async def test_old_documents_do_for_a_day_where_no_new_ones_are_to_be_had(there: Abroad) -> None:
    assert isinstance(await there.visit(), Federated)
    there.provider.replies = {WELL_KNOWN: Reply(503), "/keys": Reply(manner="close")}
    there.stage.world.move(hours=23)
    assert isinstance(await there.visit(), Federated)
    assert fetched(there) == (2, 2)
    assert isinstance(await there.visit(), Federated)
    assert fetched(there) == (2, 2), "it is not asked again at once"
    there.stage.world.move(hours=1)
    assert isinstance(await there.visit(), ProviderFailed)


async def test_unknown_key_is_looked_for_once_a_minute(there: Abroad) -> None:
    assert isinstance(await there.visit(), Federated)
    there.provider.signer = Signer.rsa("foreign-2")
    assert isinstance(await there.visit(), Federated), "the provider has changed its key"
    assert fetched(there) == (1, 2)
    there.provider.published = [there.provider.signer.public()]
    there.provider.signer = replace(there.provider.signer, id="nobody's")
    for _ in range(3):
        assert isinstance(await there.visit(), ProviderFailed)
    assert fetched(there) == (1, 2), "not within the minute"
    there.stage.world.move(minutes=1)
    for _ in range(3):
        assert isinstance(await there.visit(), ProviderFailed)
    assert fetched(there) == (1, 3)


async def test_documents_are_so_many_at_most(there: Abroad) -> None:
    documents, tools = Documents(most=3), there.stage.tools
    for number in (1, 2, 3, 4, 4, 1):
        path = f"/documents/{number}"
        there.provider.replies[path] = Reply.json({"number": number})
        read = await documents.get(
            tools.outgoing,
            f"{there.provider.base}{path}",
            lambda document: int(document["number"]),
            there.stage.world.now(),
            what="The document",
        )
        assert read == number
    asked = [there.provider.count(f"/documents/{number}") for number in (1, 2, 3, 4)]
    assert asked == [2, 1, 1, 1], "the first made room for the fourth"


async def test_everything_together_takes_no_longer_than_patience(there: Abroad) -> None:
    """Each of the requests might take ten seconds; a journey is held for thirty."""
    tools = there.stage.tools
    there.stage.tools = replace(tools, relying=replace(tools.relying, patience_s=0.2))
    there.provider.replies = {"/token": Reply(manner="drip")}
    began = time.monotonic()
    stopped = await there.visit()
    there.stage.tools = tools
    assert isinstance(stopped, ProviderFailed)
    assert (stopped.code, "in time" in stopped.reason) == ("90289", True)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("places", "named"),
    [
        ({"Gogle": {"metadata": "https://x.example"}}, "Gogle"),
        ({"Google": {"metdata": "https://x.example"}}, "metdata"),
        ({"Google": {"token": "https://x.example"}}, "token"),
        ({"LinkedIn": {"addresses": "https://x.example"}}, "addresses"),
        ({"Google": {"metadata": "x.example"}}, "metadata"),
    ],
    ids=["no such provider", "no such endpoint", "not by OAuth 2.0", "not at LinkedIn", "no URL"],
)
def test_settings_name_what_exists(places: dict[str, dict[str, str]], named: str) -> None:
    with pytest.raises(Misconfigured, match=f"VESTIBULE_PROVIDER_ENDPOINTS: '{named}'"):
        elsewhere(places)
