"""Headless Chromium: $CHROMIUM, else the system's, else the one that Playwright brings."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

SYSTEM = Path("/usr/bin/chromium")
# Of lists of features Chromium takes the last one, so this one repeats what Playwright's has.
_PLAYWRIGHTS = (
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
# Each window of a browser renders two pages of its own behind its address bar, which nobody sees
# here and which take as long as all pages of a story.
_ADDRESS_BARS = ("WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "WebUIOmniboxPopup")


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """A browser for the length of a `with` block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_program(), args=_all(arguments))
        yield browser
        browser.close()


@contextmanager
def profile(folder: Path, *arguments: str) -> Iterator[BrowserContext]:
    """A browser with one lasting profile, for the length of a `with` block.

    It accepts the cookies of third parties, as Chrome does. Debian's Chromium does not by itself,
    and the contexts of `chromium`, which are incognito windows, never do.
    """
    preferences = folder / "Default" / "Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text(json.dumps({"profile": {"cookie_controls_mode": 0}}), "utf-8")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=_program(), args=_all(arguments)
        )
        yield context
        context.close()


def _program() -> str | None:
    return os.environ.get("CHROMIUM") or (str(SYSTEM) if SYSTEM.exists() else None)


def _all(arguments: tuple[str, ...]) -> list[str]:
    without = f"--disable-features={','.join((*_PLAYWRIGHTS, *_ADDRESS_BARS))}"
    return ["--no-sandbox", without, *arguments]


def faults(page: Page) -> str:
    """What axe finds wrong with a page as it is now; "" for nothing.

    Its script stays in the document: to read it takes as long as to run it. What was found right
    stays there, too.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    run = "axe.run({resultTypes: ['violations']}).then(({violations}) => ({violations}))"
    found = AxeResults(page.evaluate(run))
    return str(found.generate_report()) if found.violations_count else ""


def trusting(*certificates: Path) -> str:
    """The argument by which the browser accepts the keys of these certificates, and no others.

    Chromium reads no CA file, and its own store of authorities belongs to the whole machine.
    """
    return f"--ignore-certificate-errors-spki-list={','.join(map(_pin, certificates))}"


def _pin(certificate: Path) -> str:
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    digest = Hash(SHA256())
    digest.update(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    return base64.b64encode(digest.finalize()).decode()
