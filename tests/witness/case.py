"""One operation on trial: what a proof may do, and the verdict on it.

A proof arranges, performs the operation with `act` and reads the effect back with other requests;
the verdict goes by what the recorder saw, not by what the proof says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from traceback import extract_tb
from typing import Any, Protocol
from uuid import uuid4

import httpx2

from resources.shape import refused
from witness.operations import BY_QUERY, Operation, State
from witness.recorder import Recorder, Seen
from witness.watch import Watch

BETA_ONLY = (
    "/identity/b2cUserFlows",
    "/identity/userFlows",
    "/identity/events",
    "/identity/signInIdentifiers",
    "/trustFramework",
)


@dataclass(frozen=True, slots=True)
class Place:
    """A tenant of a running server, whose administrator `client` is."""

    base: str  # https://host:port
    client: httpx2.Client
    recorder: Recorder
    watch: Watch
    tenant: str
    domain: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that performs an operation: its keys, its query and what httpx2 is told."""

    keys: tuple[str, ...]
    query: str
    options: Mapping[str, Any]


class Bystander(Protocol):
    """Sees every performance of an operation, in the state that the proof has arranged."""

    def before(self, case: Case, sent: Sent) -> None: ...

    def after(self, case: Case, sent: Sent, answer: httpx2.Response) -> None: ...


@dataclass(slots=True)
class Case:
    """`made` says of every id in which collection it was made."""

    operation: Operation
    place: Place
    bystander: Bystander | None = None
    made: dict[str, str] = field(default_factory=dict)
    _undo: list[str] = field(default_factory=list)

    @property
    def version(self) -> str:
        return self.operation.version

    def elsewhere(self, path: str) -> str:
        """The other version, where it has the path: both stand over one store."""
        if path.startswith(BETA_ONLY) or "preTokenIssuance" in path:
            return "beta"
        return "v1.0" if self.version == "beta" else "beta"

    def unique(self, stem: str = "w") -> str:
        return f"{stem}{uuid4().hex[:10]}"

    # ----------------------------------------------------------------- the operation

    def act(self, *keys: str, query: str = "", **options: Any) -> httpx2.Response:
        """Perform the operation; its status is one that the table names."""
        operation = self.operation
        address = operation.address(*keys) + query
        sent = Sent(keys, query, options)
        if self.bystander is not None:
            self.bystander.before(self, sent)
        still = self.place.watch.unchanged() if operation.refused else nullcontext()
        with still:
            answer = self.place.client.request(operation.method, address, **options)
        said = f"{operation.method} {address} -> {answer.status_code} {answer.text[:300]}"
        assert answer.status_code in operation.statuses, said
        if operation.refused:
            refused(answer)
        elif answer.status_code == 204:
            assert not answer.content, said
        if self.bystander is not None:
            self.bystander.after(self, sent, answer)
        return answer

    def by_query(self, *keys: str, of: str) -> httpx2.Response:
        """Perform an operation of the form $ref?@id={url}."""
        assert self.operation.path.endswith(BY_QUERY)
        return self.act(*keys, query=str(httpx2.URL("", params={"@id": of})))

    # ----------------------------------------------------------------- around it

    def reference(self, path: str) -> str:
        """What names an entity in a reference: absolute or relative."""
        if self.operation.variant:
            return f"https://graph.microsoft.com/{self.version}{path}"
        return path.removeprefix("/")

    def make(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create something that is removed again after the proof."""
        address = f"/{'beta' if path.startswith(BETA_ONLY) else self.version}{path}"
        answer = self.place.client.post(address, json=body)
        if answer.status_code == 409 and "id" not in body:  # a type of which there is one
            kind = body.get("identityProviderType") or body.get("type")
            self.place.client.delete(f"{address}/{kind}-OAUTH")
            answer = self.place.client.post(address, json=body)
        assert answer.status_code == 201, f"POST {address} -> {answer.text[:300]}"
        made: dict[str, Any] = answer.json()
        self.undo(f"{address}/{made['id']}")
        self.note(path, made)
        return made

    def note(self, path: str, made: Mapping[str, Any]) -> None:
        """Remember in which collection this was made, by each of its keys."""
        self.made[made["id"]] = path
        if "appId" in made:
            self.made[made["appId"]] = f"{path}#appId"

    def undo(self, address: str) -> None:
        """Delete this when the proof is over."""
        self._undo.append(address)

    def send(self, method: str, path: str, body: Any = None, *, version: str = "") -> Any:
        """An arrangement that is no create; the JSON of its answer, if it has one."""
        address = f"/{version or self.version}{path}"
        answer = self.place.client.request(method, address, json=body)
        assert answer.is_success, f"{method} {address} -> {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None

    def get(self, path: str, *, version: str = "") -> Any:
        """What another request reads: JSON, in the other version where it has the path."""
        address = f"/{version or self.elsewhere(path)}{path}"
        answer = self.place.client.get(address)
        assert answer.status_code == 200, f"GET {address} -> {answer.text[:300]}"
        return answer.json()

    def members(self, path: str, *, version: str = "") -> list[dict[str, Any]]:
        """The whole of a collection."""
        found: list[dict[str, Any]] = self.get(path, version=version)["value"]
        return found

    def missing(self, path: str, *, version: str = "") -> None:
        """Another request does not find it."""
        answer = self.place.client.get(f"/{version or self.elsewhere(path)}{path}")
        assert answer.status_code == 404, f"GET {path} -> {answer.status_code}"

    def tidy(self) -> None:
        """Remove what was made, newest first."""
        for address in reversed(self._undo):
            self.place.client.delete(address)


Proof = Callable[[Case], None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an operation is, and for "not served" what went wrong."""

    state: State
    problem: str = ""


def tried(
    operation: Operation,
    place: Place,
    proof: Proof | None,
    *,
    bystander: Bystander | None = None,
) -> Verdict:
    """Put one operation on trial."""
    if proof is None:
        return Verdict("not served", "nothing proves it")
    case = Case(operation, place, bystander)
    place.recorder.seen.clear()
    try:
        proof(case)
    except (AssertionError, LookupError, TypeError, ValueError) as error:
        return Verdict("not served", _told(error))
    else:
        problem = _unseen(operation, list(place.recorder.seen))
        return Verdict("not served", problem) if problem else Verdict(operation.expected)
    finally:
        case.tidy()


def _told(error: Exception) -> str:
    """One line about what a proof met, and where in the proof."""
    frames = [frame for frame in extract_tb(error.__traceback__) if "/witness/" in frame.filename]
    at = next(frame for frame in reversed(frames) if not frame.filename.endswith("/case.py"))
    said = " ".join(str(error).split())
    return f"{Path(at.filename).stem}:{at.lineno} {at.line}: {type(error).__name__} {said}"


def _unseen(operation: Operation, seen: Sequence[Seen]) -> str:
    """What the recorder misses; "" when it saw the operation and the reading back."""
    acts = [
        at
        for at, one in enumerate(seen)
        if one.is_of(operation) and one.status in _statuses(operation)
    ]
    if not acts:
        return "the recorder did not see the operation with its code"
    after = seen if operation.method == "GET" else seen[acts[-1] + 1 :]
    others = [
        one
        for one in after
        if not one.is_of(operation)
        and (one.method == "GET" or operation.method == "GET")
        and (one.status == 404 or 200 <= one.status < 300)
    ]
    if not others and not operation.later:
        return "nothing read the effect back"
    return ""


def _statuses(operation: Operation) -> frozenset[int]:
    return frozenset({400}) if operation.later else operation.statuses
