"""Commands that decide what is live: canary, shadow, rollback, hold. They write one item; the publisher obeys it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

import typer

from cli.failures import Failure
from cli.map.draft import signature, store_of, wait_until
from pointsman.domain import Json, Publication
from pointsman.tiermap.edit import Edit
from pointsman.tiermap.store import Conflict, MapStore

canary = typer.Typer(help="Try the draft, or a version, on a share of the conversations.", no_args_is_help=True)
shadow = typer.Typer(help="Let a second map decide a share of the requests, without calling it.", no_args_is_help=True)

Why = Annotated[str | None, typer.Option("--why", help="The reason, kept with the version.")]
Percent = Annotated[float, typer.Option(min=0, max=100, help="Share of the traffic.")]
Number = Annotated[int | None, typer.Option("--version", min=1, help="A version; else the draft.")]


def rollback(context: typer.Context, version: Annotated[int, typer.Argument(min=1)], why: Why = None) -> None:
    """Make an old version's content live, as a new version. The draft is held until `pointsman map publish`."""
    store = store_of(context)
    wanted = store.version(version).hash
    _release(store, lambda now: now.stable.hash == wanted, mode="pin", version=version, why=why)
    typer.echo(f"version {store.live().version} is live, with the content of version {version}; the draft is held")


def publish(context: typer.Context, why: Why = None) -> None:
    """Let the draft go live, now and after every later edit."""
    store = store_of(context)
    _release(store, lambda now: not store.status().pending and now.canary is None, mode="live", why=why)
    typer.echo(f"version {store.live().version} is live")


def hold(context: typer.Context, why: Why = None) -> None:
    """Keep what is live; edits of the draft are checked and not published until `pointsman map publish`."""
    store = store_of(context)
    _release(store, lambda now: store.status().mode == "hold", mode="hold", why=why)
    typer.echo(f"version {store.live().version} stays live; the draft is held")


def migrate(context: typer.Context) -> None:
    """Have what is live written anew, in the schema of this release, where it is of an older one."""
    store = store_of(context)
    before = store.status()
    read = store.desired()
    _write(store, Edit(read, release={**read.release, **signature()}))
    wait_until(store, lambda: store.record().publication is not None, before)
    typer.echo(f"version {store.live().version} is live, in schema {store.live().schema_version}")


@canary.command("start")
def start_canary(context: typer.Context, percent: Percent = 5.0, version: Number = None, why: Why = None) -> None:
    """Try the draft on a share of the conversations, or change that share: then those on the canary stay there.

    Start it before you edit: the edits then go to the canary alone."""
    store = store_of(context)
    running = store.desired().release
    same = running.get("mode") == "canary"
    fields: dict[str, Json] = {"percent": _decimal(percent), "why": why}
    fields["salt"] = running.get("salt", "canary") if same else signature()["updated_at"]
    fields["started_at"] = running.get("started_at") if same else signature()["updated_at"]
    _release(store, lambda now: store.status().mode == "canary", mode="canary", version=version, **fields)
    now = store.publication().canary
    what = f"version {now.map.version} is the canary" if now else "the draft says what is live: edit it, and the edits"
    typer.echo(f"{what} {'for' if now else 'go to'} {percent:g} % of the conversations")


@canary.command()
def promote(context: typer.Context, why: Why = None) -> None:
    """Make the canary live for everybody."""
    store = store_of(context)
    running = store.publication().canary
    release = store.desired().release
    if running is None and release.get("mode") == "canary":
        raise Failure("the canary has nothing to try yet, so nothing to promote: edit the draft, or `canary abort`")
    if running is None:
        raise Failure("no canary is running: `pointsman map canary start`")
    wanted = running.map.hash
    from_version = release.get("version")
    target: dict[str, Any] = {"mode": "pin", "version": int(from_version)} if from_version else {"mode": "live"}
    _release(store, lambda now: now.stable.hash == wanted, why=why, **target)
    typer.echo(f"version {store.live().version} is live for everybody")


@canary.command()
def abort(context: typer.Context, why: Why = None) -> None:
    """End the canary. The stable map serves everybody, and the draft is held."""
    store = store_of(context)
    _release(store, lambda now: now.canary is None and store.status().mode == "hold", mode="hold", why=why)
    typer.echo(f"version {store.live().version} serves everybody; the draft is held until `pointsman map publish`")


@shadow.command("start")
def start_shadow(context: typer.Context, percent: Percent = 10.0, version: Number = None) -> None:
    """Have the draft, or a version, decide a share of the requests as well: see `shadow` in the cost events."""
    store = store_of(context)
    wanted: dict[str, Json] = {"percent": _decimal(percent)} | ({"version": version} if version else {})
    _keep(store, lambda now: bool(now.shadow and now.shadow.percent == percent), wanted)
    typer.echo(f"{f'version {version}' if version else 'the draft'} decides {percent:g} % of the requests as well")


@shadow.command("stop")
def stop_shadow(context: typer.Context) -> None:
    """Let the second map be."""
    _keep(store_of(context), lambda now: now.shadow is None, None)
    typer.echo("no second map decides")


def _release(store: MapStore, done: Callable[[Publication], bool], **fields: Json) -> None:
    """Write the release, which a shadow outlives, and wait until it has come about."""
    read, before = store.desired(), store.status()
    kept = {"shadow": read.release["shadow"]} if "shadow" in read.release else {}
    said = {name: value for name, value in fields.items() if value is not None}
    _write(store, Edit(read, release={**kept, **said, **signature()}))
    wait_until(store, lambda: done(store.publication()), before)


def _keep(store: MapStore, done: Callable[[Publication], bool], wanted: Json) -> None:
    read, before = store.desired(), store.status()
    others = {name: value for name, value in read.release.items() if name != "shadow"}
    _write(store, Edit(read, release={**others, **({"shadow": wanted} if wanted else {}), **signature()}))
    wait_until(store, lambda: done(store.publication()), before)


def _write(store: MapStore, edit: Edit) -> None:
    try:
        store.edit(edit)
    except Conflict:
        raise Failure("somebody else has changed the release meanwhile: look at `pointsman map status`") from None


def _decimal(percent: float) -> Decimal:
    return Decimal(str(percent))
