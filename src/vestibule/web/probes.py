"""For machines that watch: alive, ready, metrics. They answer on any host name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import PlainTextResponse, Response

from vestibule.errors import Problem
from vestibule.web.exchange import Exchange


class Probes:
    """`check` raises Problem while the store cannot be used."""

    def __init__(self, check: Callable[[datetime], Awaitable[None]]) -> None:
        self._check = check
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "vestibule_requests",
            "Requests answered, by face and status class.",
            ("face", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "vestibule_request_seconds",
            "Time from the first byte of a request to its answer.",
            ("face",),
            registry=self._registry,
        )
        self._known: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def seen(self, face: str, status: int, seconds: float) -> None:
        """Count one request."""
        key = (face, status // 100)
        pair = self._known.get(key)
        if pair is None:
            counter = self._requests.labels(face, f"{status // 100}xx")
            pair = self._known[key] = (counter, self._seconds.labels(face))
        pair[0].inc()
        pair[1].observe(seconds)

    async def alive(self, _exchange: Exchange) -> Response:
        """The process answers."""
        return PlainTextResponse("ok")

    async def ready(self, exchange: Exchange) -> Response:
        """The process can do its work."""
        try:
            await self._check(exchange.now)
        except Problem as problem:
            return PlainTextResponse(problem.message, status_code=503)
        return PlainTextResponse("ready")

    async def metrics(self, _exchange: Exchange) -> Response:
        """Prometheus's text format."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)
