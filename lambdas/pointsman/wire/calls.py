"""Ids of tool calls on the wire. Where a vendor signs its calls, the signature rides in the id: clients send that back
in every dialect, and drop most else."""

from __future__ import annotations

from pointsman.domain import ToolCall, ToolCallDelta

SEPARATOR = "__thought__"


def wire_id(call: ToolCall | ToolCallDelta) -> str:
    return f"{call.id}{SEPARATOR}{call.signature}" if call.signature else call.id or ""


def read_id(wire: str) -> tuple[str, str | None]:
    """The vendor's own id, and its signature."""
    id, _, signature = wire.partition(SEPARATOR)
    return (id, signature or None) if id else (wire, None)
