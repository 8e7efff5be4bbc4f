"""Which redirect URIs an application may register."""

from __future__ import annotations

from typing import Literal

import pytest

from vestibule.addresses import fits, well_formed


@pytest.mark.parametrize(
    ("uri", "web", "native"),
    [
        ("https://app.example/cb", True, True),
        ("http://localhost:5000/cb", True, True),
        ("http://127.0.0.1", True, True),
        ("http://[::1]:8080/", True, True),
        ("com.example.app:/callback", False, True),
        ("msal5f0c9a52://auth", False, True),
        ("urn:ietf:wg:oauth:2.0:oob", False, True),
        ("http://app.example/cb", False, False),
        ("HTTP://app.example/cb", False, False),
        ("https:/app.example", False, False),
        ("https://app.example/#fragment", False, False),
        ("https://app.example/ space", False, False),
        ("javascript:alert(1)//", False, False),
        ("JavaScript://x/%0aalert(1)", False, False),
        ("data:text/html,x", False, False),
        ("vbscript:x", False, False),
        ("file:///etc/passwd", False, False),
        ("/relative", False, False),
        ("", False, False),
    ],
)
def test_redirect_uris_fit_their_kind(uri: str, *, web: bool, native: bool) -> None:
    kinds: tuple[Literal["web", "spa", "native"], ...] = ("web", "spa", "native")
    assert [fits(uri, kind) for kind in kinds] == [web, web, native]
    assert well_formed(uri) or not native
