"""Calls that were made before a rule for personas came up: nothing that was made is lost by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.sample_calls import call_plan, conversation_of, dialogue
from vcg_tui.models.conversation import CallState
from vcg_tui.models.role import Role
from vcg_tui.models.summary import summarise
from vcg_tui.providers.storage.journal import read_journal
from vcg_tui.providers.storage.local import LocalStorage
from vcg_tui.services.persona_service import read_persona

CALL_ID = "20260102-030405-anna-abc234"
CUSTOMER: dict[str, Any] = {
    "goal": "A line that {holds}.",
    "languages": ["English"],
    "says": {"opening": ["It {drops"]},
}
SUPPORT: dict[str, Any] = {"languages": ["de_DE"], "says": {"greeting": ["This is {compny}."]}}


def aged(data: dict[str, Any]) -> dict[str, Any]:
    """A plan or a conversation, with personas as no file may hold them now."""
    return {**data, "customer": {**data["customer"], **CUSTOMER}, "support": {**data["support"], **SUPPORT}}


@pytest.mark.parametrize(
    ("role", "wrong"),
    [
        (Role.CUSTOMER, {"languages.0", "goal", "says.opening.0"}),
        (Role.SUPPORT, {"languages.0", "says.greeting.0"}),
    ],
)
def test_a_file_may_not_hold_such_a_persona(tmp_path: Path, role: Role, wrong: set[str]) -> None:
    persona = aged(call_plan().model_dump(mode="json"))[role]
    path = tmp_path / "persona.yaml"
    found: set[str] = set()
    # a wrong tag is told first, and what is in braces once the tags are right
    for languages in (persona["languages"], ["en"]):
        path.write_text(yaml.safe_dump({**persona, "languages": languages}))
        read, problems = read_persona(path, role)
        assert read is None
        found |= {problem.field for problem in problems}
    assert found == wrong


def test_a_stored_call_is_read_all_the_same(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    made = dialogue(2)
    conversation = conversation_of(call_plan(CALL_ID), [turn for turn, _ in made])
    files = storage.save_conversation(conversation, summarise(conversation.turns), {t.turn: pcm for t, pcm in made})
    file = next(path for path in files.values() if path.name == "conversation.json")
    file.write_text(json.dumps(aged(json.loads(file.read_text("utf-8"))), indent=2), "utf-8")
    stored = LocalStorage(tmp_path).load_conversation(CALL_ID).conversation
    assert stored.customer.goal == CUSTOMER["goal"]
    assert stored.customer.languages == CUSTOMER["languages"]
    assert stored.support.says.greeting == SUPPORT["says"]["greeting"]
    assert [turn.text for turn in stored.turns] == [turn.text for turn in conversation.turns]
    assert [call.state for call in LocalStorage(tmp_path).list_conversations()] == [CallState.WHOLE]


def test_an_interrupted_call_can_be_made_whole_all_the_same(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.write_text(json.dumps({"kind": "call", **aged(call_plan(CALL_ID).model_dump(mode="json"))}) + "\n")
    plan = read_journal(journal).plan
    assert plan is not None
    assert plan.customer.goal == CUSTOMER["goal"]
