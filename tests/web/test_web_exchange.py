"""Parameters of queries and forms: read as the standard library reads them, each once."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from vestibule.errors import Invalid
from vestibule.web.exchange import once


@pytest.mark.parametrize(
    "text",
    [
        "",
        "&&a=1&&",
        "a=1&b=2",
        "a",
        "=",
        "a=b=c",
        "a+b=c+d%2B",
        "scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
        "n%C3%A4me=%E2%82%AC&plain=ä",
        "a=%zz&b=100%",
        "a=1;b=2",
    ],
)
def test_parameters_are_read_as_forms_are_written(text: str) -> None:
    assert once(text) == dict(parse_qsl(text, keep_blank_values=True, errors="strict"))


@pytest.mark.parametrize(
    "text",
    ["a=1&a=1", "a=1&%61=2", "a=%ff", "%ff=a", "&".join(f"p{at}=" for at in range(101)), "&" * 100],
    ids=["twice", "twice, once escaped", "value", "name", "too many", "too many empty"],
)
def test_parameters_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        once(text)


def test_a_hundred_parameters_are_read() -> None:
    assert len(once("&".join(f"p{at}=" for at in range(100)))) == 100
