"""What the HTTP surface is built from: each is passed in, so that tests pass in fakes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.types import Scope

from pointsman.accounts.idempotency import Idempotency
from pointsman.admission import Admission
from pointsman.classify import Classifier
from pointsman.console.routes import Console
from pointsman.domain import Account, CostEvent, Feedback, MapView
from pointsman.invoke import Invoker
from pointsman.second_look import SecondLook


@dataclass(frozen=True)
class Services:
    """The app's collaborators. `authenticate` raises `Unauthenticated` and may take its time, `remembered` answers at
    once or not at all; `new_id` gives a request its id; `now` is seconds since the epoch, `clock` a monotonic one.

    `longest` is how many seconds the host gives a request, `time_left` how many of them it says are left of one;
    `keep_alive` how many of silence a stream's client is left without a sign of life, its head included; `largest` how
    many bytes a host that gives answers whole can give, as a string of JSON. `stage` is the deployment's.
    """

    authenticate: Callable[[Mapping[str, str]], Account]
    tier_map: Callable[[], MapView]
    classify: Classifier
    invoker: Invoker
    emit: Callable[[CostEvent], None]
    new_id: Callable[[], str]
    longest: float
    stage: str | None = None
    admission: Admission = field(default_factory=Admission)
    idempotency: Idempotency | None = None
    console: Console | None = None
    remembered: Callable[[Mapping[str, str]], Account | None] = lambda headers: None
    second_look: SecondLook | None = None
    feedback: Callable[[Account, Feedback], None] | None = None
    keep_alive: float = 10.0
    largest: int | None = None
    time_left: Callable[[Scope], float | None] = lambda scope: None
    trace: Callable[[Scope, CostEvent], None] = lambda scope, event: None
    now: Callable[[], float] = time.time
    clock: Callable[[], float] = time.monotonic
