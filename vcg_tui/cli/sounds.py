"""``vcg voices`` and ``vcg preview``: what there is to hear."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vcg_tui.cli.context import settings_for
from vcg_tui.cli.printing import print_json, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vcg_tui.models.conversation import VoiceConfig
    from vcg_tui.providers.base import Speech, Voice

_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
_Provider = Annotated[str | None, typer.Option("--provider", metavar="NAME", help="Instead of the one that is set.")]


def voices(context: typer.Context, provider: _Provider = None, *, as_json: _Json = False) -> int:
    """The voices of a TTS provider."""
    from vcg_tui.services.provider_factory import ProviderFactory

    async def listed() -> Sequence[Voice]:
        tts = ProviderFactory(settings_for(context, *_tts(provider))).tts()
        try:
            return await tts.voices()
        finally:
            await tts.aclose()

    found = asyncio.run(listed())
    rows = [
        {
            "id": voice.id,
            "name": voice.name,
            "gender": voice.gender,
            "age": voice.age,
            "accent": voice.accent,
            "languages": ",".join(voice.languages[:3]) + (f" +{len(rest)}" if (rest := voice.languages[3:]) else ""),
            "note": voice.note,
        }
        for voice in found
    ]
    if as_json:
        print_json([{**row, "languages": list(voice.languages)} for row, voice in zip(rows, found, strict=True)])
    else:
        table(list(_HEADINGS), [list(row.values()) for row in rows])
    return 0


def preview(
    context: typer.Context,
    persona: Annotated[str, typer.Argument(metavar="PERSONA", help="A persona's id.")],
    personas: Annotated[Path | None, typer.Option(metavar="DIR", help="More personas.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a WAV instead of playing it.")] = None,
    provider: _Provider = None,
) -> int:
    """Say a line in a persona's voice."""
    from vcg_tui.errors import UsageError
    from vcg_tui.services.persona_service import PersonaService
    from vcg_tui.services.preview import say_a_line
    from vcg_tui.services.provider_factory import ProviderFactory

    if out is not None and out.suffix.lower() != ".wav":
        raise UsageError(f"{out}: only WAV can be written.", f"Name it {out.with_suffix('.wav').name}.")
    settings = settings_for(context, *_tts(provider))
    chosen = PersonaService.from_settings(settings, personas).entry(persona).persona

    async def said() -> tuple[str, VoiceConfig, Speech]:
        tts = ProviderFactory(settings).tts()
        try:
            return await say_a_line(chosen, tts)
        finally:
            await tts.aclose()

    line, voice, speech = asyncio.run(said())
    typer.echo(f"{chosen.name}, voice {voice.name} ({voice.voice_id})", err=True)
    print(line)
    if out is not None:
        from vcg_tui.audio.files import write_wav

        try:
            write_wav(out, speech.pcm, speech.sample_rate)
        except OSError as error:
            raise UsageError(f"Can't write {out}: {error.strerror}.", "Choose another file.") from error
        print(out)
        return 0
    from vcg_tui.audio.stderr_guard import guard_stderr
    from vcg_tui.paths import log_dir
    from vcg_tui.services.preview import play

    with guard_stderr(log_dir() / "audio.log"):
        asyncio.run(play(speech.pcm, speech.sample_rate, settings.audio))
    return 0


_HEADINGS = ("id", "name", "gender", "age", "accent", "languages", "note")


def _tts(provider: str | None) -> tuple[dict[str, object], dict[str, str]]:
    return {"providers": {"tts": {"type": provider}}}, {"providers.tts.type": "--provider"}
