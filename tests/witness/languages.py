"""Languages of a flow, their default pages and what overrides them. Source: graph-surface 11.6."""

from __future__ import annotations

from typing import Any

import httpx2

from witness.case import Case, Proof
from witness.reading import bare, collection
from witness.things import flow, flows, spoken

CUSTOM = "es-ES"
KEYS = {"ElementType", "ElementId", "StringId", "Override", "Value"}


def _path(case: Case, above: str) -> str:
    return f"{flows(case)}/{above}/languages"


def _arranged(case: Case) -> tuple[str, ...]:
    return spoken(case), "de"


def created(case: Case) -> None:
    above = spoken(case)
    made = case.act(above, json={"id": CUSTOM, "isEnabled": True}).json()
    assert (made["id"], made["isEnabled"]) == (CUSTOM, True)
    assert bare(case.get(f"{_path(case, above)}/{CUSTOM}")) == bare(made)


def put(case: Case) -> None:
    above = spoken(case)
    first = case.act(above, CUSTOM, json={"id": CUSTOM})
    assert first.status_code == 201  # C24
    made = first.json()
    assert (made["id"], made["isEnabled"]) == (CUSTOM, True)
    assert bare(case.get(f"{_path(case, above)}/{CUSTOM}")) == bare(made)
    second = case.act(above, CUSTOM, json={"isEnabled": False})
    assert second.status_code == 204
    assert case.get(f"{_path(case, above)}/{CUSTOM}")["isEnabled"] is False


def changed(case: Case) -> None:
    above, tag = _arranged(case)
    before = case.get(f"{_path(case, above)}/{tag}")["isEnabled"]
    case.act(above, tag, json={"isEnabled": not before})
    assert case.get(f"{_path(case, above)}/{tag}")["isEnabled"] is not before
    enabled = case.members(f"{_path(case, above)}?$filter=isEnabled eq {str(before).lower()}")
    assert tag not in [one["id"] for one in enabled]


def deleted(case: Case) -> None:
    above = spoken(case)
    case.send("PUT", f"{_path(case, above)}/{CUSTOM}", {"isEnabled": True})
    case.act(above, CUSTOM)
    case.missing(f"{_path(case, above)}/{CUSTOM}")


def refused(case: Case) -> None:
    """Flows between organisations have the built-in languages and no others."""
    above = flow(case)
    before = case.members(_path(case, above))
    case.act(above, *_key(case, CUSTOM), **_body(case, {"id": CUSTOM, "isEnabled": True}))
    assert case.members(_path(case, above)) == before


def _key(case: Case, key: str) -> tuple[str, ...]:
    return (key,) if case.operation.path.endswith("{id}") else ()


def _body(case: Case, body: Any) -> dict[str, Any]:
    return {} if case.operation.method == "DELETE" else {"json": body}


# --------------------------------------------------------------------------- pages


def _pages(case: Case) -> str:
    """Either defaultPages or overridesPages."""
    return case.operation.path.split("/")[6]


def _page(case: Case) -> tuple[str, ...]:
    above, tag = _arranged(case)
    found = case.members(f"{_path(case, above)}/{tag}/{_pages(case)}")
    return above, tag, str(found[0]["id"])


def _strings(case: Case, *keys: str, pages: str = "overridesPages") -> list[dict[str, Any]]:
    above, tag, page = keys
    path = f"{_path(case, above)}/{tag}/{pages}/{page}/$value"
    address = f"/{case.elsewhere(path)}{path}"
    answer = case.place.client.get(address)  # the recorder has a template for it
    assert answer.status_code == 200, answer.text
    return _read(answer)


def _read(answer: httpx2.Response) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.json()["LocalizedStrings"]
    assert found
    assert all(set(one) == KEYS for one in found)
    return found


def content_read(case: Case) -> None:
    keys = _page(case)
    other = "defaultPages" if _pages(case) == "overridesPages" else "overridesPages"
    accept = {"accept": "application/octet-stream, application/json"}  # as the SDKs do
    strings = _read(case.act(*keys, headers=accept))
    assert not any(one["Override"] for one in strings)
    assert strings == _strings(case, *keys, pages=other)


def _override(case: Case, *keys: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A body that overrides one string, and the string."""
    one = {**_strings(case, *keys)[0], "Value": "Grüß Gott", "Override": True}
    return {"LocalizedStrings": [one]}, one


def content_put(case: Case) -> None:
    keys = _page(case)
    body, one = _override(case, *keys)
    type = "application/json" if case.operation.variant else "application/octet-stream"
    raw = httpx2.Request("PUT", "https://x.example", json=body).content
    case.act(*keys, content=raw, headers={"content-type": type})
    strings = _strings(case, *keys)
    assert one in strings
    assert sum(found["Override"] for found in strings) == 1
    assert not any(found["Override"] for found in _strings(case, *keys, pages="defaultPages"))


def content_deleted(case: Case) -> None:
    keys = _page(case)
    before = _strings(case, *keys)
    body, one = _override(case, *keys)
    path = f"{_path(case, keys[0])}/{keys[1]}/overridesPages/{keys[2]}/$value"
    case.send("PUT", path, body)
    assert one in _strings(case, *keys)
    case.act(*keys)
    assert _strings(case, *keys) == before


def page_refused(case: Case) -> None:
    """Pages come with the product: none is made, none removed, no default changed."""
    keys = _page(case)
    path = f"{_path(case, keys[0])}/{keys[1]}/{_pages(case)}"
    before, strings = case.members(path), _strings(case, *keys, pages=_pages(case))
    given = keys if "{id}" in case.operation.path.split("/", 7)[-1] else keys[:-1]
    body = {"LocalizedStrings": strings[:1]} if "$value" in case.operation.path else {"id": "x"}
    case.act(*given, **_body(case, body))
    assert case.members(path) == before
    assert _strings(case, *keys, pages=_pages(case)) == strings


def pages(flows: str, name: str) -> dict[str, Proof]:
    """What defaultPages or overridesPages answer; most of it is a refusal."""
    path = f"{flows}/{{id}}/languages/{{id}}/{name}"
    written = name == "overridesPages"
    return {
        **collection(path, _page),
        f"POST {path}": page_refused,
        f"PATCH {path}/{{id}}": page_refused,
        f"DELETE {path}/{{id}}": page_refused,
        f"GET {path}/{{id}}/$value": content_read,
        f"PUT {path}/{{id}}/$value": content_put if written else page_refused,
        f"DELETE {path}/{{id}}/$value": content_deleted if written else page_refused,
    }


def languages(flows: str) -> dict[str, Proof]:
    """What the languages of a kind of flows answer."""
    path = f"{flows}/{{id}}/languages"
    own = flows.endswith("b2cUserFlows")
    return {
        **collection(path, _arranged),
        f"POST {path}": created if own else refused,
        f"PUT {path}/{{id}}": put if own else refused,
        f"PATCH {path}/{{id}}": changed,
        f"DELETE {path}/{{id}}": deleted if own else refused,
        **pages(flows, "defaultPages"),
        **pages(flows, "overridesPages"),
    }


PROOFS: dict[str, Proof] = {
    **languages("/identity/b2cUserFlows"),
    **languages("/identity/b2xUserFlows"),
}
