"""What people type becomes a number that can be called from anywhere, or none."""

from __future__ import annotations

import pytest

from vestibule import flow_settings
from vestibule.addresses import PHONE_NUMBER
from vestibule.journey import number_plan
from vestibule.journey.countries import COUNTRIES
from vestibule.journey.phones import CALLING_CODES, calling_code, e164

UNINHABITED = {"AQ", "BV", "GS", "HM", "PN", "TF", "UM"}


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("0664 1234567", "AT", "+436641234567"),
        ("664 1234567", "AT", "+436641234567"),
        ("(0664) 123-45/67", "at", "+436641234567"),
        ("0664 1234567", "+43", "+436641234567"),
        ("0664 1234567", "43", "+436641234567"),
        ("+43 (0)664 1234567", "", "+436641234567"),
        ("+43 664 1234567", "US", "+436641234567"),
        ("0043 664 1234567", "DE", "+436641234567"),
        ("\u202a+43\u00a0664\u00a01234567\u202c", "", "+436641234567"),
        (
            "\u0660\u0666\u0666\u0664\u0661\u0662\u0663\u0664\u0665\u0666\u0667",
            "AT",
            "+436641234567",
        ),
        ("\uff0b\uff18\uff11 90\u20101234\u20105678", "", "+819012345678"),
        ("312 345 6789", "IT", "+393123456789"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("01 23 45 67 89", "CI", "+2250123456789"),
        ("1 (201) 555-0123", "US", "+12015550123"),
        ("201 555 0123", "CA", "+12015550123"),
        ("8 912 345-67-89", "RU", "+79123456789"),
        ("800 123-45-67", "RU", "+78001234567"),
        ("06 20 123 4567", "HU", "+36201234567"),
        ("8 612 34567", "LT", "+37061234567"),
        ("8 029 123-45-67", "BY", "+375291234567"),
        ("8 66 123456", "TM", "+99366123456"),
        ("", "AT", ""),
        ("0664 1234567", "", ""),
        ("0664 1234567", "QQ", ""),
        ("0664 1234567", "AQ", ""),
        ("call me", "AT", ""),
        ("0664 123x567", "AT", ""),
        ("+", "", ""),
        ("+999 1234567", "", ""),
        ("+0 1234567", "", ""),
        ("0123", "AT", ""),
        ("+43 6641 2345 6789 0123", "", ""),
        ("0664\n1234567\nBcc: a", "AT", ""),
        ("\u00b2\u00b2\u00b2\u00b2\u00b2\u00b2\u00b2", "AT", ""),
    ],
)
def test_number(typed: str, country: str, number: str) -> None:
    assert e164(typed, country) == number


def test_every_country_that_people_live_in_can_be_called() -> None:
    assert CALLING_CODES.keys() == COUNTRIES.keys() - UNINHABITED
    for country, code in CALLING_CODES.items():
        assert calling_code(country) == calling_code(f"+{code}") == code
        assert PHONE_NUMBER.fullmatch(e164(f"+{code}1234567", ""))


def test_no_code_begins_with_another_one() -> None:
    codes = set(CALLING_CODES.values())
    assert [
        (one, other) for one in codes for other in codes if one != other and one.startswith(other)
    ] == []


def test_the_setting_is_offered_where_there_is_a_plan() -> None:
    assert number_plan.PLANS.keys() == set(flow_settings.PHONE_TYPES)
