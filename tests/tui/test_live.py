"""The live screen: choosing, making a call, listening to it, its figures."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from textual.widgets import OptionList

from tests.fake_providers import ScriptedLLM, ToneTTS, said
from tests.tui.live_steps import Live, kept_calls, live
from tests.tui.proofs import proves
from vcg_tui.services.pairing import choose_pair
from vcg_tui.tui.messages import PersonasChanged
from vcg_tui.tui.session import TurnPhase
from vcg_tui.tui.widgets.metrics_pane import clock
from vcg_tui.tui.widgets.persona_card import PersonaCard
from vcg_tui.tui.widgets.persona_picker import PersonaPicker
from vcg_tui.tui.widgets.player_bar import PlayerBar
from vcg_tui.tui.widgets.welcome import Welcome


def picker(shown: Live, name: str) -> PersonaPicker:
    return shown.screen.query_one(f"#{name}", PersonaPicker)


def options(shown: Live, name: str) -> OptionList:
    return picker(shown, name).query_one(OptionList)


def card(shown: Live) -> str:
    persona = shown.screen.query_one("#card", PersonaCard).persona
    assert persona is not None
    return persona.id


# ------------------------------------------------------------------ choosing


@pytest.mark.parametrize(("key", "name"), [("1", "customers"), ("2", "support")])
@proves("live", "key", "search")
async def test_typing_filters_a_list_and_escape_shows_all_again(tmp_path: Path, key: str, name: str) -> None:
    async with live(tmp_path) as shown:
        total = options(shown, name).option_count
        word = "reyes" if name == "customers" else "tier"
        await shown.press(key, "slash", *word)
        await shown.until(lambda: options(shown, name).option_count == 1)
        assert f"1 of {total}" in shown.text
        await shown.press("escape")
        await shown.until(lambda: options(shown, name).option_count == total)
        assert options(shown, name).has_focus


async def test_search_finds_issue_and_tag_and_every_word_must_be_there(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        personas = shown.screen.backstage.personas.customers
        tag = personas[0].tags[0]
        await shown.press("1", "slash", *tag)
        await shown.until(lambda: picker(shown, "customers")._shown != personas)
        assert personas[0] in picker(shown, "customers")._shown
        await shown.press("space", "q", "x", "q")
        await shown.until(lambda: options(shown, "customers").option_count == 0)


async def test_the_cursor_stays_on_its_persona_while_searching_or_goes_to_the_first_one_found(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        customers = picker(shown, "customers")
        await shown.press("1", "home", "down", "down")
        third = customers.highlighted
        assert third is not None
        await shown.press("slash", *third.name.split()[0].lower())
        await shown.until(lambda: len(customers._shown) < len(customers._personas))
        assert customers.highlighted is third
        other = customers._personas[-1]
        await shown.press("ctrl+u", *other.name.split()[0].lower())
        await shown.until(lambda: third not in customers._shown and other in customers._shown)
        assert customers.highlighted is customers._shown[0]
        await shown.press("escape")
        await shown.until(lambda: len(customers._shown) == len(customers._personas))
        assert customers.highlighted is not None


@proves("live", "key", "run-call", "focus-customers", "focus-support")
async def test_enter_picks_and_the_header_and_the_call_have_the_picked_ones(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.press("1", "home", "enter", "2", "home", "down", "enter")
        await shown.pilot.pause()
        customer, support = picker(shown, "customers")._shown[0], picker(shown, "support")._shown[1]
        await shown.until(lambda: f"{customer.name} × {support.name}" in shown.text.splitlines()[0])
        await shown.run()
        assert shown.session.plan is not None
        assert (shown.session.plan.customer.id, shown.session.plan.support.id) == (customer.id, support.id)


async def test_a_call_can_be_asked_for_before_there_is_anything_to_see(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        shown.screen.customer = shown.screen.support = None  # their files are read after the first paint
        await shown.run()
        assert shown.screen.customer is not None
        assert shown.screen.support is not None


async def test_a_click_picks(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.press("1", "home")
        await shown.pilot.click(options(shown, "customers"), offset=(4, 2))
        third = shown.screen.backstage.personas.customers[2]
        await shown.until(lambda: shown.screen.customer == third)
        assert f"● {third.name}" in shown.text


async def test_the_card_shows_the_highlighted_one_of_the_list_in_use(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        personas = shown.screen.backstage.personas
        await shown.press("home", "down")
        await shown.until(lambda: card(shown) == personas.customers[1].id)
        assert personas.customers[1].issue.split()[0] in shown.text
        await shown.press("2", "home")
        await shown.until(lambda: card(shown) == personas.supports[0].id)
        await shown.press("1")
        await shown.until(lambda: card(shown) == personas.customers[1].id)


@proves("live", "key", "random-pair")
async def test_r_picks_a_pair_by_chance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with live(tmp_path) as shown:
        monkeypatch.setattr("vcg_tui.services.pairing.new_seed", lambda: 11)
        await shown.press("r")
        customer, support = choose_pair(shown.screen.backstage.personas, 11, None, None)
        names = f"{customer.name} × {support.name}"
        await shown.until(lambda: names in shown.text)


@proves("live", "key", "preview")
async def test_v_says_a_line_and_leaves_the_transcript(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run_to_end()
        await shown.press("1", "home", "v")
        await shown.until(lambda: "voice F" in shown.said or "voice M" in shown.said)
        assert shown.tts.asked[-1] in shown.said
        shown.player.hear(0.5)
        assert shown.player.level.rms_dbfs > -40
        await shown.until(lambda: shown.bar.active)
        assert "turn number 1" in shown.text
        assert all(turn.phase is TurnPhase.PAST for turn in shown.session.turns)


async def test_v_twice_is_one_voice_and_none_once_a_call_has_begun(tmp_path: Path) -> None:
    voice, gate = ToneTTS(), asyncio.Event()
    voice.gates.append(("", 0, gate))
    async with live(tmp_path, tts=voice) as shown:
        await shown.press("v")
        await shown.until(lambda: voice.asked)
        await shown.press("v")
        await shown.until(lambda: "A voice is being made ready." in shown.said)
        await shown.press("f5")
        await shown.until(lambda: shown.turn(1) is not None)
        gate.set()
        await shown.run_to_end()
        assert len(shown.session.turns) == 4
        assert "voice F" not in shown.said
        assert "voice M" not in shown.said


async def test_the_picked_ones_stay_picked_when_files_change(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.press("1", "home", "down", "enter")
        picked = shown.screen.customer, shown.screen.support
        before = picker(shown, "customers")._personas
        shown.screen.post_message(PersonasChanged())
        await shown.until(lambda: picker(shown, "customers")._personas is not before)
        assert (shown.screen.customer, shown.screen.support) == picked


async def test_v_during_a_call_is_refused(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run()
        await shown.press("v")
        await shown.until(lambda: "Not while a call is being made." in shown.said)


# ------------------------------------------------------------------ the call


async def test_turns_are_written_wait_are_heard_and_are_past(tmp_path: Path) -> None:
    gate = asyncio.Event()
    second = [["The second turn ", "begins", gate, *said(" and goes on. It has a second sentence.")]]
    async with live(tmp_path, llm=ScriptedLLM({2: second})) as shown:
        await shown.run()
        await shown.until(lambda: "The second turn begins" in shown.text)
        assert shown.phase(2) is TurnPhase.WRITING
        shown.player.hear(0.5)
        await shown.until(lambda: shown.phase(1) is TurnPhase.HEARD)
        gate.set()
        await shown.until(lambda: shown.phase(2) is TurnPhase.WAITING and "goes on" in shown.text)
        await shown.hear_until(lambda: shown.phase(2) is TurnPhase.HEARD)
        assert shown.phase(1) is TurnPhase.PAST


async def test_the_lit_word_moves_with_the_sound(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run()
        lit: list[int] = []
        for _ in range(4):
            shown.player.hear(0.5)
            await shown.pilot.pause(0.06)
            turn = shown.turn(1)
            assert turn is not None
            word = turn.words[turn.heard_words - 1]
            assert word.start_s <= shown.player.position_s
            lit.append(turn.heard_words)
        assert lit == sorted(lit)
        assert lit[0] < lit[-1]


@proves("live", "key", "pause")
async def test_pause_holds_and_goes_on(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run()
        shown.player.hear(0.5)
        await shown.press("space")
        await shown.until(lambda: shown.player.paused)
        at = shown.player.position
        shown.player.hear(1.0)
        assert shown.player.position == at
        await shown.until(lambda: "❚❚ paused" in shown.text)
        await shown.press("space")
        await shown.until(lambda: not shown.player.paused)
        shown.player.hear(0.5)
        assert shown.player.position > at


@proves("live", "key", "skip-turn", "restart-turn")
async def test_skip_and_back_to_the_start_of_the_turn(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run()
        await shown.until(lambda: shown.turn(2) and shown.turn(2).end_s is not None)  # its sound is there
        shown.player.hear(0.5)
        await shown.press("n")
        shown.player.hear(1.0)
        await shown.until(lambda: shown.bar.turn == 2)
        second = shown.turn(2)
        assert second is not None
        assert second.start_s is not None
        assert shown.player.position_s > second.start_s + 0.5
        await shown.press("b")
        await shown.until(lambda: abs(shown.player.position_s - (second.start_s or 0)) < 0.02)


@proves("live", "key", "replay")
async def test_replay_after_the_end_lights_words_again(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run_to_end()
        assert {turn.phase for turn in shown.session.turns} == {TurnPhase.PAST}
        await shown.press("ctrl+r")
        shown.player.hear(0.5)
        await shown.until(lambda: shown.phase(1) is TurnPhase.HEARD)
        assert shown.phase(2) is TurnPhase.WAITING
        await shown.press("space")
        await shown.until(lambda: shown.player.paused)


@proves("live", "key", "mute", "louder", "softer", "faster", "slower")
async def test_volume_mute_and_speed(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run()
        await shown.press("minus", "minus", "plus")
        assert shown.player.volume == pytest.approx(0.9)
        await shown.press("m")
        await shown.until(lambda: "muted" in shown.text)
        await shown.press("m")
        await shown.until(lambda: "vol  90" in shown.text)
        await shown.press(*["right_square_bracket"] * 9)
        assert shown.player.speed == 2.0
        await shown.until(lambda: " 2x" in shown.text)
        await shown.press(*["left_square_bracket"] * 9)
        assert shown.player.speed == 0.75


async def test_a_click_on_the_line_of_time_goes_there(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run_to_end()
        bar = shown.screen.query_one(PlayerBar)
        half = len(bar.line) // 2
        await shown.pilot.click(bar, offset=(bar.line[half], 0))
        wanted = shown.bar.length_s * half / len(bar.line)
        await shown.until(lambda: abs(shown.player.position_s - wanted) < 0.05)
        await shown.until(lambda: f"{clock(shown.player.position_s)}/" in shown.text)


async def test_a_click_on_a_turn_goes_there(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run_to_end()
        third = shown.turn(3)
        assert third is not None
        line = next(y for y, each in enumerate(shown.transcript._lines) if each.turn == 3)
        # the first line below the border
        await shown.pilot.click(shown.transcript, offset=(30, line + 1))
        await shown.until(lambda: abs(shown.player.position_s - (third.start_s or 0)) < 0.02)


@proves("live", "key", "stop-call")
async def test_escape_stops_and_keeps_what_is_complete(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with live(tmp_path, llm=ScriptedLLM({3: [["Never ", gate, *said("whole.")]]})) as shown:
        await shown.run_to_third()
        await shown.until(lambda: "Never" in shown.text)
        await shown.hear_until(lambda: shown.phase(2) is TurnPhase.HEARD)
        await shown.press("escape")
        await shown.until(lambda: not shown.screen.busy)
        await shown.until(lambda: "■ ended" in shown.text and "Never" not in shown.text)
        (folder,) = kept_calls(tmp_path)
        kept = json.loads((folder / "conversation.json").read_text())
        assert kept["end_reason"] == "stopped"
        assert [turn["turn"] for turn in kept["turns"]] == [turn.turn for turn in shown.session.turns]


async def test_f5_twice_is_one_call(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.press("f5", "f5")
        await shown.until(lambda: "A call is being made. esc stops it." in shown.said)
        await shown.run_to_end()
        assert len(kept_calls(tmp_path)) == 1


async def test_the_first_run_card_goes_with_the_first_call_for_good(tmp_path: Path) -> None:
    async with live(tmp_path, tui={}) as shown:
        assert "Welcome" in shown.text
        await shown.run_to_end()
        assert not shown.screen.query_one(Welcome).display
        await shown.until(lambda: shown.screen.backstage.settings.tui.first_run_done)
        await shown.app.workers.wait_for_complete()
    async with live(tmp_path, tui={}) as shown:
        assert "Welcome" not in shown.text
        assert "make a call" in shown.text


async def test_sessions_are_let_go_of_after_each_call(tmp_path: Path) -> None:
    import gc
    import weakref

    class Marked:
        pass

    async with live(tmp_path) as shown:
        await shown.run_to_end()
        mark = Marked()
        shown.session.snapshot = mark  # type: ignore[assignment] - what the session holds lives as long as it does
        gone = weakref.ref(mark)
        del mark
        await shown.run_to_end()
        await shown.until(lambda: gc.collect() >= 0 and gone() is None)


async def test_the_header_names_the_call_on_the_screen_and_who_is_next(tmp_path: Path) -> None:
    async with live(tmp_path, size=(160, 36)) as shown:
        await shown.run()
        plan = shown.session.plan
        other = next(each for each in shown.screen.backstage.personas.customers if each.id != plan.customer.id)
        shown.screen.query_one("#customers", PersonaPicker).pick(other)
        shown.screen.customer = other
        await shown.until(lambda: f"next: {other.name}" in shown.text)
        assert f"vcg ▸ {plan.customer.name} × {plan.support.name}" in shown.text
        await shown.until(shown._over)
        await shown.pilot.pause()
        assert f"vcg ▸ {plan.customer.name} × {plan.support.name}" in shown.text


async def test_replaying_goes_on_out_of_a_pause(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run()
        shown.player.hear(0.5)
        await shown.press("space")
        await shown.until(lambda: shown.player.paused)
        await shown.press("ctrl+r")
        await shown.until(lambda: not shown.player.paused and shown.player.position == 0)
        shown.player.hear(0.2)
        await shown.until(lambda: "speaking" in shown.text)


async def test_only_one_pane_lies_over_a_narrow_transcript_and_none_over_a_call(tmp_path: Path) -> None:
    async with live(tmp_path, size=(62, 18)) as shown:
        await shown.press("ctrl+b", "4")
        await shown.pilot.pause()
        over = list(shown.screen.query("#body > .-over"))
        assert [pane.id for pane in over] == ["metrics"]
        await shown.run()
        assert not shown.screen.query("#body > .-over")


async def test_a_stopped_call_counts_what_was_kept(tmp_path: Path) -> None:
    async with live(tmp_path, turns=8) as shown:
        await shown.run()
        await shown.until(lambda: shown.turn(3) is not None)
        await shown.press("escape")
        await shown.until(lambda: shown.session.conversation is not None)
        await shown.pilot.pause()
        kept = len(shown.session.conversation.turns)
        await shown.until(lambda: f"turns       {kept}" in shown.text)
