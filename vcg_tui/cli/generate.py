"""``vcg generate``: one call, shown and heard while it is made."""

from __future__ import annotations

import asyncio
import errno
import signal
import sys
from contextlib import aclosing, asynccontextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vcg_tui.cli.context import settings_for
from vcg_tui.cli.printing import TranscriptPrinter, metrics_rows, print_json, print_pairs

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from contextlib import AbstractContextManager

    from vcg_tui.audio.player import Player
    from vcg_tui.config import Settings
    from vcg_tui.models.conversation import CallPlan
    from vcg_tui.models.events import CallEnded
    from vcg_tui.models.persona import CustomerPersona, SupportPersona
    from vcg_tui.providers.base import StorageGateway
    from vcg_tui.services.control import CallControl
    from vcg_tui.services.recorder import Recorder
    from vcg_tui.services.studio import Studio

_FLAGS = {
    "call.max_turns": "--max-turns",
    "call.seed": "--seed",
    "call.language": "--language",
    "audio.play": "--play",
    "storage.local.base_path": "--out",
}


def generate(
    context: typer.Context,
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Who calls; drawn if not given.")] = None,
    support: Annotated[str | None, typer.Option(metavar="ID", help="Who answers; drawn if not given.")] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="The same seed makes the same offline call.")] = None,
    max_turns: Annotated[int | None, typer.Option(metavar="N", help="Turns after which the call is ended.")] = None,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="What both speak, as de; else what both personas do.")
    ] = None,
    personas: Annotated[
        Path | None, typer.Option(metavar="DIR", help="More personas: customers/*.yaml, support/*.yaml.")
    ] = None,
    play: Annotated[bool | None, typer.Option("--play/--no-play", help="Hear the call while it is made.")] = None,
    save: Annotated[bool, typer.Option("--save/--no-save", help="Keep the call.")] = True,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder that calls go into.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
) -> int:
    """Make one call: the transcript streams as it is written, sound plays, everything is kept."""
    overrides: dict[str, Any] = {
        "call": {"max_turns": max_turns, "seed": seed, "language": language},
        "audio": {"play": play},
        "storage": {"local": {"base_path": out}},
    }
    settings = settings_for(context, overrides, _FLAGS)
    return _make(settings, customer, support, personas, save=save, as_json=as_json)


def one_call(context: typer.Context) -> None:
    """A call with all that is set and nothing played, as ``vcg`` alone makes it where there is no terminal."""
    settings = settings_for(context, {"audio": {"play": False}}, _FLAGS)
    raise typer.Exit(_make(settings, None, None, None, save=True, as_json=False))


def _make(
    settings: Settings,
    customer_id: str | None,
    support_id: str | None,
    folder: Path | None,
    *,
    save: bool,
    as_json: bool,
) -> int:
    from vcg_tui.services.pairing import choose_pair, new_seed
    from vcg_tui.services.persona_service import PersonaService
    from vcg_tui.services.recorder import Recorder
    from vcg_tui.services.studio import Studio

    seed = new_seed() if settings.call.seed is None else settings.call.seed

    def prepare() -> tuple[CustomerPersona, SupportPersona, Recorder | None]:
        personas = PersonaService.from_settings(settings, folder)
        for problem in personas.problems:
            _tell(f"left out {problem}")
        pair = choose_pair(personas, seed, customer_id, support_id)
        return *pair, Recorder(_storage(settings)) if save else None

    async def call() -> tuple[CallEnded, Recorder | None]:
        async with Studio(settings) as studio, _warming(studio):
            customer, support, recorder = await asyncio.to_thread(prepare)
            plan = await studio.plan(customer, support, seed=seed)
            _introduce(plan)
            with _player(settings, plan.details.sample_rate) as player:
                return await _follow(studio, plan, recorder, player, as_json=as_json), recorder

    ended, recorder = asyncio.run(call())
    return _report(ended, recorder, seed, as_json=as_json)


@asynccontextmanager
async def _warming(studio: Studio) -> AsyncGenerator[None]:
    """The providers get ready while personas are read and the device is opened."""
    warming = asyncio.create_task(studio.warm(), name="warm")
    try:
        yield
    finally:
        warming.cancel()
        await asyncio.wait([warming])


def _storage(settings: Settings) -> StorageGateway:
    """Where the call goes; a folder that takes no calls is told before one is made for nothing."""
    from vcg_tui.errors import UsageError
    from vcg_tui.services.doctor import why_unwritable
    from vcg_tui.services.provider_factory import ProviderFactory

    folder = settings.storage.local.base_path
    refusal = why_unwritable(folder) if settings.storage.type == "local" else None
    # A full disk is not the person's mistake: the call itself meets it, and tells what became of it.
    if refusal is not None and refusal.errno not in {errno.ENOSPC, errno.EDQUOT}:
        raise UsageError(f"Can't keep calls in {folder}: {refusal.strerror}.", "Choose another folder with --out.")
    return ProviderFactory(settings).storage()


def _introduce(plan: CallPlan) -> None:
    from vcg_tui.models.languages import ENGLISH, language_name

    details = plan.details
    text = details.support_llm.model or details.support_llm.provider
    speech = details.tts.model or details.tts.provider
    spoken = "" if details.language == ENGLISH else f", in {language_name(details.language)}"
    _tell(
        f"{plan.customer.name} ({plan.customer.emotional_state}) and {plan.support.agent_name} of "
        f"{plan.support.company_name}{spoken}; text: {text}, speech: {speech}, seed {details.seed}"
    )


def _player(settings: Settings, sample_rate: int) -> AbstractContextManager[Player | None]:
    """An open player, or None where nothing is to be played, or nothing can be."""
    if not settings.audio.play:
        return nullcontext()
    from vcg_tui.audio.player import open_player
    from vcg_tui.audio.stderr_guard import guard_stderr
    from vcg_tui.paths import log_dir

    guard = guard_stderr(log_dir() / "audio.log")
    with guard:
        player, problem = open_player(sample_rate, settings.audio.device)
    if problem is not None:
        player.close()
        _tell(f"{problem} The call is made without playing it.")
        return nullcontext()
    player.volume = settings.audio.volume
    player.on_problem = _tell
    return _guarded(player, log_dir() / "audio.log")


def _guarded(player: Player, log: Path) -> AbstractContextManager[Player]:
    from contextlib import contextmanager

    from vcg_tui.audio.stderr_guard import guard_stderr

    @contextmanager
    def opened() -> Generator[Player]:
        with guard_stderr(log), player:
            yield player

    return opened()


async def _follow(
    studio: Studio, plan: CallPlan, recorder: Recorder | None, player: Player | None, *, as_json: bool
) -> CallEnded:
    """Show a call to its end; an interrupt stops it and keeps what is complete."""
    from vcg_tui.models.events import CallEnded, Notice, TextDelta, TurnRestarted, TurnStarted
    from vcg_tui.services.control import CallControl

    control = CallControl()
    printer = TranscriptPrinter(sys.stderr if as_json else sys.stdout)
    ended: CallEnded | None = None
    with _stopped_by_interrupt(control):
        async with aclosing(studio.call(plan, control, recorder=recorder, player=player)) as events:
            async for event in events:
                match event:
                    case TurnStarted():
                        printer.begin(event.speaker)
                    case TextDelta():
                        printer.add(event.text)
                    case TurnRestarted():
                        printer.again(event.speaker, event.reason)
                    case Notice():
                        printer.end()
                        _tell(f"{event.text} {event.remedy}".strip())
                    case CallEnded():
                        ended = event
                    case _:
                        pass
    printer.end()
    if ended is None:
        msg = "the call's events ended without CallEnded"
        raise AssertionError(msg)
    return ended


def _stopped_by_interrupt(control: CallControl) -> AbstractContextManager[None]:
    """Ctrl-C ends the call and keeps what is complete; a second one ends the program."""
    from contextlib import contextmanager

    @contextmanager
    def handled() -> Generator[None]:
        loop = asyncio.get_running_loop()

        def stop() -> None:
            _tell("stopping; what is complete is kept (once more: leave at once)")
            loop.remove_signal_handler(signal.SIGINT)
            control.stop()

        # Where the loop can't handle signals (Windows), an interrupt cancels the call, which keeps it just the same.
        with suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(signal.SIGINT, stop)
        try:
            yield
        finally:
            with suppress(NotImplementedError, RuntimeError):
                loop.remove_signal_handler(signal.SIGINT)

    return handled()


def _report(ended: CallEnded, recorder: Recorder | None, seed: int, *, as_json: bool) -> int:
    from vcg_tui.models.conversation import EndReason

    conversation, metrics = ended.conversation, ended.metrics
    path = str(recorder.path) if recorder and recorder.path else None
    if as_json:
        print_json(
            {
                "call_id": conversation.call_id,
                "path": path,
                "customer": conversation.customer.id,
                "support": conversation.support.id,
                "seed": seed,
                "language": conversation.plan.language,
                "end_reason": conversation.end_reason,
                "end_detail": conversation.end_detail,
                "outcome": conversation.outcome,
                "turns": len(conversation.turns),
                "duration_s": conversation.duration_s,
                "metrics": metrics.model_dump(mode="json"),
                "transcript": [
                    {"speaker": turn.speaker, "text": turn.text, "start_s": turn.start_s, "end_s": turn.end_s}
                    for turn in conversation.turns
                ],
            }
        )
    else:
        print()
        print_pairs(metrics_rows(conversation, metrics))
        if path:
            print(f"\nKept in {path}")
    failed = conversation.end_reason in {EndReason.PROVIDER_ERROR, EndReason.STORAGE_ERROR}
    return 1 if failed or (recorder and recorder.failure) else 0


def _tell(line: str) -> None:
    print(f"vcg: {line}", file=sys.stderr, flush=True)
