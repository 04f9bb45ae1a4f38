"""Messages to those of OpenAI's chat completions."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence

from pointsman.domain import CacheTtl, Document, Image, Json, Message, Model, Part, Text, Thinking, ToolCall, ToolResult
from pointsman.errors import Unsupported
from pointsman.providers.ids import fitting_id
from pointsman.providers.registry import Vendor

UNSIGNED = "skip_thought_signature_validator"
"""What Gemini takes in place of a signature on a call that it did not make."""


def messages(vendor: Vendor, model: Model, said: Iterable[Message]) -> list[dict[str, Json]]:
    writer = _Writer(vendor, model)
    return [one for index, message in enumerate(said) for one in writer.write(message, f"messages.{index}")]


class _Writer:
    def __init__(self, vendor: Vendor, model: Model) -> None:
        self._vendor = vendor
        self._model = model

    def write(self, message: Message, where: str) -> Iterator[dict[str, Json]]:
        """One turn; several where it holds several tool results, of which each is a message here, and none where it
        holds only thoughts that this vendor has no place for."""
        placed = [(part, f"{where}.content.{index}") for index, part in enumerate(message.parts)]
        if message.role == "tool":
            for part, at in placed:
                if not isinstance(part, ToolResult):
                    raise Unsupported("A `tool` message can hold only tool results.", param=at)
                yield self._tool_result(part, at)
            return
        calls = [(part, at) for part, at in placed if isinstance(part, ToolCall)]
        thoughts = [(part, at) for part, at in placed if isinstance(part, Thinking)]
        content = [(part, at) for part, at in placed if not isinstance(part, ToolCall | Thinking)]
        if message.role != "assistant" and (calls or thoughts):
            at = (calls or thoughts)[0][1]
            raise Unsupported("Only an `assistant` message can hold tool calls and thoughts.", param=at)
        said: dict[str, Json] = {"role": message.role, "content": self._content(content, message.role)}
        if signed := [at for thought, at in thoughts if thought.signed]:
            raise Unsupported("Thoughts that another vendor has signed cannot go to this one.", param=signed[0])
        if thoughts and self._vendor.thoughts:
            said[self._vendor.thoughts] = "\n".join(thought.text for thought, _ in thoughts)
        if calls:
            said["tool_calls"] = [self._tool_call(*call, first=call is calls[0]) for call in calls]
        if not content and len(said) == 2:
            return
        if message.name and "name" in self._vendor.takes:
            said["name"] = message.name
        yield said

    def _content(self, placed: Sequence[tuple[Part, str]], role: str) -> Json:
        """A plain string where there is one text only: some servers know nothing else."""
        match placed:
            case []:
                return None
            case [(Text(text, cache), _)] if not (self._vendor.cache_markers and cache):
                return text
        return [self._part(part, where, role) for part, where in placed]

    def _part(self, part: Part, where: str, role: str) -> dict[str, Json]:
        match part:
            case Text(text):
                return self._marked({"type": "text", "text": text}, part.cache)
            case Image() if role == "user":
                shown = {"url": _image_url(part)}
                if part.detail:
                    if "detail" not in self._vendor.takes:
                        said = f"The provider {self._vendor.name} takes no `detail`."
                        raise Unsupported(said, param=f"{where}.detail")
                    shown["detail"] = part.detail
                return self._marked({"type": "image_url", "image_url": shown}, part.cache)
            case Document() if role == "user":
                return self._marked(self._document(part, where), part.cache)
        kind = type(part).__name__.lower()
        raise Unsupported(f"A {role} message for this provider cannot hold this {kind}.", param=where)

    def _marked(self, part: dict[str, Json], cache: CacheTtl | None) -> dict[str, Json]:
        """Vendors without markers of this kind cache prompts by themselves, so nothing is lost by leaving one away."""
        if cache is None or not self._vendor.cache_markers:
            return part
        return part | {"cache_control": {"type": "ephemeral", "ttl": cache}}

    def _document(self, document: Document, where: str) -> dict[str, Json]:
        if document.data is None:
            raise Unsupported("This provider takes documents as data only.", param=where)
        if document.media_type.startswith("text/"):
            title = f"{document.name}:\n\n" if document.name else ""
            return {"type": "text", "text": title + document.data.decode("utf-8", "replace")}
        if not self._vendor.documents or document.media_type != "application/pdf":
            raise Unsupported("This provider does not take documents of this kind.", param=where)
        data = f"data:{document.media_type};base64,{b64encode(document.data).decode()}"
        return {"type": "file", "file": {"filename": document.name or "document.pdf", "file_data": data}}

    def _tool_result(self, result: ToolResult, where: str) -> dict[str, Json]:
        """There is no mark for a failure here, so the text says it."""
        content = self._content([(part, f"{where}.{index}") for index, part in enumerate(result.parts)], "tool")
        if result.is_error:
            failed = "The tool failed."
            content = [{"type": "text", "text": failed}, *content] if isinstance(content, list) else content
            content = f"{failed} {content or ''}".rstrip() if not isinstance(content, list) else content
        id = fitting_id(result.call_id, self._vendor.tool_id)
        return {"role": "tool", "tool_call_id": id, "content": "" if content is None else content}

    def _tool_call(self, call: ToolCall, where: str, *, first: bool) -> dict[str, Json]:
        said: dict[str, Json] = {
            "id": fitting_id(call.id, self._vendor.tool_id),
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        if call.signature is not None and self._model.signs != "gemini":
            raise Unsupported("A tool call that another vendor has signed cannot go to this one.", param=where)
        signature = call.signature or (UNSIGNED if first and self._wants_signatures else None)
        if signature:
            said["extra_content"] = {"google": {"thought_signature": signature}}
        return said

    @property
    def _wants_signatures(self) -> bool:
        """Gemini does from its third generation on."""
        return self._model.signs == "gemini" and "gemini-2" not in (self._model.base_model or self._model.model_id)


def _image_url(image: Image) -> str:
    if image.url is not None:
        return image.url
    return f"data:{image.media_type};base64,{b64encode(image.data or b'').decode()}"
