"""The harness of `make bench` and `make load`: what it reads and reckons, and that its fake model is one."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from bench.bench_latency import Client, added
from bench.load import Load, percentile, read, slope
from bench.stage import only_asking, server, server_upstream
from bench.upstream import CHUNKS, MODEL
from local.failure import LocalFailure
from local.vendors import LOCAL_ALIAS
from pointsman.tiermap.compile import compile_map


def test_locusts_statistics_are_added_up() -> None:
    entry = {"num_requests": 3, "num_failures": 1, "start_time": 10.0, "last_request_timestamp": 12.0}
    entries = [entry | {"response_times": {"2": 2, "30.0": 1}}, entry | {"response_times": {"2": 3}}]
    load = read(json.dumps(entries))
    assert load == Load(6, 2, Counter({2: 5, 30: 1}), 2.0)
    assert load + read("[]") == load


@pytest.mark.parametrize(("share", "milliseconds"), [(0.5, 1), (0.95, 5), (0.99, 9)])
def test_percentiles_count_requests(share: float, milliseconds: int) -> None:
    assert percentile(Counter({1: 90, 5: 8, 9: 2}), share) == milliseconds


def test_a_leak_has_a_slope_and_a_plateau_has_none() -> None:
    assert slope([(10_000, 90.0), (20_000, 92.0), (30_000, 94.0)]) == pytest.approx(2)
    assert slope([(10_000, 90.0), (20_000, 90.0)]) == 0


def test_what_is_added_is_compared_within_a_round() -> None:
    assert added([{"direct": 1, "router": 3}, {"direct": 50, "router": 53}, {"direct": 2, "router": 4}], "router") == 2


def test_every_tier_asks_the_fake_model_first() -> None:
    found = compile_map(only_asking("http://127.0.0.1:1/v1"), version=0, author="", published_at="")
    assert {tier.candidates[0].model for tier in found.tiers.values()} == {LOCAL_ALIAS}


@pytest.fixture(scope="module")
def fake() -> Iterator[str]:
    with server_upstream() as process:
        assert process.megabytes > 1
        yield process.url


def test_the_fake_model_answers_whole_and_streamed(fake: str) -> None:
    with httpx.Client() as client:
        whole = client.post(f"{fake}/chat/completions", json={"model": MODEL})
        streamed = client.post(f"{fake}/chat/completions", json={"model": MODEL, "stream": True})
    assert whole.json()["choices"][0]["message"]["content"]
    assert streamed.text.count('"content"') == CHUNKS
    assert streamed.text.endswith("data: [DONE]\n\n")


def test_the_client_times_whole_answers_and_streams(fake: str) -> None:
    client = Client(fake, MODEL, "key")
    assert client.whole() > 0
    assert min(client.stream()) > 0
    client.close()


def test_a_server_that_does_not_start_is_named() -> None:
    with pytest.raises(LocalFailure, match="did not start"), server([sys.executable, "-c", "exit(1)"], 1, {}):
        pass
