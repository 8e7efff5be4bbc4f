"""docs/reference/flow-settings.md says what flow_settings.py declares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vestibule.flow_settings import PASSWORD_LENGTHS, TABLE, Setting

REFERENCE = Path(__file__).parents[1] / "docs" / "reference" / "flow-settings.md"
HEAD = """# Settings of a user flow

What a flow does beyond what Microsoft Graph can say of it is set at
`/vestibule/v1/userFlows/{id}/settings`, with the permission `Vestibule.ReadWrite.All`:

```console
$ curl --cacert "$CA" -H "Authorization: Bearer $(vestibule token)" \\
    -H 'Content-Type: application/json' -X PATCH \\
    -d '{"keepMeSignedInDays": 30, "ssoScope": "application"}' \\
    https://localhost:8443/vestibule/v1/userFlows/B2C_1_susi/settings
```

`GET` shows every setting, `PATCH` changes those it names. `null` sets a default again, except
where the table says what null means. A setting that a flow does not have, by its type and version,
shows as null and cannot be set. Ranges and defaults are those of Azure AD B2C. Sessions and tokens
that exist keep the lifetime they were given.

"""
LEAST, MOST = PASSWORD_LENGTHS
RULES = f"""
Of `passwordRules`, `simple` is 8 to 64 characters of any kind; `strong` is 8 to 64 with 3 of lower
case, upper case, digit and symbol. With `custom`, `min` and `max` are between {LEAST} and {MOST},
and `classes` says how many of those four are needed: 0 any, 1 digits and nothing else (a PIN), 2, 3
or 4.

A flow for guests (`b2xUserFlows`) signs people in at the tenant's own authority, whose tokens and
sessions are not a flow's: it has `localAccount` only, which is `email` or `none`.

`applicationClaims` are names of claims: `city`, `country`, `emails`, `family_name`, `given_name`,
`idp`, `idp_access_token`, `jobTitle`, `legalAgeGroupClassification`, `name`, `newUser`, `oid`,
`postalCode`, `state`, `streetAddress`, and `extension_` with the name of a custom attribute.

What Graph says as well is one fact with it: `issuerForm` with `tokenClaimsConfiguration`, and
whether `localAccount` is `none` with `authenticationMethods` and the linked provider
`EmailPassword-OAUTH`.
"""


def test_every_setting_stands_in_the_reference(*, golden: bool) -> None:
    lines = [
        "| setting | what it is | values | default | flows |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [_line(one) for one in TABLE]
    text = HEAD + "\n".join(lines) + "\n" + RULES
    if golden:
        REFERENCE.write_text(text, "utf-8")
    assert REFERENCE.read_text("utf-8") == text


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--golden"))


def _line(one: Setting) -> str:
    values = {
        "number": f"{one.minimum} to {one.maximum}",
        "flag": "`true`, `false`",
        "choice": ", ".join(f"`{choice}`" for choice in one.choices),
        "claims": "names of claims",
        "password rules": "see below",
    }[one.kind]
    if one.null:
        values += f", or null: {one.null}"
    shown = (f"`{one.name}`", one.means, values, _shown(one.default), _flows(one))
    return f"| {' | '.join(shown)} |"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"`{one}`" for one in value)
    if isinstance(value, dict):
        return f"`{value['kind']}`"
    if value is None:
        return "null"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _flows(one: Setting) -> str:
    every = (
        "signUpOrSignIn",
        "signUp",
        "signIn",
        "profileUpdate",
        "passwordReset",
        "resourceOwner",
    )
    types = [type_ for type_ in every if type_ in one.types]
    lacking = [type_ for type_ in every if type_ not in types]
    named = "all" if not lacking else ", ".join(types)
    if len(lacking) in {1, 2} and len(types) > len(lacking):
        named = f"all but {' and '.join(lacking)}"
    if one.since > 1:
        named += f", from version {one.since:g}"
    if one.also:
        named += f"; {one.also[0]} {one.also[1]:g}"
    return named
