"""What text and speech cost, from a dated list of prices. An unknown price stays unknown."""

from __future__ import annotations

import datetime as dt
from importlib import resources
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vcg_tui.errors import ConfigError
from vcg_tui.paths import user_config_file
from vcg_tui.yaml_reading import YamlError, load_yaml, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from vcg_tui.models.conversation import ModelChoice

_MILLION = 1_000_000


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    provider: str
    model: str | None = None
    """None, where ``base_url`` is given: every model there."""
    base_url: str | None = None
    """For what is reached at this address alone; None: at the provider's own."""

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if self.model is None and self.base_url is None:
            raise ValueError("a price needs a model, or the base_url of a server whose models all cost that")
        return self


class TextPrice(_Entry):
    """US dollars for a million tokens."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)


class SpeechPrice(_Entry):
    """US dollars for a million characters, or for a minute of sound, or both."""

    characters: float = Field(default=0, ge=0)
    minute: float = Field(default=0, ge=0)


class Prices(BaseModel):
    """A list of prices. Of two entries for one model the later one counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    as_of: dt.date | None = None
    """The day the figures were looked up."""
    text: list[TextPrice] = Field(default_factory=list[TextPrice])
    speech: list[SpeechPrice] = Field(default_factory=list[SpeechPrice])
    free: list[str] = Field(default_factory=list[str])
    """Providers that cost nothing."""

    @classmethod
    def load(cls) -> Prices:
        """The shipped prices with the person's own over them.

        Raises:
            ConfigError: the person's own file is wrong.
        """
        shipped = cls.model_validate(
            load_yaml(resources.files("vcg_tui.services").joinpath("data", "prices.yaml").read_text("utf-8"))
        )
        own = user_config_file().with_name("prices.yaml")
        return shipped.with_more(_read(own)) if own.is_file() else shipped

    def with_more(self, other: Prices) -> Prices:
        """These with others over them."""
        return Prices(
            as_of=other.as_of or self.as_of,
            text=[*self.text, *other.text],
            speech=[*self.speech, *other.speech],
            free=[*self.free, *other.free],
        )

    def text_cost(self, choice: ModelChoice, prompt_tokens: int | None, completion_tokens: int | None) -> float | None:
        """US dollars for a text; None while price or tokens are unknown, 0 where nobody sends a bill."""
        if choice.provider in self.free:
            return 0.0
        price = self.text_price(choice)
        if price is None or prompt_tokens is None or completion_tokens is None:
            return None
        return (price.input * prompt_tokens + price.output * completion_tokens) / _MILLION

    def speech_cost(self, choice: ModelChoice, characters: int, seconds: float) -> float | None:
        """US dollars for an utterance; None while the price is unknown, 0 where nobody sends a bill."""
        if choice.provider in self.free:
            return 0.0
        price = self.speech_price(choice)
        if price is None:
            return None
        return price.characters * characters / _MILLION + price.minute * seconds / 60

    def turn_cost(
        self,
        llm: ModelChoice,
        tts: ModelChoice,
        *,
        tokens: tuple[int | None, int | None],
        characters: int,
        seconds: float,
    ) -> float | None:
        """US dollars for a turn; None while a part is unknown, and where nobody sends a bill for any of it.

        Args:
            llm: what wrote it.
            tts: what spoke it.
            tokens: of the prompt and of the completion.
            characters: sent to speech.
            seconds: of speech received.
        """
        if {llm.provider, tts.provider} <= set(self.free):
            return None
        # What was not paid for costs nothing, whatever its price.
        text = self.text_cost(llm, *tokens) if any(count != 0 for count in tokens) else 0.0
        speech = self.speech_cost(tts, characters, seconds) if characters or seconds else 0.0
        return None if text is None or speech is None else text + speech

    def text_price(self, choice: ModelChoice) -> TextPrice | None:
        """What a model's text costs, if known. Another address than the provider's own has its own prices."""
        return next((each for each in reversed(self.text) if _meant(each, choice)), None)

    def speech_price(self, choice: ModelChoice) -> SpeechPrice | None:
        """What a model's speech costs, if known. Another address than the provider's own has its own prices."""
        return next((each for each in reversed(self.speech) if _meant(each, choice)), None)


def _meant(entry: _Entry, choice: ModelChoice) -> bool:
    """Whether an entry is for this model at this address, or a dated release of it (``gpt-5.4-mini-2026-03-01``)."""
    if entry.provider != choice.provider or _place(entry.base_url) != _place(choice.base_url):
        return False
    if entry.model is None:
        return True
    model = choice.model or ""
    dated = model.startswith(f"{entry.model}-2") and model.removeprefix(f"{entry.model}-").replace("-", "").isdigit()
    return entry.model == model or dated


def _place(base_url: str | None) -> str | None:
    return base_url and base_url.rstrip("/").lower()


def _read(path: Path) -> Prices:
    try:
        return Prices.model_validate(read_yaml(path) or {})
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}.", "Mend or remove it.") from error
    except YamlError as error:
        raise ConfigError(f"{path}: {error}.", "Mend or remove it.") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{path}: {where}: {what}.", "Its form is that of the shipped prices.yaml.") from error
