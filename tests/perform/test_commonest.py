"""The commonest passwords: what the shipped file holds, and how one is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from vestibule.perform.commonest import FILE, WIDTH, listed, mark, packed


@pytest.mark.parametrize(
    ("password", "common"),
    [
        ("password", True),
        ("PASSWORD", True),
        ("P@ssw0rd", True),
        ("Password123", True),
        ("\uff50assword", True),
        ("letmein", True),
        ("P@ssw0rd1", False),
        ("Bobs-password-1", False),
        ("Correct-Horse-1", False),
        ("", False),
        ("\ud800", False),
    ],
    ids=[
        "the commonest",
        "whatever its case",
        "with symbols",
        "with digits",
        "whatever its width",
        "too short for most flows",
        "of Microsoft's examples",
        "of our examples",
        "of our tests",
        "empty",
        "half a character",
    ],
)
def test_shipped_file_knows_what_is_common(password: str, *, common: bool) -> None:
    assert listed()(password) is common


def test_shipped_file_holds_a_hundred_thousand_in_order() -> None:
    content = FILE.read_bytes()
    marks = [content[at : at + WIDTH] for at in range(0, len(content), WIDTH)]
    assert len(marks) >= 100_000
    assert len(content) <= 800_000, "the wheel stays small"
    assert marks == sorted(set(marks))


def test_file_is_made_of_marks_and_tells_first_and_last(tmp_path: Path) -> None:
    words = ["one", "Two", "TWO", "three"]
    file = tmp_path / "marks.bin"
    file.write_bytes(packed(words))
    common = listed(file)
    assert file.stat().st_size == 3 * WIDTH
    assert all(common(word) for word in words)
    assert not common("four")
    assert file.read_bytes()[:WIDTH] == min(mark(word) for word in words)
