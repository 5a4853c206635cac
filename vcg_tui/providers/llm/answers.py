"""What the adapters of language models share: a stream of JSON events becomes a turn's text and its end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import groupby
from typing import TYPE_CHECKING, Any

from vcg_tui.providers.base import CompletionDone, Message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vcg_tui.errors import ProviderError
    from vcg_tui.providers.sdk.failures import Failures

_THOUGHT_BEGINS, _THOUGHT_ENDS = "<think>", "</think>"


def merged(messages: Iterable[Message]) -> list[dict[str, str]]:
    """The messages as models take them: neighbours of the same role are one, so that the roles alternate."""
    return [
        {"role": role, "content": "\n\n".join(message.content for message in group)}
        for role, group in groupby(messages, key=lambda message: message.role)
    ]


class AnswerReader(ABC):
    """Reads one answer, event by event. Subclasses know the form of a service's events."""

    cap_name = "max_tokens"
    """The option that limits the answer's length, for the remedy."""

    def __init__(self, failures: Failures) -> None:
        self.failures = failures
        self.finish_reason: str | None = None
        self.prompt_tokens: int | None = None
        self.completion_tokens: int | None = None
        self._thoughts = ThoughtFilter()
        self._spoke = False

    def feed(self, event: dict[str, Any]) -> str:
        """The text that an event adds; often none.

        Raises:
            ProviderError: the event tells of an error.
        """
        return self._heard(self._thoughts.feed(self._text(event)))

    def rest(self) -> str:
        """What was held back, once the stream is over."""
        return self._heard(self._thoughts.finish())

    def done(self) -> CompletionDone:
        """The end of the answer.

        Raises:
            ProviderError: the answer has no end, or is empty.
        """
        reason = self._reason()
        if not self._spoke:
            raise self._empty(reason)
        return CompletionDone(reason, self.prompt_tokens, self.completion_tokens)

    @abstractmethod
    def _text(self, event: dict[str, Any]) -> str:
        """The text in an event; takes note of the finish reason and the token counts."""

    def _reason(self) -> str:
        match self.finish_reason:
            case None:
                raise self.failures.bad_response("broke off before the end of its answer", "Try again.")
            case "length" | "max_tokens" | "max_output_tokens" | "model_context_window_exceeded":
                return "length"
            case "content_filter" | "refusal":
                raise self.failures.bad_response(
                    "withheld its answer (content filter)",
                    "Change what the personas say, or choose another model.",
                )
            case "tool_calls" | "function_call" | "tool_use":
                raise self.failures.bad_response("called a tool instead of answering")
            case _:
                return "stop"

    def _empty(self, reason: str) -> ProviderError:
        if reason == "length":
            return self.failures.bad_response(
                "used up its token limit before the first word",
                f"Raise {self.cap_name} in the provider's options, or have the model think less.",
            )
        return self.failures.bad_response("sent no text")

    def _heard(self, text: str) -> str:
        self._spoke = self._spoke or bool(text.strip())
        return text


class ThoughtFilter:
    """Leaves out the thoughts that some local models write before their answer: ``<think> ... </think>``."""

    def __init__(self) -> None:
        self._held = ""
        self._at_start = True
        self._thinking = False

    def feed(self, piece: str) -> str:
        """What of the text so far is answer and not yet given."""
        if not self._at_start and not self._thinking:
            return piece
        self._held += piece
        if self._at_start:
            begun = self._held.lstrip()
            if len(begun) < len(_THOUGHT_BEGINS) and _THOUGHT_BEGINS.startswith(begun):
                return ""
            self._at_start = False
            self._thinking = begun.startswith(_THOUGHT_BEGINS)
        if self._thinking:
            _, ended, after = self._held.partition(_THOUGHT_ENDS)
            if not ended:
                # Only what may be the beginning of the end mark is still needed.
                self._held = self._held[-len(_THOUGHT_ENDS) :]
                return ""
            # An answer may think again only at its start, so the filter starts anew.
            self._held, self._at_start, self._thinking = "", True, False
            return self.feed(after)
        given, self._held = self._held.lstrip(), ""
        return given

    def finish(self) -> str:
        """What was held back because it looked like the beginning of a thought."""
        given, self._held = ("" if self._thinking else self._held.lstrip()), ""
        return given
