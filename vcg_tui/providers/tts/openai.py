"""Speech from any server that speaks OpenAI's ``/audio/speech``.

OpenAI's own models for it (tts-1, tts-1-hd, gpt-4o-mini-tts) end on 2027-01-06, and their successor speaks over the
Realtime API alone (``openai_realtime``). The form itself lives on in gateways and local servers, so nothing here hangs
on a model's name but the default.
"""

from __future__ import annotations

import re
from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING, Any, Literal, cast

from vcg_tui.audio.conditioning import SpeechConditioner
from vcg_tui.audio.pcm import Pcm, SampleReader, silence
from vcg_tui.audio.wav_stream import WavError, WavStream
from vcg_tui.errors import ConfigError, ProviderError
from vcg_tui.providers.base import ProviderNotice, SpeechPart, Voice
from vcg_tui.providers.registry import register_tts
from vcg_tui.providers.sdk.failures import error_member
from vcg_tui.providers.sdk.http import HttpClient, HttpRefused
from vcg_tui.providers.sdk.openai import http_client, is_openai, open_connections
from vcg_tui.providers.tts.openai_speech import NOTHING_TO_SAY_S, Account, OpenAISpeech
from vcg_tui.providers.tts.speaking_style import speaking_style
from vcg_tui.providers.tts.text_pieces import speakable, text_pieces
from vcg_tui.providers.tts.voice_catalogue import catalogue, described, gain_db

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from vcg_tui.config import Settings, TTSSettings
    from vcg_tui.models.conversation import VoiceConfig
    from vcg_tui.providers.sdk.failures import Failures
    from vcg_tui.providers.sdk.http import HttpAnswer

_SOURCE_RATE = 24_000
_MAX_CHARACTERS = 4096
_SLOWEST, _FASTEST = 0.25, 4.0
_OWN_OPTIONS = ("voices", "sample_rate", "response_format", "instructions", "max_characters")
_OURS_TO_DROP = ("instructions", "speed", "response_format")
"""What is sent without the person having asked for it; a server that refuses it is asked again without."""
_MISSED = {"instructions": "the voices speak without a manner", "speed": "the voices keep their own pace"}
"""What becomes of the call without a parameter; a form of the sound that is refused is missed by nobody."""
_NO_SPEECH = ("text/", "application/json", "application/xml", "application/problem")
_OTHER_SOUND = re.compile(r"audio/(x-)?(mpeg|mp3|ogg|opus|webm|flac|aac|mp4|m4a)")
_OTHER_SOUND_BEGINS = (b"ID3", b"OggS", b"fLaC", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1")
_PAGE_BEGINS = (b"<!doctype", b"<html", b'{"error', b'{"detail')
_SNIFFED = 12
"""Bytes by which a WAV, another kind of sound or a web page shows itself."""
_RATE = re.compile(r"rate=(\d{4,6})")
_LOCAL_ID = re.compile(r"(?P<accent>[ab])(?P<gender>[fm])_\w+")
"""A form that local voices are often named in: accent (American, British), gender, name."""


class OpenAITTS(OpenAISpeech[HttpClient]):
    """Speaks over HTTP; the sound is handed on as it arrives, without word times.

    Options: ``voices`` (a list of ids, or of catalogue entries), ``sample_rate`` (Hz of the server's PCM),
    ``response_format`` (pcm or wav), ``instructions`` (false: none; a text: sent instead of the persona's),
    ``max_characters`` of a request; all others go into the request as they are.

    Raises:
        ConfigError: an option is wrong.
    """

    name = "openai"
    default_model = "gpt-4o-mini-tts"

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        given = account.options
        self._source_rate = _whole(given, "sample_rate", _SOURCE_RATE, 4_000, 192_000)
        self._max_characters = _whole(given, "max_characters", _MAX_CHARACTERS, 20, 1_000_000)
        self._voices = _voices(given.get("voices"), account.base_url)
        self._instructions: object = given.get("instructions", True)
        self._format: Literal["pcm", "wav"] = "wav" if given.get("response_format") == "wav" else "pcm"
        if given.get("response_format", "pcm") not in {"pcm", "wav"}:
            raise ConfigError("providers.tts.options.response_format must be pcm or wav.")
        self._extra = {name: value for name, value in given.items() if name not in _OWN_OPTIONS}
        self._dropped: set[str] = set()
        self._untold: list[ProviderNotice] = []

    def _make_client(self) -> HttpClient:
        account = self._account
        return http_client(api_key=account.api_key, base_url=account.base_url, timeout_s=account.timeout_s)

    async def voices(self) -> Sequence[Voice]:
        """The voices that were named in the options, or OpenAI's own (with them, where OpenAI itself is asked)."""
        return self._voices

    async def stream_speech(self, text: str, voice: VoiceConfig, *, seed: int = 0) -> AsyncGenerator[SpeechPart, None]:
        """The speech for a text, as it arrives; without word times.

        Raises:
            ProviderError: the request failed, or what came back is no speech.
        """
        del seed  # there is no such thing in this interface
        for piece in text_pieces(text, self._max_characters):
            async with aclosing(self._piece(piece, voice)) as pieces:
                async for pcm in pieces:
                    yield SpeechPart(pcm)
            while self._untold:
                yield SpeechPart(notice=self._untold.pop(0))

    async def warm(self, requests: int = 1) -> None:
        client = await self._client.get()
        with self._translated():
            await open_connections(client, requests)

    async def _piece(self, text: str, voice: VoiceConfig) -> AsyncGenerator[Pcm, None]:
        """The sound of one request, at the rate of the program."""
        if not speakable(text):
            yield silence(round(NOTHING_TO_SAY_S * self.sample_rate))
            return
        received = False
        async with AsyncExitStack() as stack:
            client = await self._client.get()
            stack.enter_context(self._translated())
            answer = await self._answer(client, text, voice, stack)
            reader = self._reader(answer.headers)
            conditioner: SpeechConditioner | None = None
            pieces = await stack.enter_async_context(aclosing(answer.aiter_bytes()))
            async for raw in pieces:
                pcm = reader.feed(raw)
                if not pcm.size:
                    continue
                if conditioner is None:
                    gain = gain_db(self.name, voice.voice_id)
                    conditioner = SpeechConditioner(reader.sample_rate, self.sample_rate, gain)
                ready = conditioner.feed(pcm)
                received = True
                if ready.size:
                    yield ready
            reader.check_end()
            if conditioner is not None:
                yield conditioner.finish()
        if not received:
            raise self._fails.bad_response("answered with no sound at all", "Try again, or choose another voice.")

    async def _answer(self, client: HttpClient, text: str, voice: VoiceConfig, stack: AsyncExitStack) -> HttpAnswer:
        """The answer to a request; parameters of ours that the server refuses are left out from then on."""
        while True:
            body = self._body(text, voice)
            try:
                return await stack.enter_async_context(client.post("/audio/speech", {**body, **self._extra}))
            except HttpRefused as error:
                refused = _refused(error, body)
                if refused is None:
                    raise
                if refused in _MISSED and refused not in self._dropped:
                    text = f"{self._fails.who} refuses {refused}; {_MISSED[refused]}."
                    self._untold.append(ProviderNotice(text, "Choose a model that takes it, or go on without it."))
                self._dropped.add(refused)

    def _body(self, text: str, voice: VoiceConfig) -> dict[str, Any]:
        response_format = "wav" if "response_format" in self._dropped else self._format
        body: dict[str, Any] = {
            "model": self._model,
            "voice": voice.voice_id,
            "input": text,
            "response_format": response_format,
        }
        style = self._style(voice)
        if style and "instructions" not in self._dropped:
            body["instructions"] = style
        speed = min(max(voice.speed, _SLOWEST), _FASTEST)
        if speed != 1.0 and "speed" not in self._dropped:
            body["speed"] = speed
        return body

    def _style(self, voice: VoiceConfig) -> str:
        if self._instructions is False or self._model.startswith("tts-1"):
            return ""
        return self._instructions if isinstance(self._instructions, str) else speaking_style(voice)

    def _reader(self, headers: Mapping[str, str]) -> _SoundReader:
        kind = headers.get("content-type", "").lower()
        if kind.startswith(_NO_SPEECH) or kind.partition(";")[0].endswith("+json"):
            raise self._fails.bad_response(
                f"answered with {self._fails.quote(kind.partition(';')[0])} instead of sound",
                "Check the provider's base_url (most end in /v1).",
            )
        if _OTHER_SOUND.match(kind):
            raise _other_sound(self._fails)
        rate = _RATE.search(kind)
        return _SoundReader(self._fails, int(rate[1]) if rate else self._source_rate)


class _SoundReader:
    """The samples of an answer, PCM or WAV, whatever was asked for: what it is shows in its first bytes."""

    def __init__(self, fails: Failures, rate: int) -> None:
        self._fails = fails
        self._rate = rate
        self._head: bytes | None = b""
        self._wav: WavStream | None = None
        self._samples = SampleReader()

    @property
    def sample_rate(self) -> int:
        """Hz of the samples; known once there are some."""
        return (self._wav.sample_rate if self._wav else None) or self._rate

    def feed(self, raw: bytes) -> Pcm:
        if self._head is not None:
            self._head += raw
            if len(self._head) < _SNIFFED:
                return silence(0)
            raw, self._head = self._head, None
            self._sniff(raw)
        try:
            return self._wav.feed(raw) if self._wav else self._samples.feed(raw)
        except WavError as error:
            raise self._fails.bad_response(f"sent a WAV that can't be used: {error}") from error

    def check_end(self) -> None:
        if self._head is not None:
            if self._head:
                raise self._fails.bad_response(f"sent {len(self._head)} bytes, which are no speech")
            return
        if self._wav.broken if self._wav else self._samples.odd:
            raise self._fails.bad_response("broke off in the middle of the sound", "Try again.")

    def _sniff(self, head: bytes) -> None:
        if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
            self._wav = WavStream()
        elif head.lower().startswith(_PAGE_BEGINS):
            raise self._fails.bad_response("sent a text instead of sound", "Check the provider's base_url.")
        elif head.startswith(_OTHER_SOUND_BEGINS):
            raise _other_sound(self._fails)


def _other_sound(fails: Failures) -> ProviderError:
    hint = "Set providers.tts.options.response_format to wav."
    return fails.bad_response("sent compressed sound instead of PCM", hint)


def _refused(error: HttpRefused, body: Mapping[str, Any]) -> str | None:
    """The parameter of ours that a 400 or 422 complains of; None: it complains of something else."""
    if error.status not in {400, 422}:
        return None
    told = error_member(error.body)
    words = f"{told.get('param') or ''} {error.body}"
    for name in _OURS_TO_DROP:
        asked_wav = name == "response_format" and body.get(name) == "wav"
        if name in body and not asked_wav and re.search(rf"(?<![a-z_]){name}(?![a-z_])", words, re.IGNORECASE):
            return name
    return None


def _voices(given: object, base_url: str | None) -> list[Voice]:
    own = [voice for voice, _ in catalogue("openai").values()]
    if given is None:
        return own
    if not isinstance(given, list) or not given:
        raise ConfigError("providers.tts.options.voices must be a list of voice ids.")
    named = [_named_voice(entry) for entry in cast("list[object]", given)]
    if not is_openai(base_url):
        return named  # another server has none of OpenAI's voices
    ids = {voice.id for voice in named}
    return [*named, *(voice for voice in own if voice.id not in ids)]


def _named_voice(entry: object) -> Voice:
    """A voice from the options: its id, from which is read what can be read, or what a catalogue says of one."""
    if isinstance(entry, dict):
        values = cast("dict[str, Any]", entry)
        if values.get("id") and values.get("gender", "neutral") in {"female", "male", "neutral"}:
            return described(values)
        raise ConfigError("providers.tts.options.voices: a voice needs an id, and female, male or neutral as gender.")
    voice_id = str(entry)
    known = catalogue("openai").get(voice_id)
    if known:
        return known[0]
    local = _LOCAL_ID.fullmatch(voice_id)
    if local is None:
        return described({"id": voice_id})
    gender = "female" if local["gender"] == "f" else "male"
    return described({"id": voice_id, "gender": gender, "accent": "en-US" if local["accent"] == "a" else "en-GB"})


def _whole(options: Mapping[str, Any], name: str, default: int, lowest: int, highest: int) -> int:
    value = options.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        raise ConfigError(f"providers.tts.options.{name} must be a whole number from {lowest} to {highest}.")
    return value


@register_tts("openai")
def make(chosen: TTSSettings, settings: Settings) -> OpenAITTS:
    """The provider at the call's rate.

    Raises:
        ConfigError: it needs a key, or an option is wrong.
    """
    return OpenAITTS.chosen(chosen, settings)
