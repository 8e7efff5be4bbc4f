"""BUILT_IN: identity providers that everybody knows, one row each.

A row with `metadata` speaks OpenID Connect: its id token tells who somebody is. One without is
asked for user info by an access token of OAuth 2.0; LinkedIn is among these because its id
tokens carry no nonce. `idp` is what tokens call the provider, and the issuer of the identities.
Source: runtime 8.2; the vendors' own pages, November 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Claims = Mapping[str, tuple[str, ...]]
"""What we call it → where it stands in what a provider says: names from the outside in. Names of
ours are Graph properties (displayName, givenName, surname …), and subject, email, emailVerified."""

STANDARD: Claims = {
    "subject": ("sub",),
    "email": ("email",),
    "emailVerified": ("email_verified",),
    "displayName": ("name",),
    "givenName": ("given_name",),
    "surname": ("family_name",),
}
"""OpenID Connect Core 5.1."""


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """`addresses` lists e-mail addresses where the user info has none (GitHub). `anew` asks for
    another proof of who somebody is; empty where the provider cannot be asked."""

    idp: str
    scope: str
    claims: Claims = field(default_factory=lambda: STANDARD)
    metadata: str = ""
    authorization: str = ""
    token: str = ""
    userinfo: str = ""
    addresses: str = ""
    anew: Mapping[str, str] = field(default_factory=dict)
    pkce: bool = True
    form_post: bool = False


_ENTRA = "https://login.microsoftonline.com"
_WELL_KNOWN = ".well-known/openid-configuration"
_LOGIN = {"prompt": "login"}

BUILT_IN: Mapping[str, BuiltIn] = {
    "Google": BuiltIn(
        idp="google.com",
        scope="openid email profile",
        metadata=f"https://accounts.google.com/{_WELL_KNOWN}",
        anew={"prompt": "select_account"},  # it knows no "login"
    ),
    "Microsoft": BuiltIn(
        idp="live.com",
        scope="openid email profile",
        metadata=f"{_ENTRA}/consumers/v2.0/{_WELL_KNOWN}",
        anew=_LOGIN,
        form_post=True,
    ),
    "Facebook": BuiltIn(
        idp="facebook.com",
        scope="email public_profile",
        claims={
            "subject": ("id",),
            "email": ("email",),
            "displayName": ("name",),
            "givenName": ("first_name",),
            "surname": ("last_name",),
        },
        authorization="https://www.facebook.com/dialog/oauth",
        token="https://graph.facebook.com/oauth/access_token",
        userinfo="https://graph.facebook.com/me?fields=id,first_name,last_name,name,email",
        anew={"auth_type": "reauthenticate"},
    ),
    "GitHub": BuiltIn(
        idp="github.com",
        scope="read:user user:email",
        claims={"subject": ("id",), "email": ("email",), "displayName": ("name",)},
        authorization="https://github.com/login/oauth/authorize",
        token="https://github.com/login/oauth/access_token",
        userinfo="https://api.github.com/user",
        addresses="https://api.github.com/user/emails",
        anew={"prompt": "select_account"},
    ),
    "LinkedIn": BuiltIn(
        idp="linkedin.com",
        scope="openid profile email",
        authorization="https://www.linkedin.com/oauth/v2/authorization",
        token="https://www.linkedin.com/oauth/v2/accessToken",
        userinfo="https://api.linkedin.com/v2/userinfo",
        pkce=False,  # it answers invalid_client to a code_verifier
    ),
    "Amazon": BuiltIn(
        idp="amazon.com",
        scope="profile",
        claims={"subject": ("user_id",), "email": ("email",), "displayName": ("name",)},
        authorization="https://www.amazon.com/ap/oa",
        token="https://api.amazon.com/auth/o2/token",
        userinfo="https://api.amazon.com/user/profile",
    ),
    "AppleManaged": BuiltIn(
        idp="https://appleid.apple.com",
        scope="name email",
        metadata=f"https://appleid.apple.com/{_WELL_KNOWN}",
        form_post=True,  # the only way in which it tells a name
    ),
    "AADSignup": BuiltIn(
        idp="ExternalAzureAD",
        scope="openid email profile",
        metadata=f"{_ENTRA}/organizations/v2.0/{_WELL_KNOWN}",
        anew=_LOGIN,
        form_post=True,
    ),
    "MicrosoftAccount": BuiltIn(
        idp="MicrosoftAccount",
        scope="openid email profile",
        metadata=f"{_ENTRA}/consumers/v2.0/{_WELL_KNOWN}",
        anew=_LOGIN,
        form_post=True,
    ),
}
"""By identityProviderType."""

ENDPOINTS = ("metadata", "authorization", "token", "userinfo", "addresses")
"""What of a row a setting may point elsewhere."""
