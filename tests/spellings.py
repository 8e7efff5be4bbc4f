"""Ways to write addresses that the server must not call, and names that lead to them.

Where a port can be open on this machine, `{port}` is its place; `{path}` is where the path goes.
Source: security.md T13; WHATWG URL, section 3.5; RFC 4291, 4380, 5214, 6052, 6598, 6761, 6890.
"""

from __future__ import annotations

_HOSTS = {
    "dotted quad": "127.0.0.1",
    "another of the network": "127.8.9.10",
    "one dot": "127.1",
    "two dots": "127.0.1",
    "decimal": "2130706433",
    "hexadecimal": "0x7f000001",
    "hexadecimal in capitals": "0X7F000001",
    "hexadecimal parts": "0x7f.0x0.0x0.0x1",
    "one hexadecimal part": "127.0.0.0x1",
    "octal": "017700000001",
    "octal parts": "0177.0.0.01",
    "mixed parts": "0x7f.0.01",
    "leading zeros": "127.000.000.001",
    "final dot": "127.0.0.1.",
    "two final dots": "127.0.0.1..",
    "this host": "0.0.0.0",  # noqa: S104 - to be refused
    "nought": "0",
    "hexadecimal nought": "0x0",
    "this network": "0.1.2.3",
    "localhost": "localhost",
    "localhost in capitals": "LOCALHOST",
    "localhost with a final dot": "localhost.",
    "below localhost": "app.localhost",
    "IPv6 loopback": "[::1]",
    "IPv6 loopback at length": "[0:0:0:0:0:0:0:1]",
    "IPv6 loopback with a quad": "[::0.0.0.1]",
    "IPv6 unspecified": "[::]",
    "mapped": "[::ffff:127.0.0.1]",
    "mapped in hexadecimal": "[::FFFF:7f00:1]",
    "mapped at length": "[0:0:0:0:0:ffff:7f00:0001]",
    "translated (RFC 2765)": "[::ffff:0:127.0.0.1]",
    "compatible": "[::127.0.0.1]",
    "NAT64": "[64:ff9b::127.0.0.1]",
    "NAT64 in hexadecimal": "[64:ff9b::7f00:1]",
    "NAT64 of the metadata service": "[64:ff9b::a9fe:a9fe]",
    "NAT64 of a network's own": "[64:ff9b:1::7f00:1]",
    "6to4": "[2002:7f00:1::]",
    "6to4 of the metadata service": "[2002:a9fe:a9fe::1]",
    "Teredo": "[2001:0:7f00:1::]",
    "Teredo of a client": "[2001:0:c000:204:0:ffff:80ff:fffe]",
    "ISATAP": "[2a00:1450::5efe:7f00:1]",
    "link-local IPv6": "[fe80::1]",
    "zone": "[fe80::1%25eth0]",
    "bare zone": "[fe80::1%eth0]",
    "loopback with a zone": "[::1%25lo]",
    "site-local": "[fec0::1]",
    "unique local": "[fc00::1]",
    "unique local metadata service": "[fd00:ec2::254]",
    "IPv6 multicast": "[ff02::1]",
    "IPv6 discard": "[100::1]",
    "IPv6 documentation": "[2001:db8::1]",
    "newer IPv6 documentation": "[3fff::1]",
    "overlay ids": "[2001:20::1]",
    "segment routing": "[5f00::1]",
    "10/8": "10.0.0.1",
    "172.16/12": "172.16.0.1",
    "its end": "172.31.255.254",
    "192.168/16": "192.168.0.1",
    "link-local": "169.254.1.1",
    "metadata service": "169.254.169.254",
    "metadata service in decimal": "2852039166",
    "metadata service in octal": "0251.0376.0251.0376",
    "mapped metadata service": "[::ffff:a9fe:a9fe]",
    "carrier-grade NAT": "100.64.0.1",
    "its end, too": "100.127.255.254",
    "protocol assignments": "192.0.0.192",
    "relays of 6to4": "192.88.99.1",
    "benchmarks": "198.18.0.1",
    "documentation": "192.0.2.1",
    "multicast": "224.0.0.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "full-width digits": "１２７.０.０.１",  # noqa: RUF001
    "circled digits": "①②⑦.⓪.⓪.①",
    "ideographic full stops": "127。0。0。1",
    "full-width name": "ｌｏｃａｌｈｏｓｔ",  # noqa: RUF001
    "soft hyphen": "local\u00adhost",
    "percent-encoded": "%31%32%37.0.0.1",
    "percent-encoded name": "%6cocalhost",
    "percent-encoded dots": "127%2e0%2e0%2e1",
    "nothing after a NUL": "127.0.0.1%00.example.com",
    "brackets around a quad": "[127.0.0.1]",
    "what follows brackets": "[::1].example.com",
}
_OTHERWISE = {
    "user name": "https://api.contoso.example@127.0.0.1:{port}/{path}",
    "user name and password": "https://api.contoso.example:443@127.0.0.1:{port}/{path}",
    "two user names": "https://a@api.contoso.example@127.0.0.1:{port}/{path}",
    "backslash before a name": "https://127.0.0.1:{port}\\@api.contoso.example/{path}",
    "backslash after a name": "https://api.contoso.example\\@127.0.0.1:{port}/{path}",
    "backslashes": "https:\\\\127.0.0.1:{port}/{path}",
    "fragment before a name": "https://127.0.0.1:{port}#@api.contoso.example/{path}",
    "query before a name": "https://127.0.0.1:{port}?@api.contoso.example/{path}",
    "tabulator": "https://127.0.0\t.1:{port}/{path}",
    "line break": "https://127.0.0.1\n:{port}/{path}",
    "space before": " https://127.0.0.1:{port}/{path}",
    "NUL": "https://127.0.0.1\x00.contoso.example:{port}/{path}",
    "three slashes": "https:///127.0.0.1:{port}/{path}",
    "no slashes": "https:127.0.0.1:{port}/{path}",
    "no scheme": "//127.0.0.1:{port}/{path}",
    "plain HTTP": "http://127.0.0.1:{port}/{path}",
    "plain HTTP to a public name": "http://api.contoso.example:{port}/{path}",
    "another protocol": "gopher://127.0.0.1:{port}/{path}",
    "file": "file:///etc/{path}",
    "port of a mail server": "https://api.contoso.example:25/{path}",
    "port nought": "https://api.contoso.example:0/{path}",
}

URLS = {
    **{name: f"https://{host}:{{port}}/{{path}}" for name, host in _HOSTS.items()},
    **_OTHERWISE,
}
"""Of a call that must never be made, by what is peculiar about it."""

NAMES: dict[str, tuple[str, ...]] = {
    "loopback.mallory.example": ("127.0.0.1",),
    "loopback6.mallory.example": ("::1",),
    "mapped.mallory.example": ("::ffff:127.0.0.1",),
    "nat64.mallory.example": ("64:ff9b::7f00:1",),
    "6to4.mallory.example": ("2002:7f00:1::",),
    "zone.mallory.example": ("fe80::1%2",),
    "private.mallory.example": ("10.0.0.1",),
    "metadata.mallory.example": ("169.254.169.254",),
    "shared.mallory.example": ("100.64.0.1",),
    "here.mallory.example": ("0.0.0.0",),  # noqa: S104 - the same
    "local.mallory.example": ("fd00::1",),
    "both.mallory.example": ("93.184.215.14", "127.0.0.1"),
    "both6.mallory.example": ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::1"),
}
"""Names of Mallory's, by the addresses that her name server tells."""

PUBLIC = {
    "api.contoso.example": ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"),
    "dns64.contoso.example": ("64:ff9b::5db8:d70e",),
}
"""Names that may be called."""


async def resolve(host: str) -> tuple[str, ...]:
    """A resolver that knows these names, and no other."""
    known = {**NAMES, **PUBLIC, "localhost": ("127.0.0.1", "::1")}.get(host)
    if known is None:
        raise OSError(f"{host} is unknown")
    return known
