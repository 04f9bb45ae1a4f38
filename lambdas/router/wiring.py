"""Builds the router's app from its environment; the only place where the parts meet AWS."""

from __future__ import annotations

import time
import uuid
from functools import cache, partial

import boto3
import httpx
from botocore.config import Config
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool

from pointsman import classify
from pointsman.accounts.counters import Change, CounterTable, Holder
from pointsman.accounts.feedback import FeedbackStore
from pointsman.accounts.idempotency import Answers, Idempotency
from pointsman.accounts.keys import KeyStore
from pointsman.accounts.quotas import Quotas
from pointsman.admission import Admission
from pointsman.app import Services, create_app
from pointsman.console.routes import Console
from pointsman.console.savings import Savings
from pointsman.invoke import Breakers, Invoker
from pointsman.invoke.board import Board
from pointsman.metering.sinks import emit
from pointsman.providers import Providers
from pointsman.second_look import SecondLook
from pointsman.tiermap.read import MapReader
from pointsman.tiermap.seed import packaged_map
from pointsman.tiermap.store import MapStore
from router.host import time_left
from router.tracing import trace

QUICK = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2})
"""For what a request waits for beside its model: none of it may hold it up for long."""

ONCE = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
"""For counters: adding twice is not adding once."""

LONGEST = 900
"""Seconds. No tier may wait longer for an answer (`tiermap/draft.py`), nor may a Lambda run."""
MARGIN = 60.0
"""Seconds that a request may take beside the host's longest: the clocks of two containers differ."""


class Settings(BaseModel):
    """The router's environment variables."""

    MAP_TABLE: str
    ACCOUNTS_TABLE: str
    STAGE: str
    LOG_GROUP: str = ""
    METRICS_BY: str = ""
    AWS_XRAY_DAEMON_ADDRESS: str | None = None


def build(settings: Settings, *, longest: float = 840.0, largest: int | None = None) -> Starlette:
    """The app, with its tier map already read: that belongs to the cold start, not to the first request.

    `longest` is how many seconds the host gives a request; the default is just below the 15 minutes of a streaming API.
    `largest` is how many bytes it can give at once, if that is how it gives answers.
    """
    dynamodb = boto3.resource("dynamodb", config=QUICK)
    counters = CounterTable(boto3.resource("dynamodb", config=ONCE).Table(settings.ACCOUNTS_TABLE))

    async def apply(holder: Holder, change: Change) -> dict[str, int]:
        return await run_in_threadpool(counters.apply, holder, change)

    store = MapStore(dynamodb.Table(settings.MAP_TABLE))
    reader = MapReader(fetch=store.publication, packaged=packaged_map, clock=time.monotonic)
    reader.current()
    providers = Providers(
        bedrock_client=_bedrock_client,
        secrets=partial(_secret, settings.STAGE),
        http=httpx.AsyncClient(limits=httpx.Limits(max_connections=100, keepalive_expiry=60)),
    )
    board = Board(dynamodb.Table(settings.ACCOUNTS_TABLE), clock=time.monotonic)
    keys = KeyStore(dynamodb.Table(settings.ACCOUNTS_TABLE), clock=time.time)
    return create_app(
        Services(
            authenticate=keys.authenticate,
            remembered=keys.remembered,
            tier_map=reader.current,
            classify=classify.load(),
            invoker=Invoker(providers.for_model, breakers=Breakers(time.monotonic, board)),
            admission=Admission(Quotas(apply, clock=time.time, lifetime=longest + MARGIN)),
            idempotency=Idempotency(Answers(settings.ACCOUNTS_TABLE, boto3.client("dynamodb", config=QUICK))),
            second_look=SecondLook(Invoker(providers.for_model)),
            feedback=FeedbackStore(dynamodb.Table(settings.ACCOUNTS_TABLE), clock=time.time).put,
            emit=partial(emit, stage=settings.STAGE, by=[name for name in settings.METRICS_BY.split(",") if name]),
            longest=longest,
            stage=settings.STAGE,
            largest=largest,
            time_left=lambda scope: time_left(scope, time.time(), longest),
            console=Console(store.version, Savings(_logs_client, settings.LOG_GROUP), time.time),
            trace=partial(trace, settings.AWS_XRAY_DAEMON_ADDRESS),
            new_id=lambda: uuid.uuid4().hex,
        )
    )


@cache
def _bedrock_client(region: str | None):  # type: ignore[no-untyped-def]
    """One client a region. Retries and deadlines are `invoke.py`'s, so botocore's own are off."""
    config = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=3,
        read_timeout=LONGEST,
        tcp_keepalive=True,
        max_pool_connections=64,
    )
    return boto3.client("bedrock-runtime", region_name=region, config=config)


@cache
def _logs_client():  # type: ignore[no-untyped-def]
    return boto3.client("logs", config=QUICK)


@cache
def _secrets_client():  # type: ignore[no-untyped-def]
    return boto3.client("secretsmanager", config=QUICK)


def _secret(stage: str, name: str) -> str:
    value: str = _secrets_client().get_secret_value(SecretId=f"pointsman/{stage}/{name}")["SecretString"]
    return value
