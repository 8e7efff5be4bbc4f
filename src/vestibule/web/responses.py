"""The few answers a browser gets from us: a page, a way on, the answer to an application.

Never 307: a form with a password in it must not be sent on (security.md 2.1, O18).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import HTMLResponse, Response

from vestibule import errors
from vestibule.errors import Problem
from vestibule.oidc.answer import Answer
from vestibule.oidc.faults import Fault
from vestibule.settings import Settings
from vestibule.texts import DEFAULT_LANGUAGE, Voice
from vestibule.web.exchange import Exchange
from vestibule.web.render import Render
from vestibule.web.security import guard, protect
from vestibule.world import World

_STATUS: Mapping[type[Problem], int] = {
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.NotAllowed: 405,
    errors.NotAcceptable: 406,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}
_BAD_REQUEST = 400
_LOOK_AGAIN_S = 2
_FRAMES_S = 4  # what applications get to hear that somebody has signed out
_NONCE_BYTES = 16


class Responses:
    """Makes answers; one for the process."""

    def __init__(self, settings: Settings, world: World, render: Render) -> None:
        self._settings = settings
        self._world = world
        self._render = render

    def page(
        self,
        exchange: Exchange,
        name: str,
        model: Mapping[str, Any],
        *,
        status: int = 200,
        target: str = "",
        frames: Sequence[str] = (),
    ) -> Response:
        """A page; `target` is where outside one of its forms may end, `frames` what it shows of
        other sites."""
        nonce = self._world.secret(_NONCE_BYTES)
        html = self._render.page(
            name,
            nonce=nonce,
            correlation=exchange.correlation,
            traced=exchange.traced,
            **model,
        )
        response = HTMLResponse(html, status)
        return protect(response, self._settings, nonce=nonce, target=target, frames=frames)

    def fatal(
        self,
        exchange: Exchange,
        voice: Voice,
        *,
        heading: str,
        message: str,
        message_language: str = "",
        code: str = "",
        status: int = _BAD_REQUEST,
        brand: str = "",
        again: str = "",
        remedy: bool = True,
    ) -> Response:
        """What happened, what to do (`heading` is a text id), and the number to quote.

        `message_language` is told where the message does not speak with `voice`; no `remedy`
        where the message is all that there is to say.
        """
        model = {
            "voice": voice,
            "heading": voice.say(heading),
            "message": message,
            "message_language": message_language,
            "code": code,
            "at": exchange.now.strftime("%Y-%m-%d %H:%M:%SZ"),
            "again": again,
            "remedy": remedy,
            "brand": brand or exchange.request.url.netloc,
        }
        return self.page(exchange, "error", model, status=status)

    def problem(
        self,
        exchange: Exchange,
        problem: Problem,
        voice: Voice,
        *,
        heading: str = "page.error.title",
        brand: str = "",
    ) -> Response:
        """A problem as a page. What went wrong is told in English: the maker of the application
        is to read it."""
        return self.fatal(
            exchange,
            voice,
            heading=heading,
            message=problem.message,
            message_language=DEFAULT_LANGUAGE,
            code=problem.code or "",
            status=status(problem),
            brand=brand,
        )

    def working(self, exchange: Exchange, voice: Voice, brand: str) -> Response:
        """Come back in two seconds. A header, because a page that reloads itself by its markup
        cannot be stopped by assistive technology."""
        raw = exchange.request.scope["raw_path"].decode("latin-1").split("?")[0]
        onward = f"{exchange.base}{raw}?{exchange.query_text}"
        model = {"voice": voice, "brand": brand, "onward": onward}
        response = self.page(exchange, "working", model)
        response.headers["refresh"] = str(_LOOK_AGAIN_S)
        return response

    def signed_out(
        self,
        exchange: Exchange,
        voice: Voice,
        brand: str,
        *,
        others: Sequence[str] = (),
        onward: str = "",
    ) -> Response:
        """The end of a session; frames tell the `others`, and then the browser goes `onward`.

        It goes when the frames have loaded, at the latest after a while: by a header, so that
        it does without scripts as well.
        """
        model = {"voice": voice, "brand": brand, "others": others, "onward": onward}
        response = self.page(exchange, "signedout", model, frames=others)
        if onward:
            response.headers["refresh"] = f"{_FRAMES_S}; url={onward}"
        return response

    def onward(self, exchange: Exchange, redirect: Response, voice: Voice, brand: str) -> Response:
        """A redirect as a page that leads there by itself, with what was to be set on the way.

        By a header, so that it does without scripts; the link is for browsers that ask first.
        """
        target = redirect.headers["location"]
        page = self.page(exchange, "onward", {"voice": voice, "brand": brand, "onward": target})
        page.headers["refresh"] = f"0; url={target}"
        page.raw_headers.extend(pair for pair in redirect.raw_headers if pair[0] == b"set-cookie")
        return page

    def to(self, location: str, *, status: int = 302) -> Response:
        """A redirect; 303 after a form."""
        return guard(Response(status_code=status, headers={"location": location}), self._settings)

    def answer(self, exchange: Exchange, answer: Answer, voice: Voice, brand: str) -> Response:
        """The answer to an application, in the response mode that it asked for."""
        if answer.mode != "form_post":
            return self.to(answer.location())
        model = {
            "voice": voice,
            "uri": answer.uri,
            "parameters": answer.parameters,
            "brand": brand,
        }
        return self.page(exchange, "formpost", model, target=answer.uri)

    def refused(self, exchange: Exchange, fault: Fault, voice: Voice, brand: str) -> Response:
        """A request that was not in order: the application is told, or else the person."""
        if fault.answer is not None:
            return self.answer(exchange, fault.answer, voice, brand)
        heading = "page.error.title.request"
        return self.problem(exchange, fault, voice, heading=heading, brand=brand)


def status(problem: Problem) -> int:
    """The HTTP status that tells of a problem."""
    kinds = (_STATUS[kind] for kind in type(problem).__mro__ if kind in _STATUS)
    return problem.status or next(kinds, _BAD_REQUEST)
