"""What a user of the load test does: short, long, hard and easy prompts, whole and streamed. `load.py` runs it."""

from __future__ import annotations

import os
from itertools import count

import gevent
from locust import FastHttpUser, constant_throughput, task
from locust.exception import StopUser

KEY, REQUESTS = os.environ["LOAD_KEY"], int(os.environ["LOAD_REQUESTS"])
STREAMS = os.environ.get("LOAD_STREAMS") == "1"
PACE = float(os.environ.get("LOAD_PACE", "inf"))
"""Requests a second that one user makes at most."""
PROMPTS = (
    "What is the capital of Australia?",
    "Prove that sqrt(2) is irrational",
    "Write a Python function that merges overlapping intervals and explain its complexity.",
    "Summarise in one sentence: " + "The council met on Monday and heard forty residents on the new bridge. " * 25,
)
asked, answered = count(1), count(1)


class Caller(FastHttpUser):
    wait_time = constant_throughput(PACE)
    connection_timeout = network_timeout = 30

    @task
    def chat(self) -> None:
        number = next(asked)
        if number > REQUESTS:
            raise StopUser
        body = {"model": "auto", "messages": [{"role": "user", "content": PROMPTS[number % len(PROMPTS)]}]}
        stream = STREAMS and number % 10 == 0
        with self.client.post(
            "/chat/completions",
            json=body | {"stream": stream},
            headers={"authorization": f"Bearer {KEY}"},
            name="streamed" if stream else "whole",
            catch_response=True,
        ) as response:
            if response.status_code == 200 and not (response.content or b"").endswith((b"}", b"data: [DONE]\n\n")):
                response.failure("cut short")
        if next(answered) == REQUESTS:
            gevent.spawn(self.environment.runner.quit)  # a user cannot end itself
