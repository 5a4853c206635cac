"""Speech from ElevenLabs, with the times of its words."""

from __future__ import annotations

import base64
import binascii
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from vcg_tui.audio.conditioning import SpeechConditioner
from vcg_tui.audio.pcm import Pcm, SampleReader, silence
from vcg_tui.audio.word_times import estimate_words
from vcg_tui.errors import ConfigError, ProviderError, ProviderErrorKind
from vcg_tui.models.languages import primary
from vcg_tui.providers.base import SpeechPart, TTSProvider, Voice
from vcg_tui.providers.registry import register_tts
from vcg_tui.providers.sdk.failures import Failures, error_member, host_of, is_loopback, retry_after
from vcg_tui.providers.sdk.shared_client import SharedClient
from vcg_tui.providers.tts.alignment import CharacterTimes
from vcg_tui.providers.tts.elevenlabs_account import UNKNOWN_PLAN, account_voice, requests_at_once, spoken_with
from vcg_tui.providers.tts.text_pieces import speakable
from vcg_tui.providers.tts.voice_catalogue import catalogue, gain_db

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterable, Mapping, Sequence

    from elevenlabs.client import AsyncElevenLabs

    from vcg_tui.config import Settings, TTSSettings
    from vcg_tui.models.conversation import VoiceConfig

DEFAULT_MODEL = "eleven_flash_v2_5"
KEY_NAME = "ELEVENLABS_API_KEY"
_URL = "https://api.elevenlabs.io"
_CONNECT_S = 5.0
_RATES = (8_000, 16_000, 22_050, 24_000)
"""Hz that every plan has."""
_SLOWEST, _FASTEST = 0.7, 1.2
_VOICE_OPTIONS = ("stability", "similarity_boost", "style", "use_speaker_boost", "clone_strength")
_REQUEST_OPTIONS = (
    "apply_text_normalization",
    "pronunciation_dictionary_locators",
    "optimize_streaming_latency",
    "enable_logging",
    "use_pvc_as_ivc",
)
_PAGE = 100
_MOST_PAGES = 50
_BUSY_S = 1.0
"""Seconds to wait when too many requests run at once, where the service names no time."""
_NOTHING_TO_SAY_S = 0.3
_LOST_S = 0.3
"""The sound may end this much before its last character without being called incomplete."""
_NO_CREDIT = ("quota", "payment", "credit", "subscription")


class _Session:
    """The SDK's client with the HTTP client beneath it, which the SDK never closes."""

    def __init__(self, api_key: str | None, base_url: str, timeout_s: float) -> None:
        import httpx
        from elevenlabs.client import AsyncElevenLabs

        timeout = httpx.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s))
        self._http = httpx.AsyncClient(timeout=timeout, trust_env=not is_loopback(base_url), follow_redirects=True)
        self.client: AsyncElevenLabs = AsyncElevenLabs(
            api_key=api_key or "none",
            base_url=base_url,
            httpx_client=self._http,
            timeout=cast("Any", timeout),  # the SDK says float, and hands it to httpx as it is
        )

    async def close(self) -> None:
        await self._http.aclose()


class ElevenLabsTTS(TTSProvider):
    """Speaks over HTTP; sound and word times are handed on as they arrive.

    Args:
        api_key: None for servers that need none.
        base_url: None for ElevenLabs' own.
        model: the model asked for.
        sample_rate: Hz of what it hands out.
        timeout_s: seconds without a sign of life.
        max_concurrency: requests at once; None: what the account's plan allows, as soon as it is known.
        options: ``stability``, ``similarity_boost``, ``style``, ``use_speaker_boost``, ``clone_strength`` of the voice;
            ``output_format`` (a pcm one); ``apply_text_normalization`` and other parameters of a request.

    Raises:
        ConfigError: an option is unknown.
    """

    name = "elevenlabs"

    def __init__(
        self,
        *,
        api_key: str | None,
        base_url: str | None = None,
        model: str = DEFAULT_MODEL,
        sample_rate: int = 24_000,
        timeout_s: float = 60.0,
        max_concurrency: int | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.model: str | None = model
        self.sample_rate = sample_rate
        self.max_concurrency = UNKNOWN_PLAN if max_concurrency is None else max_concurrency
        self._plan_decides = max_concurrency is None
        self._model = model
        self._has_key = api_key is not None
        self._options = dict(options or {})
        _check_options(self._options)
        self._format = str(self._options.get("output_format") or f"pcm_{_nearest_rate(sample_rate)}")
        self._source_rate = int(self._format.removeprefix("pcm_"))
        self._voices: list[Voice] | None = None
        url = base_url or _URL
        host = host_of(base_url) if base_url else ""
        self._fails = Failures(self.name, host=host, key_name=KEY_NAME, secret=api_key or "")
        self._session = SharedClient(lambda: _Session(api_key, url, timeout_s))

    async def voices(self) -> Sequence[Voice]:
        """The account's voices, or those that every account has where the list can't be had.

        Also learns what the account's plan allows (`max_concurrency`).

        Raises:
            ProviderError: the key was refused.
        """
        if self._voices is None:
            shipped = self._able(voice for voice, _ in catalogue(self.name).values())
            if not self._has_key:
                return shipped
            session = await self._session.get()
            await self._learn_plan(session.client)
            try:
                own = self._able(await self._account_voices(session.client))
            except ProviderError as error:
                if error.kind is ProviderErrorKind.AUTH:
                    raise
                # A key may be for speech alone, and a service may be out of order for a moment: not kept.
                return shipped
            known = {voice.id for voice in own}
            self._voices = own if len(own) > 1 else [*own, *(voice for voice in shipped if voice.id not in known)]
        return self._voices

    async def stream_speech(self, text: str, voice: VoiceConfig, *, seed: int = 0) -> AsyncGenerator[SpeechPart, None]:
        """The speech for a text with the times of its words, as it arrives.

        Raises:
            ProviderError: the request failed, or what came back is no speech, or not the speech of the whole text.
        """
        if not speakable(text):
            quiet = silence(round(_NOTHING_TO_SAY_S * self.sample_rate))
            yield SpeechPart(quiet, estimate_words(text, quiet, self.sample_rate))
            return
        utterance = _Utterance(self._fails, text, self._source_rate)
        conditioner = SpeechConditioner(self._source_rate, self.sample_rate, gain_db(self.name, voice.voice_id))
        sound: list[Pcm] = []
        async with self._chunks(text, voice, seed) as chunks:
            async for chunk in chunks:
                pcm, words = utterance.take(chunk)
                ready = conditioner.feed(pcm)
                sound.append(ready)
                if ready.size or words:
                    yield SpeechPart(ready, tuple(words))
        sound.append(conditioner.finish())
        whole = np.concatenate(sound)
        words = utterance.finish(whole.size / self.sample_rate)
        yield SpeechPart(sound[-1], (*words, *self._estimated(utterance, whole)))

    async def warm(self, requests: int = 1) -> None:
        del requests
        await self._session.get()
        # Asked before every call anyway; with it comes the connection.
        await self.voices()

    async def aclose(self) -> None:
        await self._session.aclose()

    def _estimated(self, utterance: _Utterance, whole: Pcm) -> Sequence[Any]:
        """The words that the service told no times of."""
        from_s = utterance.times.given_until_s
        rest = whole[round(from_s * self.sample_rate) :]
        return estimate_words(" ".join(utterance.times.untimed), rest, self.sample_rate, start_s=from_s)

    @asynccontextmanager
    async def _chunks(self, text: str, voice: VoiceConfig, seed: int) -> AsyncGenerator[AsyncIterator[Any], None]:
        """What the service sends, as the SDK reads it; lines that can't be read are missing."""
        session = await self._session.get()
        request = self._request(text, voice, seed)
        with self._translated(voice):
            streaming = session.client.text_to_speech.with_raw_response.stream_with_timestamps
            async with streaming(voice.voice_id, **request) as response:
                kind = response.headers.get("content-type", "").lower()
                if kind.startswith(("text/html", "text/plain", "audio/")):
                    raise self._fails.bad_response(
                        f"answered with {self._fails.quote(kind.partition(';')[0])} instead of speech with its times",
                        "Check the provider's base_url.",
                    )
                async with aclosing(cast("AsyncGenerator[Any, None]", response.data)) as chunks:
                    yield chunks

    def _request(self, text: str, voice: VoiceConfig, seed: int) -> dict[str, Any]:
        from elevenlabs.types import VoiceSettings

        shape = {name: self._options[name] for name in _VOICE_OPTIONS if name in self._options}
        if voice.speed != 1.0:
            shape["speed"] = min(max(voice.speed, _SLOWEST), _FASTEST)
        request: dict[str, Any] = {"text": text, "model_id": self._model, "output_format": self._format}
        request |= {name: self._options[name] for name in _REQUEST_OPTIONS if name in self._options}
        if shape:
            request["voice_settings"] = VoiceSettings(**shape)
        if seed:
            request["seed"] = seed % 2**32
        language = primary(voice.language)
        if language != "en" and "multilingual_v2" not in self._model:
            request["language_code"] = "no" if language == "nb" else language
        return request

    def _able(self, voices: Iterable[Voice]) -> list[Voice]:
        """Voices with the languages that they speak with this model."""
        return [replace(voice, languages=spoken_with(self._model, voice)) for voice in voices]

    async def _account_voices(self, client: AsyncElevenLabs) -> list[Voice]:
        found: dict[str, Voice] = {}
        token: str | None = None
        with self._translated(None):
            for _ in range(_MOST_PAGES):
                page: Any = await client.voices.search(
                    page_size=_PAGE, next_page_token=token, request_options={"max_retries": 0}
                )
                entries: list[Any] = getattr(page, "voices", None) or []
                for entry in entries:
                    voice = account_voice(entry)
                    if voice is not None:
                        found[voice.id] = voice
                token = getattr(page, "next_page_token", None)
                if not getattr(page, "has_more", False) or not token:
                    break
        return list(found.values())

    async def _learn_plan(self, client: AsyncElevenLabs) -> None:
        if not self._plan_decides:
            return
        try:
            with self._translated(None):
                plan: Any = await client.user.subscription.get(request_options={"max_retries": 0})
        except ProviderError:
            return  # a key may be for speech alone: what every plan allows is right for it, too
        self.max_concurrency = requests_at_once(getattr(plan, "tier", None))

    @contextmanager
    def _translated(self, voice: VoiceConfig | None) -> Generator[None]:
        """Exceptions of the SDK and its transport leave this block as `ProviderError`."""
        import httpx
        from elevenlabs.core.api_error import ApiError

        try:
            yield
        # Not chained: the SDK's exceptions quote the service and the headers.
        except ApiError as error:
            raise self._refused(error, voice) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise self._fails.transport(error) from None

    def _refused(self, error: Any, voice: VoiceConfig | None) -> ProviderError:
        status = int(error.status_code or 0)
        told = error_member(error.body)
        code = str(told.get("status") or told.get("code") or "").lower()
        message = told.get("message")
        if status == 422 and not message:
            message = _first_complaint(error.body)
        headers: dict[str, str] = error.headers or {}
        wait_s = retry_after({name.lower(): value for name, value in headers.items()})
        if 200 <= status < 300 or not status:
            return self._fails.bad_response("sent something that can't be read", "Check the provider's base_url.")
        if any(sign in code for sign in _NO_CREDIT):
            return self._fails.status(402)
        if code == "missing_permissions":
            return self._fails.error(
                ProviderErrorKind.BAD_REQUEST,
                f"{self._fails.who}: the key lacks a permission: {self._fails.quote(message)}",
                "Give the key the permission for text to speech in the ElevenLabs settings.",
            )
        if voice is not None and ("voice" in code or status == 404) and "setting" not in code and "model" not in code:
            return self._fails.error(
                ProviderErrorKind.BAD_REQUEST,
                f"{self._fails.who} has no voice {voice.voice_id!r} ({status}).",
                "Add it to the account, or choose another one for the persona.",
            )
        if status == 429:
            wait_s = _BUSY_S if wait_s is None else wait_s
        return self._fails.status(status, message=message, code=code, wait_s=wait_s, model=self._model)


class _Utterance:
    """What has come of one utterance, and whether it is whole."""

    def __init__(self, fails: Failures, text: str, rate: int) -> None:
        self.times = CharacterTimes(text)
        self._fails = fails
        self._rate = rate
        self._samples = SampleReader()
        self._received = 0

    def take(self, chunk: Any) -> tuple[Pcm, list[Any]]:
        """The sound of a chunk at the service's rate, and the words that are heard with it.

        Raises:
            ProviderError: it can't be read.
        """
        began = self._received / self._rate
        try:
            pcm = self._samples.feed(base64.b64decode(getattr(chunk, "audio_base_64", None) or "", validate=True))
            self._received += pcm.size
            aligned = getattr(chunk, "alignment", None)
            if aligned is not None:
                self.times.feed(
                    aligned.characters,
                    aligned.character_start_times_seconds,
                    aligned.character_end_times_seconds,
                    chunk_start_s=began,
                )
        except (binascii.Error, ValueError, TypeError, AttributeError) as error:
            raise self._fails.bad_response("sent something that can't be read") from error
        return pcm, self.times.heard(self._received / self._rate)

    def finish(self, duration_s: float) -> list[Any]:
        """The rest of the timed words; ``duration_s`` of the whole utterance.

        Raises:
            ProviderError: sound or text is missing.
        """
        if not self._received:
            raise self._fails.bad_response("answered with no sound at all", "Try again, or choose another voice.")
        if self._samples.odd:
            raise self._fails.bad_response("broke off in the middle of the sound", "Try again.")
        if self.times.lost:
            raise self._fails.bad_response("lost a part of the text on the way", "Try again.")
        if self.times.last_end_s > duration_s + _LOST_S:
            raise self._fails.bad_response("lost a part of the sound on the way", "Try again.")
        return self.times.finish(duration_s)


def _first_complaint(body: Any) -> object:
    """What a 422 says: its detail is a list of places and messages."""
    detail: Any = cast("dict[str, Any]", body).get("detail") if isinstance(body, dict) else None
    if isinstance(detail, list) and detail and isinstance(detail[0], dict):
        return cast("dict[str, Any]", detail[0]).get("msg")
    return None


def _check_options(options: Mapping[str, Any]) -> None:
    known = (*_VOICE_OPTIONS, *_REQUEST_OPTIONS, "output_format")
    for name in options:
        if name not in known:
            raise ConfigError(f"providers.tts.options.{name}: elevenlabs has no such option.", f"It has {known}.")
    form = str(options.get("output_format") or "pcm_24000")
    if not form.startswith("pcm_") or not form.removeprefix("pcm_").isdecimal():
        raise ConfigError("providers.tts.options.output_format must be a PCM one.", "Take pcm_24000 or pcm_44100.")


def _nearest_rate(wanted: int) -> int:
    """The lowest rate of every plan that loses nothing, or the highest there is."""
    return next((rate for rate in _RATES if rate >= wanted), _RATES[-1])


@register_tts("elevenlabs")
def make(chosen: TTSSettings, settings: Settings) -> ElevenLabsTTS:
    """The provider at the call's rate.

    Raises:
        ConfigError: it needs a key, or an option is wrong.
    """
    secret = settings.keys.elevenlabs_api_key
    key = secret.get_secret_value().strip() if secret is not None else ""
    if not key and chosen.base_url is None:
        raise ConfigError("elevenlabs needs a key.", f"Put {KEY_NAME}=... into .env.local.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError(f"{KEY_NAME} holds characters that no key has.", "Copy the key again into .env.local.")
    return ElevenLabsTTS(
        api_key=key or None,
        base_url=chosen.base_url,
        model=chosen.model or DEFAULT_MODEL,
        sample_rate=settings.call.sample_rate,
        timeout_s=chosen.timeout_s,
        max_concurrency=chosen.max_concurrency,
        options=chosen.options,
    )
