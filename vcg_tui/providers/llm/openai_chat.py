"""The answers of the Chat Completions API, which nearly every model server speaks."""

from __future__ import annotations

from typing import Any

from vcg_tui.errors import ProviderErrorKind
from vcg_tui.providers.llm.answers import AnswerReader
from vcg_tui.providers.sdk.failures import error_member
from vcg_tui.providers.sdk.sse import at

CHAT_DEFAULTS: dict[str, Any] = {"stream_options": {"include_usage": True}}
"""Sent unless the person says otherwise: without it, nobody knows what an answer cost."""


class ChatAnswer(AnswerReader):
    """Reads the chunks of one chat completion."""

    def _text(self, event: dict[str, Any]) -> str:
        if event.get("error"):
            told = error_member(event)
            raise self.failures.event(told.get("message"), told.get("code") or told.get("type"))
        if isinstance(usage := event.get("usage"), dict):
            self.prompt_tokens = count(at(usage, "prompt_tokens"))
            self.completion_tokens = count(at(usage, "completion_tokens"))
        choice = at(event, "choices", 0)
        self.finish_reason = at(choice, "finish_reason") or self.finish_reason
        if isinstance(refusal := at(choice, "delta", "refusal"), str) and refusal:
            raise self.failures.error(
                ProviderErrorKind.BAD_RESPONSE,
                f"{self.failures.who} refused to play its part.",
                "Change what the personas say, or choose another model.",
            )
        # Only the content is spoken: reasoning comes in fields of other names.
        content = at(choice, "delta", "content")
        return content if isinstance(content, str) else ""


def count(value: object) -> int | None:
    """A number of tokens, where it is one."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
