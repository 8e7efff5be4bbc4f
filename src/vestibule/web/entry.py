"""What the handlers of pages begin with: which flow, which parameters, whose voice.

Source: runtime.md 1.1, 2 (GET and POST alike).
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.errors import NotAllowed
from vestibule.oidc.place import Place
from vestibule.oidc.tenants import Tenants, locate, own_flow
from vestibule.tenancy import Flow, Tenant
from vestibule.texts import Voice
from vestibule.texts.localized import ERRORS
from vestibule.web import language, security, views
from vestibule.web.exchange import Exchange


async def located(place: Place, tenants: Tenants, client: str = "") -> tuple[Tenant, Flow]:
    """The tenant and the flow that a page belongs to; at the tenant's own authority that follows
    from the application. Raises NotFound."""
    tenant, flow = await locate(place, tenants)
    return tenant, flow or own_flow(tenant, client)


def stand(
    exchange: Exchange,
    place: Place,
    tenant: Tenant,
    flow: Flow,
    journey: str,
    visitor: security.Visitor,
    client: str,
) -> views.Stand:
    """Where a page of this journey stands."""
    return views.Stand(
        base=exchange.base,
        place=place,
        tenant=tenant,
        flow=flow,
        journey=journey,
        csrf=visitor.csrf,
        browser=visitor.name,
        client=client,
        view=exchange.correlation,
        language=language.chosen(flow, exchange.accept_language),
    )


def allow(exchange: Exchange, *methods: str) -> None:
    """Raises NotAllowed for another method."""
    if exchange.method not in methods:
        raise NotAllowed(f"Use {' or '.join(methods)} here.")


def parameters(exchange: Exchange) -> dict[str, str]:
    """Of the query, or of the body when the request has one."""
    allow(exchange, "GET", "POST")
    return exchange.form() if exchange.body else exchange.query()


def voice(exchange: Exchange, flow: Flow, asked: Mapping[str, str]) -> Voice:
    """How pages speak that answer a request of the application."""
    tag = language.chosen(flow, exchange.accept_language, asked.get("ui_locales", ""))
    return Voice(tag, flow.written(tag, ERRORS))
