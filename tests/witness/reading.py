"""What all collections have in common: list, count, one member, references."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from witness.case import Case, Proof

Arrange = Callable[[Case], tuple[str, ...]]
"""Makes a member; the keys of its path, its own last."""


def bare(entity: Mapping[str, Any]) -> dict[str, Any]:
    """An entity without what says where it was read."""
    return {name: value for name, value in entity.items() if name != "@odata.context"}


def filled(template: str, keys: tuple[str, ...]) -> str:
    """A template with as many keys as it takes."""
    for key in keys:
        if "{id}" not in template:
            break
        template = template.replace("{id}", key, 1)
    return template


def collection(path: str, arrange: Arrange, *, key: str = "id") -> dict[str, Proof]:
    """GET of a collection, of its $count and of one member."""

    def listed(case: Case) -> None:
        *above, id = arrange(case)
        answer = case.act(*above).json()
        assert answer["@odata.context"].startswith(f"{case.place.base}/{case.version}/$")
        [found] = [one for one in answer["value"] if one[key] == id]
        read = case.get(f"{filled(path, tuple(above))}/{id}", version=case.version)
        assert found == bare(read)

    def counted(case: Case) -> None:
        *above, _ = arrange(case)
        answer = case.act(*above, headers={"accept": "text/plain;q=0.9"})
        assert answer.headers["content-type"].startswith("text/plain")
        whole = case.members(filled(path, tuple(above)), version=case.version)
        assert int(answer.text) == len(whole) > 0

    def found(case: Case) -> None:
        *above, id = arrange(case)
        answer = case.act(*above, id).json()
        assert answer[key] == id
        assert "value" not in answer
        listed = case.members(filled(path, tuple(above)), version=case.version)
        assert bare(answer) in listed

    return {
        f"GET {path}": listed,
        f"GET {path}/$count": counted,
        f"GET {path}/{{id}}": found,
    }


def names(reference: str, id: str) -> bool:
    """Whether an @odata.id leads to this id, in either form of keys."""
    return reference.endswith((f"/{id}", f"('{id}')"))


def references(path: str, target: str, arrange: Arrange) -> dict[str, Proof]:
    """GET, POST and DELETE of the $ref of a navigation; `target`: where linked entities live."""

    def listed(case: Case) -> None:
        *above, id = arrange(case)
        answer = case.act(*above).json()
        assert answer["@odata.context"].endswith("#Collection($ref)")
        assert [names(one["@odata.id"], id) for one in answer["value"]].count(True) == 1
        assert id in ids(case, tuple(above))

    def linked(case: Case) -> None:
        *above, id = arrange(case)
        case.send("DELETE", f"{filled(path, tuple(above))}/{id}/$ref")
        assert id not in ids(case, tuple(above))
        body = {"@odata.id": case.reference(f"{target}/{id}")}
        case.act(*above, json=body)
        assert id in ids(case, tuple(above))
        case.act(*above, json=body)  # once more is the same
        assert ids(case, tuple(above)).count(id) == 1

    def unlinked(case: Case) -> None:
        *above, id = arrange(case)
        case.act(*above, id)
        assert id not in ids(case, tuple(above))
        assert case.get(f"{target}/{id}")["id"] == id

    def unlinked_by_query(case: Case) -> None:
        *above, id = arrange(case)
        case.by_query(*above, of=case.reference(f"{target}/{id}"))
        assert id not in ids(case, tuple(above))
        assert case.get(f"{target}/{id}")["id"] == id

    def patched(case: Case) -> None:
        *above, id = arrange(case)
        before = ids(case, tuple(above))
        case.act(*above, json={"@odata.id": case.reference(f"{target}/{id}")})
        assert ids(case, tuple(above)) == before

    def ids(case: Case, above: tuple[str, ...]) -> list[str]:
        return [one["id"] for one in case.members(filled(path, above))]

    return {
        f"GET {path}/$ref": listed,
        f"POST {path}/$ref": linked,
        f"PATCH {path}/$ref": patched,
        f"DELETE {path}/{{id}}/$ref": unlinked,
        f"DELETE {path}/$ref?@id={{url}}": unlinked_by_query,
    }
