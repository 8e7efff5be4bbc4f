"""A stand-in identity provider: a real HTTPS server on loopback that can be told to misbehave.

It speaks OpenID Connect and OAuth 2.0 with user info, so that it can stand in for any provider.
`Foreign` is changed from the test's thread while the server answers from its own.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import tempfile
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256, sha512
from html import escape
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from vestibule.vault import issue, make_authority

ADA: Mapping[str, Any] = {
    "sub": "ada-at-fabrikam",
    "name": "Ada Lovelace",
    "given_name": "Ada",
    "family_name": "Lovelace",
    "email": "ada@fabrikam.example",
    "email_verified": True,
}
"""Whom the provider knows, by claims."""

Manner = Literal["", "hang", "drip", "close"]


@dataclass(frozen=True, slots=True)
class Reply:
    """`manner`: how it is sent. A drip never ends; a close comes in the middle of the body."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: Manner = ""

    @classmethod
    def json(cls, value: Any, status: int = 200) -> Reply:
        return cls(status, json.dumps(value).encode())


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that came in. `form` are the fields of its body, or of its query."""

    method: str
    path: str
    headers: Mapping[str, str]
    form: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Signer:
    """A key pair. `id` and `algorithm` are what the header says."""

    key: RSAKey | ECKey | OKPKey
    id: str
    algorithm: str

    @classmethod
    def rsa(cls, id: str = "foreign-1", algorithm: str = "RS256") -> Signer:
        return cls(RSAKey.generate_key(2048), id, algorithm)

    @classmethod
    def ec(cls, id: str = "foreign-ec") -> Signer:
        return cls(ECKey.generate_key("P-256"), id, "ES256")

    @classmethod
    def ed(cls, id: str = "foreign-ed") -> Signer:
        return cls(OKPKey.generate_key("Ed25519"), id, "Ed25519")

    def half_hash(self, token: str) -> str:
        """at_hash, as OpenID Connect Core 3.1.3.6 has it."""
        whole = (sha512 if self.algorithm in ("RS512", "Ed25519") else sha256)(token.encode())
        half = whole.digest()[: whole.digest_size // 2]
        return urlsafe_b64encode(half).rstrip(b"=").decode()

    def public(self) -> dict[str, Any]:
        return {**self.key.as_dict(private=False), "kid": self.id, "use": "sig"}

    def sign(self, claims: Mapping[str, Any], **header: Any) -> str:
        """Members of the header may be added, changed, or taken away by None."""
        whole = {"alg": self.algorithm, "kid": self.id, "typ": "JWT", **header}
        kept = {name: value for name, value in whole.items() if value is not None}
        registry = jws.JWSRegistry(algorithms=[self.algorithm], strict_check_header=False)
        return jws.serialize_compact(kept, json.dumps(claims).encode(), self.key, registry=registry)


@dataclass(slots=True)
class Foreign:
    """`base` is also the issuer. What is told about people and tokens is `person`, with
    `token_changes` in the id token and `info_changes` in the user info; a change to None takes a
    claim away. `metadata_changes` likewise. `replies` stand in for endpoints, by path. `denies`:
    people decline. `now` is the clock of its tokens.
    """

    base: str
    certificate: str
    signer: Signer = field(default_factory=Signer.rsa)
    published: list[dict[str, Any]] = field(default_factory=list)
    client: tuple[str, str] = ("vestibule", "fabrikam's secret")
    person: Mapping[str, Any] = field(default_factory=lambda: ADA)
    now: Callable[[], float] = time.time
    token_changes: Mapping[str, Any] = field(default_factory=dict)
    info_changes: Mapping[str, Any] = field(default_factory=dict)
    metadata_changes: Mapping[str, Any] = field(default_factory=dict)
    answer_changes: Mapping[str, Any] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    make_token: Callable[[dict[str, Any]], str] | None = None
    denies: bool = False
    asked: list[Asked] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    first: Signer = field(init=False)  # the signer to which it comes back

    def __post_init__(self) -> None:
        self.first = self.signer

    def trust(self) -> ssl.SSLContext:
        """What a client needs in order to believe the server."""
        return ssl.create_default_context(cadata=self.certificate)

    def reform(self) -> None:
        """Behave, and forget what was asked."""
        fresh = Foreign(self.base, self.certificate, signer=self.first)
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(fresh, name))

    def count(self, path: str) -> int:
        return sum(one.path == path for one in self.asked)

    # ------------------------------------------------------------------ what it publishes

    def metadata(self) -> dict[str, Any]:
        return _changed(
            {
                "issuer": self.base,
                "authorization_endpoint": f"{self.base}/authorize",
                "token_endpoint": f"{self.base}/token",
                "userinfo_endpoint": f"{self.base}/userinfo",
                "jwks_uri": f"{self.base}/keys",
                "end_session_endpoint": f"{self.base}/logout",
                "id_token_signing_alg_values_supported": [self.signer.algorithm],
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                "authorization_response_iss_parameter_supported": True,
            },
            self.metadata_changes,
        )

    def keys(self) -> dict[str, Any]:
        return {"keys": self.published or [self.signer.public()]}

    # ------------------------------------------------------------------ what it tells

    def answer(self, address: str) -> dict[str, str]:
        """What the browser brings back that went to this address."""
        asked = dict(parse_qsl(urlsplit(address).query))
        common = {"state": asked["state"], "iss": self.base}
        if self.denies:
            told = {**common, "error": "access_denied", "error_description": "Ada declined"}
        elif asked["response_type"] == "id_token":
            told = {**common, "id_token": self.id_token(asked["client_id"], asked["nonce"])}
        else:
            code = f"code-{len(self.codes) + 1}-of-{id(self)}"
            self.codes[code] = asked
            told = {**common, "code": code}
        return _changed(told, self.answer_changes)

    def id_token(self, client_id: str, nonce: str = "", **more: Any) -> str:
        at = int(self.now())
        claims = _changed(
            {
                "iss": self.base,
                "aud": client_id,
                "iat": at,
                "exp": at + 300,
                "nonce": nonce,
                **self.person,
                **more,
            },
            self.token_changes,
        )
        return self.make_token(claims) if self.make_token else self.signer.sign(claims)

    # ------------------------------------------------------------------ how it answers

    def reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        if asked.path in self.replies:
            return self.replies[asked.path]
        match asked.path:
            case "/.well-known/openid-configuration":
                return Reply.json(self.metadata())
            case "/keys":
                return Reply.json(self.keys())
            case "/authorize":
                return self._authorized(asked)
            case "/token":
                return self._redeemed(asked)
            case "/userinfo":
                return Reply.json(_changed(dict(self.person), self.info_changes))
            case "/logout":
                there = asked.form.get("post_logout_redirect_uri", "")
                return Reply(302, b"", {"Location": there}) if there else Reply(body=b"Signed out")
        return Reply(404, b"{}")

    def _authorized(self, asked: Asked) -> Reply:
        told = self.answer(f"{self.base}/authorize?{urlencode(asked.form)}")
        there = asked.form["redirect_uri"]
        if asked.form.get("response_mode") == "form_post":
            return Reply(body=_form(there, told), headers={"Content-Type": "text/html"})
        return Reply(302, b"", {"Location": f"{there}?{urlencode(told)}"})

    def _redeemed(self, asked: Asked) -> Reply:
        form = asked.form
        if not self._knows(asked):
            return Reply.json({"error": "invalid_client"}, 401)
        left = self.codes.pop(form.get("code", ""), None)
        if left is None or left["redirect_uri"] != form.get("redirect_uri"):
            return Reply.json({"error": "invalid_grant"}, 400)
        challenge = left.get("code_challenge", "")
        if challenge and challenge != _s256(form.get("code_verifier", "")):
            return Reply.json({"error": "invalid_grant"}, 400)
        tokens = {"access_token": f"access-{form['code']}", "token_type": "Bearer"}
        if "openid" in left.get("scope", "").split() or "nonce" in left:
            half = self.signer.half_hash(tokens["access_token"])
            nonce = left.get("nonce", "")
            tokens["id_token"] = self.id_token(left["client_id"], nonce, at_hash=half)
        return Reply.json(tokens)

    def _knows(self, asked: Asked) -> bool:
        """Our secret, posted or by Basic; a signed assertion is for the test to look at."""
        if "client_assertion" in asked.form:
            return True
        if not self.client[1] and asked.form.get("client_secret", "").startswith("ey"):
            return True  # a secret that is signed, as Apple wants it
        scheme, _, pair = asked.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            id, _, secret = b64decode(pair).decode().partition(":")
            return (unquote_plus(id), unquote_plus(secret)) == self.client
        return (asked.form.get("client_id"), asked.form.get("client_secret")) == self.client


def _changed(values: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**values, **changes}.items() if value is not None}


def _s256(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _form(there: str, fields: Mapping[str, str]) -> bytes:
    inputs = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )
    page = (
        f'<!doctype html><title>Fabrikam</title><form method="post" action="{escape(there)}">'
        f"{inputs}<button>Go on</button></form><script>document.forms[0].submit()</script>"
    )
    return page.encode()


# --------------------------------------------------------------------------- the server


@cache
def _authority() -> tuple[bytes, bytes, datetime]:
    """One for all, so that who trusts one provider can meet another."""
    moment = datetime.now(UTC)
    return *make_authority(moment), moment


def certified(data_dir: Path) -> Path:
    """The folder of a development server that will have, and so trust, the same authority."""
    authority, key, _ = _authority()
    (data_dir / "ca.pem").write_bytes(authority)
    (data_dir / "ca.key").write_bytes(key)
    return data_dir


@contextmanager
def foreign() -> Iterator[Foreign]:
    """A provider at https://localhost:{port}, in a thread of its own."""
    authority, key, moment = _authority()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        chain = Path(folder, "chain.pem")
        chain.write_bytes(b"".join(issue(authority, key, ["localhost", "127.0.0.1"], moment)))
        context.load_cert_chain(chain)
    there = _Server(context)
    thread = threading.Thread(target=there.run, daemon=True)
    thread.start()
    there.ready.wait()
    there.provider = Foreign(f"https://localhost:{there.port}", authority.decode())
    try:
        yield there.provider
    finally:
        there.stop()
        thread.join()


class _Server:
    """HTTP/1.1 by hand, so that it can be done badly."""

    provider: Foreign

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._open: set[asyncio.Task[None]] = set()
        self.ready = threading.Event()
        self.port = 0

    def run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._met, "127.0.0.1", 0, ssl=self._context)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await self._over.wait()
        server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether another may follow."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        where = urlsplit(target)
        form = dict(parse_qsl(body.decode() or where.query, keep_blank_values=True))
        return await _send(writer, self.provider.reply(Asked(method, where.path, headers, form)))


async def _send(writer: asyncio.StreamWriter, reply: Reply) -> bool:
    if reply.manner == "hang":
        await asyncio.sleep(60)
        return False
    headers = {"Content-Type": "application/json", **reply.headers}
    length = len(reply.body) + (1_000 if reply.manner else 0)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {reply.status} X", *lines, f"Content-Length: {length}"])
    writer.write(f"{head}\r\n\r\n".encode())
    writer.write(reply.body)
    while reply.manner == "drip":
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)
    await writer.drain()
    return not reply.manner
