"""The answers of OpenAI's Responses API."""

from __future__ import annotations

from typing import Any

from vcg_tui.providers.llm.answers import AnswerReader
from vcg_tui.providers.llm.openai_chat import count
from vcg_tui.providers.sdk.sse import at


def responses_options(options: dict[str, Any]) -> dict[str, Any]:
    """The options under the names of this API: ``reasoning_effort`` lies in ``reasoning`` here."""
    effort = options.get("reasoning_effort")
    others = {name: value for name, value in options.items() if name != "reasoning_effort"}
    if effort is None or "reasoning" in others:
        return others
    return {**others, "reasoning": {"effort": effort}}


class ResponsesAnswer(AnswerReader):
    """Reads the typed events of one response."""

    def _text(self, event: dict[str, Any]) -> str:
        match event.get("type"):
            case "response.output_text.delta":
                delta = event.get("delta")
                return delta if isinstance(delta, str) else ""
            case "response.refusal.delta":
                self.finish_reason = "refusal"
            case "response.completed":
                self._ended(event, "stop")
            case "response.incomplete":
                self._ended(event, at(event, "response", "incomplete_details", "reason") or "length")
            case "response.failed":
                error = at(event, "response", "error")
                raise self.failures.event(at(error, "message"), at(error, "code"))
            case "error":
                # The event has the error's members itself, or in an object as everywhere else.
                error = event.get("error") or event
                raise self.failures.event(at(error, "message"), at(error, "code") or at(error, "type"))
            case _:
                pass  # items that begin and end, reasoning, repetitions of the whole text
        return ""

    def _ended(self, event: dict[str, Any], reason: str) -> None:
        self.finish_reason = self.finish_reason or reason
        self.prompt_tokens = count(at(event, "response", "usage", "input_tokens"))
        self.completion_tokens = count(at(event, "response", "usage", "output_tokens"))
