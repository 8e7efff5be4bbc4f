"""Documents are kept as long as the configuration that they tell of, and no longer."""

from __future__ import annotations

from dataclasses import replace

from oidc.contoso import contoso
from vestibule.tenancy import Tenant
from vestibule.web.kept import Kept


def told(kept: Kept, tenant: Tenant, place: str = "here") -> bytes:
    return kept.of(tenant, place, lambda: {"name": tenant.display_name, "at": place})


def test_a_document_is_made_once_for_a_snapshot() -> None:
    kept, tenant = Kept(), contoso()
    assert told(kept, tenant) is told(kept, tenant)


def test_a_changed_tenant_is_told_of_at_once_and_places_apart() -> None:
    kept, tenant = Kept(), contoso()
    told(kept, tenant)
    renamed = replace(tenant, display_name="Fabrikam")
    assert told(kept, renamed) == b'{"name":"Fabrikam","at":"here"}'
    assert told(kept, renamed, "there") == b'{"name":"Fabrikam","at":"there"}'


def test_addresses_without_end_are_not_kept_without_end() -> None:
    kept, tenant = Kept(), contoso()
    first = told(kept, tenant)
    for number in range(300):
        told(kept, tenant, str(number))
    assert told(kept, tenant) == first
    assert told(kept, tenant) is not first
