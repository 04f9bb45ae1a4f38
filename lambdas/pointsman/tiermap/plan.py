"""What should be published, told from what people want and what is live. Pure: the publisher carries it out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from pointsman.domain import Publication, TierMap, Trial
from pointsman.errors import MapError
from pointsman.tiermap.authorship import UNKNOWN, authorship
from pointsman.tiermap.compile import Encoder, compile_map
from pointsman.tiermap.diff import by_key, changes
from pointsman.tiermap.draft import Parser
from pointsman.tiermap.edit import Desired, Item
from pointsman.tiermap.problems import InvalidMap, Problem, problem
from pointsman.tiermap.records import Live, Mode, NewVersion, Version
from pointsman.tiermap.release import RELEASE, ReleaseItem, read_release

MOST_CHANGES = 100
"""Lines of what a version changed that are kept with it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`publication` is what should be live (nothing: what is), `versions` the records new with it; `problems` is what
    keeps the draft, or the release, from being followed. `pending`: the draft says something else than what is live."""

    publication: Publication | None = None
    versions: tuple[NewVersion, ...] = ()
    problems: tuple[Problem, ...] = ()
    mode: Mode = "live"
    pending: bool = False


class Planner:
    """Makes one plan. `load` gives the map of a version, `source` the draft items it was made from; both may raise
    `MapError`."""

    def __init__(
        self,
        desired: Desired,
        live: Live,
        load: Callable[[int], TierMap],
        source: Callable[[int], Mapping[str, Item]],
        now: str,
        providers: Iterable[str] | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        self._desired = desired
        self._live = live
        self._load = load
        self._source = source
        self._now = now
        self._next = live.latest + 1
        self._versions: list[NewVersion] = []
        self._problems: list[Problem] = []
        self._incomplete = bool(desired.change.get("incomplete"))
        self._draft = None if self._incomplete else self._compile(providers, encoder)

    def plan(self) -> Plan:
        parser = Parser()
        release = read_release(self._desired.release, parser)
        self._problems += parser.problems
        mode: Mode = release.mode if release else "hold"  # what nobody understands changes nothing
        if self._incomplete and mode == "live":
            mode = "hold"  # an edit in several steps is under way
        stable = self._stable(mode, release)
        publication = None
        if stable:
            canary, shadow = (self._canary(mode, release, stable), self._shadow(release)) if release else self._trials()
            publication = Publication(stable, canary, shadow)
        return Plan(
            publication=None if publication == self._live.publication else publication,
            versions=tuple(self._versions),
            problems=tuple(self._problems),
            mode=mode,
            pending=bool(self._draft is None or stable is None or self._draft.hash != stable.hash),
        )

    def _compile(self, providers: Iterable[str] | None, encoder: Encoder | None) -> TierMap | None:
        items = self._desired.items
        try:
            return compile_map(items, version=0, author=UNKNOWN, published_at="", providers=providers, encoder=encoder)
        except InvalidMap as error:
            self._problems += error.problems
            return None

    def _trials(self) -> tuple[Trial | None, Trial | None]:
        """Those there are, where the release cannot be read."""
        now = self._live.publication
        return (now.canary, now.shadow) if now else (None, None)

    def _current(self) -> TierMap | None:
        """The stable map that is live; where its record cannot be read, from its version."""
        if self._live.publication:
            return self._live.publication.stable
        return self._load(self._live.version) if self._live.version else None

    def _stable(self, mode: Mode, release: ReleaseItem | None) -> TierMap | None:
        if mode == "pin" and release and release.version:
            source = self._version(release.version)
            return self._publish(source, release, source.version) if source else self._current()
        if mode == "live" or (mode == "canary" and not self._live.version):  # there must be something to stay with
            return self._publish(self._draft, None) if self._draft else self._current()
        return self._current()

    def _canary(self, mode: Mode, release: ReleaseItem, stable: TierMap) -> Trial | None:
        if mode != "canary":
            return None
        wanted = self._version(release.version) if release.version else self._draft
        there = self._live.publication.canary if self._live.publication else None
        if wanted is None:
            return there
        if wanted.hash == stable.hash:
            return None
        if release.version:
            tier_map = wanted
        elif there and there.map.hash == wanted.hash:
            tier_map = there.map
        else:
            tier_map = self._new(wanted, stable.version)
        return Trial(tier_map, float(release.percent), release.salt)

    def _shadow(self, release: ReleaseItem) -> Trial | None:
        if release.shadow is None:
            return None
        there = self._live.publication.shadow if self._live.publication else None
        wanted = self._version(release.shadow.version) if release.shadow.version else self._draft
        if wanted is None:
            return there
        if not release.shadow.version and there and there.map.hash == wanted.hash and not there.map.version:
            wanted = there.map  # its author may have changed, what it decides has not
        return Trial(wanted, float(release.shadow.percent), release.shadow.salt)

    def _publish(self, content: TierMap, release: ReleaseItem | None, source: int | None = None) -> TierMap:
        """The stable map with this content: the one there is, the canary that is promoted, or a new version."""
        if content.hash == self._live.hash and self._live.publication:
            return self._live.publication.stable
        now = self._live.publication
        if source is None and now and now.canary and now.canary.map.hash == content.hash:
            return now.canary.map
        return self._new(content, self._live.version, release, source)

    def _new(
        self, content: TierMap, before: int, release: ReleaseItem | None = None, source: int | None = None
    ) -> TierMap:
        items = self._source(source) if source else by_key(self._desired.items)
        there = self._source(before) if before else {}
        found = changes(there, items)
        if release:
            by, why = release.updated_by or UNKNOWN, release.why
        else:
            since = self._live.publication.stable.published_at if self._live.publication else ""
            by, why = authorship(there, items, found, self._desired.change, since)
        tier_map = replace(content, version=self._next, author=by, published_at=self._now)
        lines = [str(change) for change in found]
        if len(lines) > MOST_CHANGES:
            lines[MOST_CHANGES - 1 :] = [f"… and {len(lines) - MOST_CHANGES + 1} more"]
        record = Version(self._next, tier_map.hash, by, self._now, why, tuple(lines), source)
        self._versions.append(NewVersion(record, tier_map, items))
        self._next += 1
        return tier_map

    def _version(self, number: int) -> TierMap | None:
        try:
            return self._load(number)
        except MapError as error:
            self._problems.append(problem(RELEASE, "version", str(error).rstrip(".")))
            return None
