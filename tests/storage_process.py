"""Processes that write to a storage and may be killed while they do; driven by ``test_storage.py`` over pipes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.sample_calls import call_plan, conversation_of, dialogue, sound
from vcg_tui.errors import StorageError
from vcg_tui.models.summary import summarise
from vcg_tui.providers.storage.local import LocalStorage

TURNS = 6


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def make_call(storage: LocalStorage, call_id: str) -> None:
    """Store a call, telling of every step as soon as it is done."""
    plan = call_plan(call_id)
    writer = storage.open_call(plan)
    say("opened")
    made = [writer.write_turn(turn, pcm) for turn, pcm in told(dialogue(TURNS))]
    writer.finish(conversation_of(plan, made), summarise(made))
    say("whole")


def told(turns):
    for turn, pcm in turns:
        yield turn, pcm
        # the reader asks for the next turn when this one is stored
        say(f"turn {turn.turn}")


def fork_on_request(storage: LocalStorage) -> None:
    """For every id on the input: a child that makes the call (so that no start-up time is paid), until it dies."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            say(f"pid {os.getpid()}")
            make_call(storage, line.strip())
            os._exit(0)
        os.waitpid(child, 0)
        say("dead")


def hold(storage: LocalStorage) -> None:
    """Store one turn of a call and wait with the call open."""
    writer = storage.open_call(call_plan())
    writer.write_turn(*dialogue(1)[0])
    say("holding")
    sys.stdin.read()


def contend(storage: LocalStorage) -> None:
    """Try to make calls that another process tries to make as well."""
    for number in range(12):
        call_id = f"contended-{number:02d}"
        plan = call_plan(call_id)
        turns = dialogue(2)
        try:
            storage.save_conversation(
                conversation_of(plan, [turn for turn, _ in turns]),
                summarise([turn for turn, _ in turns]),
                {turn.turn: pcm for turn, pcm in turns},
            )
            say(f"made {call_id}")
        except StorageError as error:
            say(f"refused {error}")


def fill_the_disk(storage: LocalStorage) -> None:
    """Meet the end of the disk (a limit on the size of files stands for it) in the middle of a call."""
    import resource

    plan = call_plan()
    turns = dialogue(2)
    writer = storage.open_call(plan)
    writer.write_turn(*turns[0])
    size = (writer.path / "journal.jsonl").stat().st_size
    # the sound is what does not fit; then, with silent turns, a journal line that fits by half
    for limit, pcm in ((1_000, turns[1][1]), (size + 100, sound(0, 0))):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        try:
            writer.write_turn(turns[1][0], pcm)
        except StorageError as error:
            say(f"refused {error}")
    say(f"grown {(writer.path / 'journal.jsonl').stat().st_size - size}")


if __name__ == "__main__":
    globals()[sys.argv[1]](LocalStorage(Path(sys.argv[2])))
