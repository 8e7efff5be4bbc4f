"""Answers that are not a step's page: still working, and what went wrong."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from stage import FrozenWorld
from vestibule import errors
from vestibule.errors import Problem
from vestibule.oidc.faults import Fault
from vestibule.texts import Voice
from vestibule.web.exchange import Exchange
from vestibule.web.render import Render
from vestibule.web.responses import Responses, status
from web import gallery


def exchange(path: str, query: str) -> Exchange:
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"login.example")],
    }
    world = FrozenWorld()
    return Exchange(
        Request(scope),
        "GET",
        gallery.BASE,
        tuple(path.split("/")[1:]),
        query,
        b"",
        gallery.CORRELATION,
        world.now(),
        "192.0.2.1",
    )


def responses() -> Responses:
    settings = gallery.settings()
    return Responses(settings, FrozenWorld(), Render(settings))


def test_a_page_that_waits_looks_again_by_itself_and_offers_to_look_now() -> None:
    answer = responses().working(
        exchange("/t/f/api/SelfAsserted/confirmed", "tx=1&p=2"), Voice(), "Contoso"
    )
    assert answer.headers["refresh"] == "2"
    again = f'href="{gallery.BASE}/t/f/api/SelfAsserted/confirmed?tx=1&amp;p=2"'
    assert again in bytes(answer.body).decode()


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (errors.Invalid("x"), 400),
        (errors.Forbidden("x"), 403),
        (errors.NotFound("x"), 404),
        (errors.TooLarge("x"), 413),
        (errors.Unavailable("x"), 503),
        (errors.Unavailable("x", status=500), 500),
        (Fault("90008"), 400),
        (Fault("AADSTS90002", tenant="x"), 404),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Problem) else str(value),
)
def test_a_problem_has_the_status_that_tells_of_it(problem: Problem, code: int) -> None:
    assert status(problem) == code


def test_what_went_wrong_is_told_without_markup_from_outside() -> None:
    problem = errors.Invalid("<img src=x>", code="AADB2C90083")
    answer = responses().problem(exchange("/t/f", ""), problem, Voice())
    text = bytes(answer.body).decode()
    assert "<img src=x>" not in text
    assert "AADB2C90083" in text
    assert gallery.CORRELATION in text
