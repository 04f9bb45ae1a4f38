"""Keeps a router's tier map fresh without ever making a request wait for it.

first call        fetch, wait for it a moment; not there in time or not at all: the packaged map
within the TTL    the map as it is
past the TTL      the map as it is, while one background thread fetches the next
a fetch fails     the last map that was good, marked as such, until a later fetch succeeds
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

from pointsman.domain import MapView, Publication, TierMap

logger = logging.getLogger(__name__)


class MapReader:
    """`fetch` reads what is live and may raise anything; `packaged` gives the map to start with where it cannot.

    `clock` counts seconds and never goes back. `first_wait`: how long, in seconds, the first call waits for `fetch`.
    Fetches start at most once per TTL, which is a setting of the map itself. Safe to call from any thread.
    """

    def __init__(
        self,
        fetch: Callable[[], Publication],
        packaged: Callable[[], TierMap],
        clock: Callable[[], float],
        first_wait: float = 3.0,
    ) -> None:
        self._fetch = fetch
        self._packaged = packaged
        self._clock = clock
        self._first_wait = first_wait
        self._lock = threading.Lock()
        self._view: MapView | None = None
        self._due = 0.0
        self._running: threading.Event | None = None
        """Set when the fetch under way has ended; there is none while this is `None`."""

    def current(self) -> MapView:
        """The map to route by. Waits only as long as there has never been one."""
        with self._lock:
            view = self._view
            if view and self._clock() < self._due:
                return view
            running = self._running or self._start()
        if view:
            return view
        running.wait(self._first_wait)
        with self._lock:
            if self._view is None:
                self._install(MapView(self._packaged(), "packaged"))
            assert self._view is not None
            return self._view

    def _start(self) -> threading.Event:
        """Begin a fetch in the background. Called with the lock held."""
        running = threading.Event()
        threading.Thread(target=self._refresh, args=(running, self._clock()), name="tier-map", daemon=True).start()
        self._running = running
        return running

    def _refresh(self, running: threading.Event, started: float) -> None:
        view: MapView | None = None
        try:
            live = self._fetch()
            view = MapView(live.stable, "live", canary=live.canary, shadow=live.shadow)
        except Exception as error:  # whatever it is, requests go on with the map there is
            logger.warning("The tier map could not be fetched: %s", type(error).__name__)
        with self._lock:
            if view is None and self._view and self._view.source == "live":
                view = replace(self._view, source="last-known-good")
            if view := view or self._view:
                self._install(view, started)
            self._running = None
        running.set()

    def _install(self, view: MapView, started: float | None = None) -> None:
        self._view = view
        self._due = (self._clock() if started is None else started) + view.map.settings.ttl
