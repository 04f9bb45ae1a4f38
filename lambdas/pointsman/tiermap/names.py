"""The publisher's metrics; the alarms import them from here."""

from typing import Final

INVALID_MAP: Final = "InvalidMap"
MAP_PUBLISHED: Final = "MapPublished"
