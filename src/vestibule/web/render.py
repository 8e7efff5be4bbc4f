"""Templates and static files to text and bytes. Knows no journey and no protocol."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response

from vestibule.errors import NotFound
from vestibule.settings import Settings
from vestibule.texts import Voice
from vestibule.web.exchange import Exchange

STATIC = "static"
_TYPES: Mapping[str, str] = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_ENGLISH = Voice()


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file; its address changes with its contents, so browsers may keep it for ever."""

    address: str
    media_type: str
    content: bytes


def _assets() -> dict[str, Asset]:
    """Every static file of the package, by name."""
    found = {}
    for file in files("vestibule.web").joinpath(STATIC).iterdir():
        stem, _, kind = file.name.rpartition(".")
        if kind in _TYPES:
            content = file.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:12]
            found[file.name] = Asset(f"/{STATIC}/{stem}-{digest}.{kind}", _TYPES[kind], content)
    return found


class Render:
    """Pages of the package's templates. One for the process: templates are compiled once."""

    def __init__(self, settings: Settings) -> None:
        self._assets = _assets()
        self._by_address = {asset.address: asset for asset in self._assets.values()}
        self._environment = Environment(
            loader=PackageLoader("vestibule.web"),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,  # or each page looks at the files of all templates it is made of
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["asset"] = self.asset
        self._environment.globals["development"] = settings.development

    def asset(self, name: str) -> str:
        """The address of a static file."""
        return self._assets[name].address

    def read(self, address: str) -> Asset | None:
        """The static file at an address."""
        return self._by_address.get(address)

    def page(
        self,
        name: str,
        *,
        nonce: str,
        correlation: str,
        voice: Voice = _ENGLISH,
        traced: bool = False,
        **model: Any,
    ) -> str:
        """The HTML of template `name`; `say(id, …)` inside speaks with `voice`. `traced`: the
        correlation id leads to a trace."""

        def speak(text: str, **arguments: object) -> str:
            return voice.say(text, arguments)

        return self._environment.get_template(f"{name}.html").render(
            model,
            nonce=nonce,
            correlation=correlation,
            traced=traced,
            language=voice.heard,
            direction=voice.direction,
            say=speak,
        )

    async def static(self, exchange: Exchange) -> Response:
        """A static file. Raises NotFound."""
        asset = self.read("/" + "/".join(exchange.path))
        if asset is None:
            raise NotFound("There is no such file.")
        return Response(
            asset.content,
            media_type=asset.media_type,
            headers={
                "cache-control": "public, max-age=31536000, immutable",
                "x-content-type-options": "nosniff",
            },
        )
