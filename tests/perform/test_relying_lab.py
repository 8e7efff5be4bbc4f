"""A lab of malicious and broken identity providers: nobody gets in, nobody is created or linked.

Every row is a real provider over HTTPS that does one thing wrong; the words of the refusal show
that it was refused for that. Source: OpenID Connect Core 3.1.3.7, RFC 9207, RFC 9700, RFC 8725.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey
from joserfc.jws import JWSRegistry

from abroad import FABRIKAM, WELL_KNOWN, Abroad
from foreign import ADA, Foreign, Reply, Signer
from vestibule.journey.effects import ProviderFailed

pytestmark = pytest.mark.anyio

OTHER = Signer.rsa()  # of the same name as Fabrikam's, which it is not
EC = Signer.ec()
MAIL = "ada@fabrikam.example"
SOON = 1_772_366_400  # NOON of the stage
DEEP: Any = []
for _ in range(40):
    DEEP = [DEEP]
HUGE = b'{"a": "' + b"x" * 300_000 + b'"}'


@dataclass(frozen=True, slots=True)
class Malice:
    """What the provider does wrong, and the words of the refusal. `answer` changes what the
    browser brings back; `published` are the keys; `token` makes the id token."""

    words: str
    code: str = "90273"
    denied: bool = False
    id: str = FABRIKAM
    claims: Mapping[str, Any] = field(default_factory=dict)
    token: Callable[[Foreign, dict[str, Any]], Any] | None = None
    answer: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    published: Callable[[Foreign], list[Any]] | None = None
    replies: Mapping[str, Reply] = field(default_factory=dict)
    info: Mapping[str, Any] = field(default_factory=dict)
    person: Mapping[str, Any] = field(default_factory=lambda: ADA)
    slow: bool = False


def by(signer: Signer, **header: Any) -> Callable[[Foreign, dict[str, Any]], str]:
    """An id token that another key signs, or under another header."""
    return lambda _provider, claims: signer.sign(claims, **header)


def own(**header: Any) -> Callable[[Foreign, dict[str, Any]], str]:
    """An id token under another header."""
    return lambda provider, claims: provider.signer.sign(claims, **header)


def _b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def in_full(**header: Any) -> Callable[[Foreign, dict[str, Any]], str]:
    """Rightly signed, under a header that no library writes."""

    def made(provider: Foreign, claims: dict[str, Any]) -> str:
        whole = {"alg": "RS256", "kid": provider.signer.id, **header}
        text = f"{_b64(json.dumps(whole).encode())}.{_b64(json.dumps(claims).encode())}"
        signature = JWSRegistry.algorithms["RS256"].sign(text.encode(), provider.signer.key)
        return f"{text}.{_b64(signature)}"

    return made


def pretended(algorithm: str, claims: dict[str, Any]) -> str:
    """Signed by nobody who could."""
    header = _b64(json.dumps({"alg": algorithm}).encode())
    return f"{header}.{_b64(json.dumps(claims).encode())}.{_b64(b'x' * 64)}"


def unsigned(_provider: Foreign, claims: dict[str, Any]) -> str:
    header = {"alg": "none", "typ": "JWT"}
    return f"{_b64(json.dumps(header).encode())}.{_b64(json.dumps(claims).encode())}."


def without_signature(provider: Foreign, claims: dict[str, Any]) -> str:
    return provider.signer.sign(claims).rpartition(".")[0] + "."


def by_secret(secret: Callable[[Foreign], bytes]) -> Callable[[Foreign, dict[str, Any]], str]:
    """HS256 by hand: no library signs with a public key."""

    def made(provider: Foreign, claims: dict[str, Any]) -> str:
        header = {"alg": "HS256", "kid": provider.signer.id, "typ": "JWT"}
        text = f"{_b64(json.dumps(header).encode())}.{_b64(json.dumps(claims).encode())}"
        mac = hmac.new(secret(provider), text.encode(), hashlib.sha256)
        return f"{text}.{_b64(mac.digest())}"

    return made


def altered(provider: Foreign, claims: dict[str, Any]) -> str:
    """Signed for Ada, told of Bob."""
    head, _, signature = provider.signer.sign(claims).split(".")
    told = _b64(json.dumps({**claims, "sub": "bob"}).encode())
    return f"{head}.{told}.{signature}"


def constant(token: Any) -> Callable[[Foreign, dict[str, Any]], Any]:
    return lambda _provider, _claims: token


def without(claim: str) -> dict[str, None]:
    return {claim: None}


ISSUER, ANSWERED_BY = "token is of another issuer", "answer is of another issuer"
PUBLISHED_BY = "metadata of the identity provider name another issuer"
AUDIENCE, PARTY = "another audience", "authorized party"
NONCE, SIGNATURE, ALGORITHM = "nonce", "signature", "algorithm"
TIMES = "does not say when"
WHO, FORM = "the claim for the user id is missing", "in a form that cannot be used"
TID = "0f8fad5b-d9cb-469f-a165-70867728950e"
SHARED = {
    "issuer": "{base}/{tenantid}/v2.0",
    "authorization_response_iss_parameter_supported": None,
}
LACKS_SURNAME = {"family_name": None}
"""So that user info is asked for."""

LAB = {
    # ------------------------------------------------------------- claims of the id token
    "issuer: another one": Malice(ISSUER, claims={"iss": "https://mallory.example"}),
    "issuer: with a slash more": Malice(ISSUER, claims={"iss": "{base}/"}),
    "issuer: missing": Malice(ISSUER, claims=without("iss")),
    "issuer: a list with it": Malice(ISSUER, claims={"iss": ["{base}"]}),
    "issuer: of another tenant": Malice(
        ISSUER,
        metadata=SHARED,
        answer={"iss": None},
        claims={"iss": f"{{base}}/{TID}/v2.0", "tid": TID.replace("0", "1")},
    ),
    "issuer: of a tenant that is none": Malice(
        ISSUER,
        metadata=SHARED,
        answer={"iss": None},
        claims={"iss": "{base}/mallory/x/v2.0", "tid": "mallory/x"},
    ),
    "issuer: of no tenant": Malice(
        ISSUER, metadata=SHARED, answer={"iss": None}, claims={"iss": SHARED["issuer"]}
    ),
    "audience: another client": Malice(AUDIENCE, claims={"aud": "another"}),
    "audience: missing": Malice(AUDIENCE, claims=without("aud")),
    "audience: another case": Malice(AUDIENCE, claims={"aud": "Vestibule"}),
    "audience: an object": Malice(AUDIENCE, claims={"aud": {"vestibule": 1}}),
    "audience: several, and nobody authorized": Malice(
        PARTY, claims={"aud": ["vestibule", "another"]}
    ),
    "audience: ours, for another party": Malice(PARTY, claims={"azp": "another"}),
    "nonce: missing": Malice(NONCE, claims=without("nonce")),
    "nonce: another one": Malice(NONCE, claims={"nonce": "another"}),
    "nonce: empty": Malice(NONCE, claims={"nonce": ""}),
    "nonce: a list": Malice(NONCE, claims={"nonce": ["another"]}),
    "time: late": Malice("has expired", claims={"exp": SOON - 121}),
    "time: of yesterday": Malice("has expired", claims={"exp": SOON - 86_400}),
    "time: no end": Malice(TIMES, claims=without("exp")),
    "time: an end in words": Malice(TIMES, claims={"exp": "2099-01-01"}),
    "time: an end that is true": Malice(TIMES, claims={"exp": True}),
    "time: no beginning": Malice(TIMES, claims=without("iat")),
    "time: issued tomorrow": Malice("not valid yet", claims={"iat": SOON + 86_400}),
    "time: issued tomorrow, valid today": Malice(
        "not valid yet", claims={"iat": SOON + 86_400, "nbf": SOON}
    ),
    "time: valid tomorrow": Malice("not valid yet", claims={"nbf": SOON + 86_400}),
    "time: valid from no time": Malice("not valid yet", claims={"nbf": "now"}),
    "hash: of another access token": Malice(
        "at_hash", claims={"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}
    ),
    "hash: no text": Malice("at_hash", claims={"at_hash": 7}),
    "hash: of another code": Malice("c_hash", claims={"c_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
    "subject: missing": Malice(WHO, claims=without("sub"), info=without("sub")),
    "subject: empty": Malice(WHO, claims={"sub": ""}),
    "subject: a list": Malice(WHO, claims={"sub": ["ada"]}),
    "subject: true": Malice(WHO, claims={"sub": True}),
    "subject: an object": Malice(WHO, claims={"sub": {"of": "ada"}}),
    "subject: two lines": Malice(FORM, claims={"sub": "ada\r\nbob"}),
    "subject: another direction": Malice(FORM, claims={"sub": "ada\u202ebob"}),
    "subject: spaces around it": Malice(FORM, claims={"sub": " ada-at-fabrikam "}),
    "subject: a thousand characters": Malice(FORM, claims={"sub": "a" * 1000}),
    "claims: deep": Malice("too deeply", claims={"deep": DEEP}),
    "claims: huge": Malice("too large", claims={"huge": "x" * 200_000}),
    "claims: large": Malice("not a signed JWT", claims={"large": "x" * 60_000}),
    # ------------------------------------------------------------- its signature
    "signature: none": Malice(ALGORITHM, token=unsigned),
    "signature: NONE": Malice(
        ALGORITHM, token=lambda p, c: unsigned(p, c).replace("bm9uZ", "Tk9OR")
    ),
    "signature: left out": Malice(SIGNATURE, token=without_signature),
    "signature: HS256 by the public key": Malice(
        ALGORITHM, token=by_secret(lambda p: p.signer.key.as_pem(private=False))
    ),
    "signature: HS256 by our secret": Malice(
        ALGORITHM, token=by_secret(lambda p: p.client[1].encode())
    ),
    "signature: HS256, which the provider announces": Malice(
        ALGORITHM,
        token=by_secret(lambda p: p.client[1].encode()),
        metadata={"id_token_signing_alg_values_supported": ["HS256", "none"]},
    ),
    "signature: of another key of that name": Malice(SIGNATURE, token=by(OTHER)),
    "signature: for other claims": Malice(SIGNATURE, token=altered),
    "signature: by a key that nobody knows": Malice("does not publish", token=own(kid="another")),
    "signature: by a key in its header": Malice(
        SIGNATURE, token=by(OTHER, jwk=OTHER.key.as_dict(private=False))
    ),
    "signature: by a key that its header points to": Malice(
        SIGNATURE, token=by(OTHER, jku="https://mallory.example/keys")
    ),
    "signature: by an algorithm that is not announced": Malice(
        ALGORITHM, token=by(EC), published=lambda p: [p.signer.public(), EC.public()]
    ),
    "signature: by a key of another type": Malice(
        "does not publish",
        token=own(),
        published=lambda p: [{**EC.public(), "kid": p.signer.id}],
    ),
    "header: what is critical": Malice("asks for", token=in_full(crit=["exp"], exp=1)),
    "header: a payload that is not encoded": Malice("asks for", token=in_full(b64=False)),
    "header: a name that is a number": Malice("asks for", token=in_full(kid=7)),
    "header: no algorithm": Malice(
        ALGORITHM, token=lambda _p, c: f"e30.{_b64(json.dumps(c).encode())}.AAAA"
    ),
    "header: a list": Malice("not a signed JWT", token=constant("W10.e30.AAAA")),
    "token: encrypted": Malice("encrypted", token=constant("a.b.c.d.e")),
    "token: two parts": Malice("not a signed JWT", token=constant("e30.e30")),
    "token: no letters": Malice("not a signed JWT", token=constant("…")),
    "token: an empty text": Malice("gives no id token", token=constant("")),
    "token: a number": Malice("gives no id token", token=constant(7)),
    "token: a list": Malice("gives no id token", token=constant(["a.b.c"])),
    "token: claims that are a list": Malice(
        SIGNATURE,
        token=lambda p, _c: p.signer.sign([]),  # type: ignore[arg-type]
    ),
    # ------------------------------------------------------------- keys
    "keys: two of one name": Malice(
        "several keys", published=lambda p: [p.signer.public(), OTHER.public()]
    ),
    "keys: two, and the token names none": Malice(
        "several keys",
        token=own(kid=None),
        published=lambda p: [p.signer.public(), {**OTHER.public(), "kid": "2"}],
    ),
    "keys: none": Malice("does not publish", published=lambda _p: []),
    "keys: for encryption": Malice(
        "does not publish", published=lambda p: [{**p.signer.public(), "use": "enc"}]
    ),
    "keys: for another algorithm": Malice(
        "does not publish", published=lambda p: [{**p.signer.public(), "alg": "PS256"}]
    ),
    "keys: of another issuer": Malice(
        "a key of another issuer",
        published=lambda p: [{**p.signer.public(), "issuer": f"{p.base}/another"}],
    ),
    "keys: of another tenant": Malice(
        "a key of another issuer",
        metadata=SHARED,
        answer={"iss": None},
        claims={"iss": f"{{base}}/{TID}/v2.0", "tid": TID},
        published=lambda p: [{**p.signer.public(), "issuer": f"{p.base}/{TID[::-1]}/v2.0"}],
    ),
    "keys: too short": Malice(
        "does not publish",
        published=lambda p: [{**p.signer.public(), "n": _b64(b"\xff" * 128)}],
    ),
    "keys: too long": Malice(
        "does not publish",
        published=lambda p: [{**p.signer.public(), "n": _b64(b"\xff" * 2048)}],
    ),
    "keys: an exponent too long": Malice(
        "does not publish",
        published=lambda p: [{**p.signer.public(), "e": _b64(b"\xff" * 128)}],
    ),
    "keys: for another use of its curve": Malice(
        SIGNATURE,
        token=lambda _p, c: pretended("Ed25519", c),
        metadata={"id_token_signing_alg_values_supported": ["Ed25519"]},
        published=lambda _p: [OKPKey.generate_key("X25519").as_dict(private=False)],
    ),
    "keys: on another curve": Malice(
        SIGNATURE,
        token=lambda _p, c: pretended("ES256", c),
        metadata={"id_token_signing_alg_values_supported": ["ES256"]},
        published=lambda _p: [ECKey.generate_key("P-384").as_dict(private=False)],
    ),
    "keys: broken": Malice(
        "does not publish",
        published=lambda _p: [
            7,
            [],
            {},
            {"kty": "RSA"},
            {"kty": "RSA", "n": "!", "e": 3},
            {"kty": []},
        ],
    ),
    "keys: symmetric": Malice(
        "does not publish",
        published=lambda p: [{"kty": "oct", "k": "c2VjcmV0", "kid": p.signer.id}],
    ),
    "keys: very many": Malice("not a JWK set", published=lambda p: [p.signer.public()] * 101),
    "keys: no list": Malice("not a JWK set", replies={"/keys": Reply.json({"keys": {}})}),
    "keys: a list alone": Malice("not a JSON object", replies={"/keys": Reply.json([])}),
    "keys: the metadata themselves": Malice(
        "not a JWK set", metadata={"jwks_uri": "{base}" + WELL_KNOWN}
    ),
    "keys: nothing there": Malice("status 404", replies={"/keys": Reply(404)}),
    "keys: elsewhere": Malice(
        "status 302", replies={"/keys": Reply(302, headers={"Location": "/"})}
    ),
    "keys: at a forbidden address": Malice(
        "cannot be reached",
        code="90289",
        metadata={"jwks_uri": "https://169.254.169.254/latest/keys"},
    ),
    "keys: in a file": Malice(
        "cannot be reached", code="90289", metadata={"jwks_uri": "file:///etc/passwd"}
    ),
    # ------------------------------------------------------------- metadata
    "metadata: another issuer": Malice(
        PUBLISHED_BY, metadata={"issuer": "https://mallory.example"}
    ),
    "metadata: an issuer on another port": Malice(
        PUBLISHED_BY, metadata={"issuer": "https://localhost"}
    ),
    "metadata: an issuer without TLS": Malice(
        PUBLISHED_BY, metadata={"issuer": "http://localhost:{port}"}
    ),
    "metadata: an issuer that begins alike": Malice(
        PUBLISHED_BY, metadata={"issuer": "{base}.mallory.example"}
    ),
    "metadata: an issuer behind a user name": Malice(
        PUBLISHED_BY, metadata={"issuer": "{base}@mallory.example"}
    ),
    "metadata: an issuer that is no URL": Malice(
        PUBLISHED_BY, metadata={"issuer": "https://[localhost"}
    ),
    "metadata: an issuer of two lines": Malice("lack issuer", metadata={"issuer": "{base}/\r\nx"}),
    "metadata: an issuer too long": Malice(
        "lack issuer", metadata={"issuer": "{base}/" + "x" * 512}
    ),
    "metadata: no issuer": Malice("lack issuer", metadata={"issuer": None}),
    "metadata: an issuer that is a list": Malice("lack issuer", metadata={"issuer": ["{base}"]}),
    "metadata: an issuer that is not quite the stored one": Malice(
        PUBLISHED_BY, id="oidc by secret", metadata={"issuer": "{base}/"}
    ),
    "metadata: of another place, for the stored issuer": Malice(PUBLISHED_BY, id="oidc elsewhere"),
    "metadata: Google's issuer": Malice(
        PUBLISHED_BY, id="Google-OAUTH", metadata={"issuer": "https://accounts.google.com"}
    ),
    "metadata: no keys": Malice("jwks_uri", metadata={"jwks_uri": None}),
    "metadata: no way to go": Malice(
        "authorization_endpoint", metadata={"authorization_endpoint": None}
    ),
    "metadata: a script in the way": Malice(
        "authorization_endpoint", metadata={"authorization_endpoint": "javascript:alert(1)//"}
    ),
    "metadata: two lines in the way": Malice(
        "authorization_endpoint",
        metadata={"authorization_endpoint": "{base}/authorize\r\nSet-Cookie: a=b"},
    ),
    "metadata: no token endpoint": Malice("token_endpoint", metadata={"token_endpoint": None}),
    "metadata: an empty list of algorithms": Malice(
        ALGORITHM, metadata={"id_token_signing_alg_values_supported": []}
    ),
    "metadata: algorithms that are a text": Malice(
        ALGORITHM, metadata={"id_token_signing_alg_values_supported": "RS256"}
    ),
    "metadata: no JSON": Malice("not a JSON object", replies={WELL_KNOWN: Reply(body=b"<html>")}),
    "metadata: JSON that is not UTF-8": Malice(
        "not a JSON object", replies={WELL_KNOWN: Reply(body=b'{"issuer": "\xff"}')}
    ),
    "metadata: a list": Malice("not a JSON object", replies={WELL_KNOWN: Reply.json([])}),
    "metadata: nothing": Malice("not a JSON object", replies={WELL_KNOWN: Reply(body=b"")}),
    "metadata: deep": Malice("too deeply", replies={WELL_KNOWN: Reply.json({"deep": DEEP})}),
    "metadata: deeper than a stack": Malice(
        "not a JSON object", replies={WELL_KNOWN: Reply(body=b'{"a":' + b"[" * 100_000)}
    ),
    "metadata: huge": Malice("too large", replies={WELL_KNOWN: Reply(body=HUGE)}),
    "metadata: out of order": Malice("status 500", replies={WELL_KNOWN: Reply(500)}),
    "metadata: elsewhere": Malice(
        "status 302", replies={WELL_KNOWN: Reply(302, headers={"Location": "/elsewhere"})}
    ),
    "metadata: hanging": Malice(
        "cannot be reached", code="90289", replies={WELL_KNOWN: Reply(manner="hang")}, slow=True
    ),
    "metadata: dripping": Malice(
        "cannot be reached", code="90289", replies={WELL_KNOWN: Reply(manner="drip")}, slow=True
    ),
    "metadata: broken off": Malice(
        "cannot be reached", code="90289", replies={WELL_KNOWN: Reply(manner="close")}
    ),
    # ------------------------------------------------------------- the answer
    "answer: of another issuer": Malice(ANSWERED_BY, answer={"iss": "https://mallory.example"}),
    "answer: of nobody, who promised to say": Malice(ANSWERED_BY, answer={"iss": None}),
    "answer: of another issuer, who promised nothing": Malice(
        ANSWERED_BY,
        answer={"iss": "https://mallory.example"},
        metadata={"authorization_response_iss_parameter_supported": None},
    ),
    "answer: of a tenant that is none": Malice(
        ANSWERED_BY, metadata=SHARED, answer={"iss": "{base}/mallory/x/v2.0"}
    ),
    "answer: of a tenant elsewhere": Malice(
        ANSWERED_BY, metadata=SHARED, answer={"iss": f"https://mallory.example/{TID}/v2.0"}
    ),
    "answer: declined by another issuer": Malice(
        ANSWERED_BY, answer={"iss": "https://mallory.example", "error": "access_denied"}
    ),
    "answer: with another state": Malice("Nobody left", answer={"state": "another"}),
    "answer: without a state": Malice("Nobody left", answer={"state": None}),
    "answer: without a code": Malice("no code", answer={"code": None}),
    "answer: with an empty code": Malice("no code", answer={"code": ""}),
    "answer: with a code of somebody else": Malice(
        "does not redeem the code (invalid_grant)", answer={"code": "code-of-mallory"}
    ),
    "answer: without an id token": Malice(
        "gives no id token", id="id token by form", answer={"id_token": None}
    ),
    "answer: an id token with another nonce": Malice(
        NONCE, id="id token by form", claims={"nonce": "another"}
    ),
    "answer: an unsigned id token": Malice(ALGORITHM, id="id token by query", token=unsigned),
    "answer: declined": Malice("declined", denied=True, answer={"error": "access_denied"}),
    "answer: declined at LinkedIn": Malice(
        "declined", denied=True, id="LinkedIn-OAUTH", answer={"error": "user_cancelled_login"}
    ),
    "answer: declined at Apple": Malice(
        "declined",
        denied=True,
        id="Apple-Managed-OIDC",
        answer={"error": "user_cancelled_authorize"},
    ),
    "answer: an error": Malice("an error (server_error)", answer={"error": "server_error"}),
    "answer: an error in markup": Malice(
        "an error.", answer={"error": "<script>alert(1)</script>"}
    ),
    "answer: an error and a code": Malice(
        "an error (invalid_scope)", answer={"error": "invalid_scope", "code": "c"}
    ),
    # ------------------------------------------------------------- the token endpoint
    "tokens: our secret is wrong": Malice(
        "by its secret",
        code="90243",
        replies={"/token": Reply.json({"error": "invalid_client"}, 401)},
    ),
    "tokens: our secret is wrong, says GitHub": Malice(
        "by its secret",
        code="90243",
        id="GitHub-OAUTH",
        replies={"/token": Reply.json({"error": "incorrect_client_credentials"})},
    ),
    "tokens: no way in": Malice("by its secret", code="90243", replies={"/token": Reply(401, b"")}),
    "tokens: an error that is an object": Malice(
        "does not redeem the code.", replies={"/token": Reply.json({"error": {"code": 1}}, 400)}
    ),
    "tokens: no JSON": Malice(
        "not a JSON object", replies={"/token": Reply(body=b"access_token=a")}
    ),
    "tokens: a list": Malice("not a JSON object", replies={"/token": Reply.json([])}),
    "tokens: deep": Malice("too deeply", replies={"/token": Reply.json({"deep": DEEP})}),
    "tokens: huge": Malice("too large", replies={"/token": Reply(body=HUGE)}),
    "tokens: out of order": Malice("status 503", replies={"/token": Reply(503)}),
    "tokens: elsewhere": Malice(
        "status 307", replies={"/token": Reply(307, headers={"Location": "/elsewhere"})}
    ),
    "tokens: none": Malice("gives no id token", replies={"/token": Reply.json({})}),
    "tokens: of a kind that is not known": Malice(
        "cannot be used", replies={"/token": Reply.json({"access_token": "a", "token_type": "mac"})}
    ),
    "tokens: an access token of two lines": Malice(
        "cannot be used", replies={"/token": Reply.json({"access_token": "a\r\nX: y"})}
    ),
    "tokens: no access token, where nothing else tells": Malice(
        "gives no access token", id="GitHub-OAUTH", replies={"/token": Reply.json({"scope": ""})}
    ),
    "tokens: hanging": Malice(
        "cannot be reached", code="90289", replies={"/token": Reply(manner="hang")}, slow=True
    ),
    "tokens: broken off": Malice(
        "cannot be reached", code="90289", replies={"/token": Reply(manner="close")}
    ),
    # ------------------------------------------------------------- user info
    "user info: of somebody else": Malice(
        "somebody else", claims=LACKS_SURNAME, info={"sub": "bob-at-fabrikam"}
    ),
    "user info: of somebody else by case": Malice(
        "somebody else", claims=LACKS_SURNAME, info={"sub": "ADA-at-fabrikam"}
    ),
    "user info: of nobody": Malice("somebody else", claims=LACKS_SURNAME, info=without("sub")),
    "user info: not for this token": Malice(
        "status 401", claims=LACKS_SURNAME, replies={"/userinfo": Reply(401)}
    ),
    "user info: a list": Malice(
        "not a JSON object", claims=LACKS_SURNAME, replies={"/userinfo": Reply.json([ADA])}
    ),
    "user info: huge": Malice(
        "too large", claims=LACKS_SURNAME, replies={"/userinfo": Reply(body=HUGE)}
    ),
    "user info: dripping": Malice(
        "cannot be reached",
        code="90289",
        claims=LACKS_SURNAME,
        replies={"/userinfo": Reply(manner="drip")},
        slow=True,
    ),
    "user info: no number at GitHub": Malice(WHO, id="GitHub-OAUTH", person={"email": MAIL}),
    "user info: a list for a number at GitHub": Malice(
        WHO, id="GitHub-OAUTH", person={"id": [7], "email": MAIL}
    ),
    "user info: true for a number at GitHub": Malice(
        WHO, id="GitHub-OAUTH", person={"id": True, "email": MAIL}
    ),
    "user info: half a number at GitHub": Malice(
        WHO, id="GitHub-OAUTH", person={"id": 7.5, "email": MAIL}
    ),
}


def _placed(value: Any, base: str) -> Any:
    if isinstance(value, list):
        return [_placed(one, base) for one in value]
    if isinstance(value, str):
        return value.replace("{base}", base).replace("{port}", base.rpartition(":")[2])
    return value


def _misled(there: Abroad, malice: Malice) -> None:
    provider = there.provider
    for name, changes in (
        ("token_changes", malice.claims),
        ("metadata_changes", malice.metadata),
        ("answer_changes", malice.answer),
        ("info_changes", malice.info),
    ):
        told = {key: _placed(value, provider.base) for key, value in changes.items()}
        setattr(provider, name, told)
    provider.person = malice.person
    provider.replies.update(malice.replies)
    make = malice.token
    if make is not None:
        provider.make_token = lambda claims: make(provider, claims)
    if malice.published is not None:
        keys = {"keys": malice.published(provider)}
        provider.replies.setdefault("/keys", Reply.json(keys))
    if malice.slow:
        there.hurry(0.25)


@pytest.mark.parametrize("malice", LAB.values(), ids=LAB.keys())
async def test_nobody_gets_in(there: Abroad, malice: Malice) -> None:
    before = await _everybody(there)
    _misled(there, malice)
    came = await there.visit(malice.id)
    assert isinstance(came, ProviderFailed), came
    assert malice.words in came.reason
    assert (came.code, came.denied) == (malice.code, malice.denied)
    assert "<" not in came.reason
    assert await _everybody(there) == before


async def _everybody(there: Abroad) -> list[Any]:
    return [*await there.stage.rows("user"), *await there.stage.rows("user_identity")]
