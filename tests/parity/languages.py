"""LA: in which language a flow speaks, and in whose words."""

from __future__ import annotations

import re
from typing import Any

from parity.forms import proven, settings, sign_up_page
from parity.place import Place, opened
from parity.proofs import shows
from parity.signing_up import options
from people import Page

FLOWS = "/beta/identity/b2cUserFlows"


def spoken(place: Place, flow: str, accept: str, **parameters: str) -> str:
    """The language of the first page in a browser that prefers these."""
    with place.browser(headers={"accept-language": accept}) as browser:
        page = opened(browser, place.asked(flow, None, **parameters).url)
    found = re.search(r'<html lang="([^"]+)"', page.text)
    assert found
    assert settings(page)["locale"]["lang"] == found[1]
    return found[1]


def customized(place: Place, **body: Any) -> str:
    """A flow that speaks German beside English; the other languages are not enabled."""
    flow = place.flow()
    change = {"isLanguageCustomizationEnabled": True, **body}
    place.send("PATCH", f"{FLOWS}/{flow}", change)
    place.send("PUT", f"{FLOWS}/{flow}/languages/de", {"isEnabled": True})
    return flow


@shows("LA-01", "LA-02", "LA-03")
def which_language(place: Place) -> None:
    flow, plain = customized(place, defaultLanguageTag="es"), place.flow()
    assert spoken(place, flow, "de", ui_locales="xx fr") == "fr"
    assert spoken(place, plain, "de", ui_locales="fr") == "de"
    assert spoken(place, flow, "fr, de;q=0.5") == "de"
    assert spoken(place, plain, "fr, de;q=0.5") == "fr"
    assert spoken(place, flow, "fr, ja;q=0.5") == "es"
    assert spoken(place, customized(place), "fr") == "en"


@shows("LA-04", "LA-05")
def whose_words(place: Place) -> None:
    flow = customized(place)
    place.ask(flow, "city", userInputType="dropdownSingleSelect", **options("Paris=PAR"))
    pages = f"{FLOWS}/{flow}/languages/en/overridesPages"
    texts = [
        {
            "ElementType": "UxElement",
            "ElementId": None,
            "StringId": id,
            "Override": override,
            "Value": text,
        }
        for id, override, text in (
            ("heading", True, "Come in"),
            ("button_signin", False, "Enter"),
        )
    ]
    place.send("PUT", f"{pages}/signuporsignin/$value", {"LocalizedStrings": texts})
    names = {
        "ElementType": "ClaimType",
        "ElementId": "city",
        "TargetCollection": "Restriction",
        "Override": True,
        "Items": [{"Name": "City of Light", "Value": "PAR"}],
    }
    document = {"LocalizedStrings": [], "LocalizedCollections": [names]}
    place.send("PUT", f"{pages}/localaccountsignup/$value", document)
    with place.browser() as browser:
        page = opened(browser, place.asked(flow).url)
        assert heading(page) == "Come in"
        assert re.search(r'id="next"[^>]*>Sign in<', page.text)
        page = proven(place, browser, sign_up_page(place, browser, flow), place.address())
        assert re.search(r'<option value="PAR"[^>]*>City of Light</option>', page.text)
    with place.browser(headers={"accept-language": "de"}) as browser:
        assert heading(opened(browser, place.asked(flow).url)) == "Anmelden"


def heading(page: Page) -> str:
    found = re.search(r"<h1[^>]*>([^<]+)<", page.text)
    assert found
    return found[1]
