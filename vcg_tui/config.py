"""The settings: their names, defaults and limits, and how they are loaded.

The layers, each over the one before: the shipped ``config.yaml``, the person's own ``config.yaml``, a file named on the
command line, ``.env`` and ``.env.local`` in the working folder, the environment, command-line flags.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    StringConstraints,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_ORIGIN = "default"
MAX_SEED = 2**53 - 1
"""The largest that JSON, JavaScript and every service read back as the same number."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE)


def _web_address(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return value.rstrip("/")


def _device(value: object) -> object:
    return int(value) if isinstance(value, str) and value.strip().isdigit() else value


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError("must be a language code, as de or pt-BR")
    first, *rest = value.split("-")
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])


ProviderName = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
WebAddress = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_web_address)]
Folder = Annotated[Path, AfterValidator(Path.expanduser)]
Language = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_language)]


class _Section(BaseModel):
    # defer_build: a tenth of the time of the import, and `vcg --help` needs none of it
    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True, defer_build=True
    )


class ProviderSettings(_Section):
    """A model or speech service. ``model``, ``base_url`` and ``options`` belong to its ``type``."""

    type: ProviderName
    """The provider's registered name."""
    model: Text | None = None
    """The model asked of it; None: the provider's own choice."""
    base_url: WebAddress | None = None
    """Where it is reached; None: the provider's own address."""
    timeout_s: float = Field(default=60, gt=0, le=3600)
    """Seconds that a request may take without a sign of life."""
    retries: int = Field(default=3, ge=0, le=20)
    """How often a request that failed is sent again."""
    max_concurrency: int | None = Field(default=None, ge=0)
    """How many requests may run at once over all calls; 0: no limit; None: the provider's own figure."""
    options: dict[str, Any] = Field(default_factory=dict)
    """What else the provider takes, by its own names."""


class LLMSettings(ProviderSettings):
    """What writes the turns."""

    type: ProviderName = "offline"
    """The provider's registered name."""
    api: Literal["chat", "responses"] = "chat"
    """Of the ``openai`` provider: Chat Completions, which every compatible server has, or the Responses API."""


class TTSSettings(ProviderSettings):
    """What speaks the turns."""

    type: ProviderName = "espeak"
    """The provider's registered name."""


class ProvidersSettings(_Section):
    """The services a call is made with."""

    llm: LLMSettings = Field(default_factory=LLMSettings)
    """Writes both sides, or the support agent's alone where ``customer_llm`` is given."""
    customer_llm: LLMSettings | None = None
    """Writes the customer's side; None: the same as ``llm``."""
    tts: TTSSettings = Field(default_factory=TTSSettings)
    """Speaks both sides."""

    @property
    def customer(self) -> LLMSettings:
        """What writes the customer's side."""
        return self.customer_llm or self.llm


class LocalStorageSettings(_Section):
    """Calls in a folder of this computer."""

    base_path: Folder = Path("data/conversations")
    """The folder, relative to the working folder; each call becomes a folder in it."""


class StorageSettings(_Section):
    """Where calls are kept."""

    type: ProviderName = "local"
    """The storage's registered name."""
    local: LocalStorageSettings = Field(default_factory=LocalStorageSettings)


class CallSettings(_Section):
    """How a call is made."""

    max_turns: int = Field(default=40, ge=2)
    """Turns, both sides counted, after which a call is ended."""
    max_minutes: float = Field(default=15, gt=0)
    """Minutes, as heard, after which a call is ended."""
    sample_rate: int = Field(default=24_000, ge=8_000, le=48_000)
    """Of everything that is played and stored, in Hz."""
    language: Language | None = None
    """What both sides speak, as ``de``; None: the first language that both personas speak, else English."""
    seed: int | None = Field(default=None, ge=0, le=MAX_SEED)
    """The same seed makes the same call with the offline provider; None: another one each time."""
    lookahead_s: float = Field(default=10, gt=0, le=600)
    """While playing: seconds of sound that are made ahead of what is heard."""
    context_tokens: int = Field(default=6000, ge=500, le=1_000_000)
    """About how much is sent to a model with each turn; of a longer call the oldest turns are sent in short."""
    max_cost: float | None = Field(default=None, gt=0)
    """US dollars; a call ends before the turn that would pass it. None: no limit."""


class AudioSettings(_Section):
    """How a call is played."""

    play: bool = True
    """Whether calls are heard while they are made."""
    device: Annotated[int | Text | None, BeforeValidator(_device)] = None
    """The output device, by number or by a part of its name; None: the system's choice."""
    volume: float = Field(default=1.0, ge=0, le=1)
    """From 0 (silent) to 1 (as recorded); what is stored is not changed by it."""


class PersonasSettings(_Section):
    """Where personas come from, besides the shipped ones and the person's own folder."""

    folder: Folder | None = None
    """One more folder, with ``customers/`` and ``support/`` in it."""


class CacheSettings(_Section):
    """Text and speech of real providers, kept so that the same request is paid for once."""

    enabled: bool = False
    """Whether they are kept and used."""
    path: Folder | None = None
    """The folder; None: the platform's own for caches."""


class TuiSettings(_Section):
    """How the terminal app looks, and which keys it listens to."""

    theme: Text = "harbour"
    """The theme's name: a shipped one, one of the person's own, or one of Textual's."""
    keymap: dict[str, Text] = Field(default_factory=dict[str, Text])
    """Other keys for actions: an action's id and its keys with commas, as in ``run-call: f8,ctrl+g``."""
    first_run_done: bool = False
    """Whether the card that greets at the first start was read."""


class KeysSettings(_Section):
    """Secrets; taken from the environment, ``.env`` or ``.env.local`` alone."""

    openai_api_key: SecretStr | None = None
    """For the ``openai`` providers: OPENAI_API_KEY."""
    elevenlabs_api_key: SecretStr | None = None
    """For the ``elevenlabs`` provider: ELEVENLABS_API_KEY."""
    anthropic_api_key: SecretStr | None = None
    """For the ``anthropic`` provider: ANTHROPIC_API_KEY."""


class Settings(_Section):
    """Everything that can be set; `load_settings` makes one from files, environment and flags."""

    providers: ProvidersSettings = Field(default_factory=ProvidersSettings)
    storage: StorageSettings = Field(default_factory=StorageSettings)
    call: CallSettings = Field(default_factory=CallSettings)
    audio: AudioSettings = Field(default_factory=AudioSettings)
    personas: PersonasSettings = Field(default_factory=PersonasSettings)
    cache: CacheSettings = Field(default_factory=CacheSettings)
    tui: TuiSettings = Field(default_factory=TuiSettings)
    keys: KeysSettings = Field(default_factory=KeysSettings)

    _origins: dict[str, str] = PrivateAttr(default_factory=dict[str, str])

    def origin(self, key: str) -> str:
        """Where a key's value came from: a file, a variable, a flag, or ``default``. ``key``: ``call.max_turns``."""
        return self._origins.get(key, DEFAULT_ORIGIN)

    def with_origins(self, origins: Mapping[str, str]) -> Settings:
        """The same settings, knowing where the values came from."""
        copy = self.model_copy()
        copy._origins = dict(origins)
        return copy


def load_settings(
    *,
    config_file: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    flag_names: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Settings:
    """The settings as of now.

    Args:
        config_file: a file named by the person; must exist.
        overrides: command-line flags, nested like the settings; a None in it means "not given".
        flag_names: what the person typed for a key, for messages: ``{"call.max_turns": "--max-turns"}``.
        environ: the environment; os.environ if None.
        cwd: the folder of ``.env`` and ``.env.local``; the working folder if None.

    Raises:
        ConfigError: a file can't be read, or a key or value is wrong.
    """
    # imported here: reading takes packages that a `vcg --help` does not need
    from vcg_tui.settings_layers import validated
    from vcg_tui.settings_sources import gather

    layers = gather(
        Settings,
        config_file=config_file,
        overrides=overrides or {},
        flag_names=flag_names or {},
        environ=environ,
        cwd=cwd,
    )
    settings, origins = validated(Settings, layers)
    return settings.with_origins(origins)


def explain(settings: Settings) -> list[tuple[str, str, str]]:
    """Every key with its value as it may be shown and its origin, in the order of ``config.yaml``.

    A secret is only ever ``set`` or ``not set``.
    """
    from vcg_tui.settings_layers import shown_rows

    return [(key, value, settings.origin(key)) for key, value in shown_rows(settings)]
