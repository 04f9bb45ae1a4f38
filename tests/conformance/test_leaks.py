"""Nothing of what a vendor's error quotes reaches the caller: no body, key or ARN."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from pointsman.providers.registry import PROVIDERS
from tests.conformance.conftest import KEY, Router
from tests.conformance.upstream import PRIVATE

ASKED: list[Any] = [{"role": "user", "content": "Broken!"}]
DIALECTS: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": ASKED},
    "/v1/responses": {"input": "Broken!"},
    "/v1/messages": {"messages": ASKED, "max_tokens": 50},
}
STATUSES = (400, 401, 404, 429, 500, 529)


@pytest.mark.parametrize("path", DIALECTS)
@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_no_word_of_a_vendors_error_leaks(provider: str, path: str, router: Router) -> None:
    with httpx.Client(base_url=router.url, headers={"authorization": f"Bearer {KEY}"}) as client:
        for status in STATUSES:
            router.upstream.status = status
            for stream in (False, True):
                body = {"model": provider, "stream": stream, **DIALECTS[path]}
                response = client.post(path, json=body)
                assert response.status_code >= 400
                assert response.json()["error"]["message"]
                said = response.text + str(response.headers)
                assert not [word for word in PRIVATE.split() if word in said], said
    assert not [word for word in PRIVATE.split() if word in str(router.events)]
    assert len(router.events) == 2 * len(STATUSES)
