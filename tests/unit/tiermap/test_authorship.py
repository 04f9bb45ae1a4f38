"""Nobody is given for the author of what others changed, and no reason for what was done without one."""

from __future__ import annotations

import pytest

from pointsman.domain import Json
from pointsman.tiermap.authorship import authorship
from pointsman.tiermap.diff import changes

Item = dict[str, Json]
T0, T1, T2 = "2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00", "2026-01-03T00:00:00+00:00"
OLD: Item = {"timeout": 1, "updated_by": "ann", "updated_at": T1}
NEW = OLD | {"timeout": 2}
UNSIGNED: Item = {"timeout": 1}
ANNS: Item = {"updated_by": "ann", "updated_at": T1, "why": "quicker"}
BOBS: Item = {"updated_by": "bob", "updated_at": T2, "why": "cheaper"}


def told(before: dict[str, Item], after: dict[str, Item], note: Item, since: str = T1) -> tuple[str, str | None]:
    return authorship(before, after, changes(before, after), note, since)


@pytest.mark.parametrize(
    ("before", "after", "note", "expected"),
    [
        (OLD, NEW | {"updated_by": "bob", "updated_at": T2}, BOBS, ("bob", "cheaper")),
        (OLD, NEW | {"updated_by": "bob"}, ANNS, ("bob", None)),
        (OLD, NEW, ANNS, ("unknown", None)),
        (OLD, {"timeout": 2}, ANNS, ("unknown", None)),
        (UNSIGNED, {"timeout": 2}, {}, ("unknown", None)),
        (UNSIGNED, {"timeout": 2, "updated_by": "bob"}, ANNS, ("bob", None)),
        (UNSIGNED | {"updated_by": "bob"}, {"timeout": 2, "updated_by": "bob"}, ANNS, ("bob", None)),
        (UNSIGNED, NEW | {"updated_by": "bob"}, ANNS, ("bob", None)),
        (OLD, NEW | {"updated_by": "bob", "updated_at": T2}, ANNS, ("bob", None)),
        (OLD | {"updated_at": T0}, NEW, BOBS, ("ann", "cheaper")),
    ],
)
def test_an_edit_is_whose_signature_it_bears_and_the_reason_the_clis(
    before: Item, after: Item, note: Item, expected: tuple[str, str | None]
) -> None:
    assert told({"TIER#a": before}, {"TIER#a": after}, note) == expected


def test_who_changed_nothing_is_not_named() -> None:
    before = {"TIER#a": OLD, "TIER#b": UNSIGNED}
    after = {"TIER#a": OLD | {"updated_by": "eve", "updated_at": T2}, "TIER#b": {"timeout": 2, "updated_by": "bob"}}
    assert told(before, after, ANNS) == ("bob", None)


def test_several_are_all_named() -> None:
    after = {"TIER#a": NEW | {"updated_by": "bob", "updated_at": T2}, "TIER#b": {"timeout": 2}, "TIER#c": UNSIGNED}
    assert told({"TIER#a": OLD, "TIER#b": UNSIGNED, "TIER#c": UNSIGNED}, after, BOBS) == ("bob, unknown", None)


@pytest.mark.parametrize(("note", "expected"), [(BOBS, ("bob", "cheaper")), (ANNS, ("unknown", None))])
def test_a_removal_is_the_clis_where_its_edit_was_not_published_before(note: Item, expected: tuple[str, None]) -> None:
    assert told({"TIER#a": OLD}, {}, note) == expected


def test_what_changed_nothing_has_no_author() -> None:
    assert told({"TIER#a": OLD}, {"TIER#a": OLD}, BOBS) == ("unknown", None)
