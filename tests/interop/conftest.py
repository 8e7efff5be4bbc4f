"""One server for each module, and clients that trust it as the README says.

Not for the session: what else runs in this process trusts its own authorities.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from live import Live, running


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with (
        running(tmp_path_factory.mktemp("dev")) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            patch.setenv(name, server.ca_file)
        yield server
