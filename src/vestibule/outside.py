"""How the server stands to what is outside: what the settings say, as the values that act.

Part of the composition root.
"""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

from vestibule.errors import Misconfigured
from vestibule.journey.tenant_plan import ENTRA, MICROSOFT, Abroad
from vestibule.perform.egress import Egress
from vestibule.perform.http import Outgoing
from vestibule.perform.providers.arrivals import IDP_ACCESS_TOKEN
from vestibule.perform.providers.relying import Own, Relying, elsewhere
from vestibule.perform.resolver import Resolve
from vestibule.settings import Settings
from vestibule.vault import Vault


def abroad(settings: Settings) -> Abroad:
    clients = {ENTRA: settings.entra_client_id, MICROSOFT: settings.microsoft_client_id}
    return Abroad(
        clients=frozenset(provider for provider, client in clients.items() if client),
        entra_domains=frozenset(domain.casefold() for domain in settings.entra_domains),
    )


def relying(settings: Settings) -> Relying:
    """Raises Misconfigured for endpoints of a provider that is not built in."""
    clients = {
        "AADSignup": Own(settings.entra_client_id, settings.entra_client_secret.get_secret_value()),
        "MicrosoftAccount": Own(
            settings.microsoft_client_id, settings.microsoft_client_secret.get_secret_value()
        ),
    }
    return Relying(
        rows=elsewhere(settings.provider_endpoints),
        clients={type: client for type, client in clients.items() if client.id},
    )


def trust(settings: Settings) -> ssl.SSLContext:
    """Whom we believe to be the servers that we call. Raises Misconfigured when the certificate
    authorities cannot be read."""
    trust = ssl.create_default_context()
    if settings.egress_ca is not None:
        try:
            trust.load_verify_locations(settings.egress_ca)
        except OSError as error:  # ssl.SSLError is one
            raise Misconfigured(f"VESTIBULE_EGRESS_CA {settings.egress_ca}: {error}") from error
    return trust


def outgoing(settings: Settings, resolve: Resolve | None) -> Outgoing:
    """A development server may call itself, wherever it is: it is a provider of its own.

    Raises Misconfigured also when something listed is no host.
    """
    itself = urlsplit(settings.public_url).hostname if settings.development else None
    listed = (*settings.egress_allow, *([itself] if itself else ()))
    try:
        egress = Egress.of(listed, loopback=settings.egress_loopback)
    except ValueError as error:
        raise Misconfigured(
            f"VESTIBULE_EGRESS_ALLOW {error}: name hosts (api.contoso.example), addresses, or "
            "networks that begin at their first address (10.1.0.0/16)."
        ) from error
    return Outgoing(egress, trust(settings), resolve=resolve)


def revealed(vault: Vault, tenant: str, sealed: str) -> str:
    """A provider's token; "" when the key that sealed it is no longer ours."""
    try:
        return vault.open(sealed, IDP_ACCESS_TOKEN, tenant)
    except (Misconfigured, ValueError):
        return ""
