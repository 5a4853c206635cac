"""The transcript on the live screen: following, searching, selecting."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from rich.cells import cell_len, set_cell_size
from textual.strip import Strip
from textual.widgets import Static

from tests.fake_providers import ScriptedLLM, said
from tests.tui.live_steps import Live, live
from vcg_tui.models.conversation import Word
from vcg_tui.models.role import Role
from vcg_tui.tui.session import ShownTurn, TurnPhase
from vcg_tui.tui.transcript_layout import NARROW, lay_out
from vcg_tui.tui.transcript_matches import Match, matches_in, search_pattern
from vcg_tui.tui.widgets.transcript_search import TranscriptSearch


def at_end(shown: Live) -> bool:
    return shown.transcript.is_vertical_scroll_end and shown.transcript.max_scroll_y > 0


async def long_call(shown: Live, gate_turn: int) -> None:
    """So many turns on a low screen that they can be scrolled; the next one waits at its gate."""
    await shown.run()
    await shown.hear_until(lambda: shown.phase(gate_turn) and shown.transcript.max_scroll_y > 6, 0.5)
    await shown.press("3")


async def test_it_follows_lets_go_when_scrolled_up_and_end_follows_again(tmp_path: Path) -> None:
    gate = asyncio.Event()
    llm = ScriptedLLM({8: [[gate, *said("The eighth turn speaks now. It has two sentences.")]]})
    async with live(tmp_path, (120, 16), llm=llm, turns=10) as shown:
        await long_call(shown, 8)
        await shown.until(lambda: at_end(shown))
        await shown.press("up", "up", "up")
        await shown.until(lambda: not shown.transcript.following)
        place = shown.transcript.scroll_y
        gate.set()
        await shown.hear_until(lambda: shown.transcript.unseen == 2, 0.5)
        await shown.until(lambda: "↓ 2 new (end)" in shown.text)
        assert shown.transcript.scroll_y == place
        await shown.press("end")
        await shown.until(lambda: at_end(shown) and "new (end)" not in shown.text)
        assert "turn number 10" in shown.text


async def test_a_click_on_the_hint_and_the_wheel_do_the_same(tmp_path: Path) -> None:
    gate = asyncio.Event()
    llm = ScriptedLLM({8: [[gate, *said("The eighth turn speaks now. It has two sentences.")]]})
    async with live(tmp_path, (120, 16), llm=llm, turns=8) as shown:
        await long_call(shown, 8)
        await shown.pilot._post_mouse_events([_wheel_up()], shown.transcript, offset=(10, 3))
        await shown.until(lambda: not shown.transcript.following)
        gate.set()
        more = shown.screen.query_one("#more", Static)
        # the eighth turn was begun before: only its text came, so the hint may be without it
        shown.transcript.unseen = max(1, shown.transcript.unseen)
        await shown.until(lambda: more.region.height == 1)
        await shown.pilot.click(more)
        await shown.until(lambda: shown.transcript.following and at_end(shown))


def _wheel_up() -> type:
    from textual import events

    return events.MouseScrollUp


def marked(shown: Live) -> list[tuple[str, bool]]:
    """What is marked on the screen, and whether it is the place that the search is at, row by row."""
    rows: list[tuple[str, bool]] = []
    region = shown.transcript.content_region
    for row in shown.app.screen._compositor.render_strips()[region.y : region.bottom]:
        strip = row.crop(region.x, region.right)
        segments = [each for each in strip if each.style and each.style.underline]
        if segments:
            current = any(each.style and each.style.reverse for each in segments)
            rows.append(("".join(each.text for each in segments).lower(), current))
    return rows


async def test_search_marks_counts_and_goes_from_place_to_place(tmp_path: Path) -> None:
    async with live(tmp_path, (120, 16), turns=12) as shown:
        await shown.run_to_end()
        await shown.press("3", "home", "slash", *"NUMBER", "space", "1")
        await shown.until(lambda: "1 of 4" in shown.text)  # 1, 10, 11, 12
        await shown.until(lambda: "turn number 1 has" in shown.text)
        await shown.until(lambda: marked(shown)[0] == ("number 1", True))
        await shown.press("enter")
        await shown.until(lambda: "turn number 10 " in shown.text and "2 of 4" in shown.text)
        assert ("number 1", True) in marked(shown)
        assert ("number 1", False) in marked(shown)
        await shown.press("down")
        await shown.until(lambda: "3 of 4" in shown.text)
        await shown.press("up")
        await shown.until(lambda: "2 of 4" in shown.text)
        await shown.press("up", "up")
        await shown.until(lambda: "4 of 4" in shown.text)
        await shown.press("enter")
        await shown.until(lambda: "1 of 4" in shown.text)
        await shown.press("shift+enter")
        await shown.until(lambda: "4 of 4" in shown.text)
        await shown.press("2")
        await shown.until(lambda: "1 of 1" in shown.text)
        await shown.press("x")
        await shown.until(lambda: "nowhere" in shown.text)
        shown.screen.query_one(TranscriptSearch).value = "t.rn"  # what is typed is what is looked for
        await shown.until(lambda: "nowhere" in shown.text)
        await shown.press("escape")
        await shown.until(lambda: "nowhere" not in shown.text and not marked(shown))
        assert shown.transcript.has_focus
        assert not shown.screen.query_one(TranscriptSearch).display


async def test_search_finds_what_runs_across_lines_at_every_width(tmp_path: Path) -> None:
    text = "The router in the hall has been blinking red since Monday morning and nobody called me back about it."
    phrase = "hall has been blinking red since monday morning and nobody called"
    async with live(tmp_path, (120, 20), llm=ScriptedLLM({1: [[*said(text)]]}), turns=3) as shown:
        await shown.run_to_end()
        await shown.press("3", "slash")
        await shown.press(*(key if key != " " else "space" for key in phrase))
        await shown.until(lambda: "1 of 1" in shown.text)
        await shown.until(lambda: " ".join(part for part, _ in marked(shown)) == phrase)
        assert len(marked(shown)) > 1
        assert all(current for _, current in marked(shown))
        before = shown.transcript.size.width
        await shown.pilot.resize_terminal(50, 24)
        await shown.until(lambda: shown.transcript.size.width != before)
        await shown.until(lambda: " ".join(part for part, _ in marked(shown)) == phrase)


async def test_the_place_that_a_search_is_at_stays_in_sight_when_the_terminal_changes(tmp_path: Path) -> None:
    async with live(tmp_path, (160, 48), turns=12) as shown:
        await shown.run_to_end()
        await shown.press("3", "slash", *"37")
        await shown.until(lambda: " of " in str(shown.transcript.border_subtitle))
        await shown.press("enter", "enter")
        for size in ((80, 20), (60, 16), (160, 20)):
            await shown.pilot.resize_terminal(*size)
            await shown.until(lambda: [current for _, current in marked(shown)].count(True) == 1)


@pytest.mark.parametrize("width", [24, 40, 57, 58, 80, 200])
def test_every_word_of_a_turn_is_found_where_it_is_drawn(width: int) -> None:
    text = "Réf. 日本語テキスト, pneumonoultramicroscopicsilicovolcanoconiosis; it is, well, it is fine: it is."
    lines = lay_out(ShownTurn(3, Role.SUPPORT, text), width)

    def drawn(match: Match) -> str:
        return "".join(
            "".join(c for c in set_cell_size(cut(lines[line].plain, left), right - left))
            for line, left, right in match.spans
        )

    def cut(plain: str, left: int) -> str:
        at = next(at for at in range(len(plain) + 1) if cell_len(plain[:at]) == left)
        return plain[at:]

    for wanted in ("it is", "it  is, well", "テキスト, p", "silicovolcanoconiosis; it", "PNEUMONOULTRA"):
        pattern = search_pattern(wanted)
        assert pattern is not None
        found = matches_in(lines, pattern)
        assert len(found) == len(pattern.findall(text)) > 0
        for match in found:
            assert text[match.start :].lower().startswith(wanted.lower()[:2])
            assert drawn(match).replace(" ", "").lower() == wanted.replace(" ", "").lower()
    assert matches_in(lines, search_pattern("SUPPORT")) == []  # pyright: ignore[reportArgumentType] - it is a pattern
    assert search_pattern("  ") is None


async def test_escape_in_the_search_does_not_stop_the_call(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run()
        await shown.press("3", "slash", "x", "escape")
        await shown.until(lambda: shown.transcript.has_focus)
        assert shown.screen.busy
        assert shown.screen._bridge.control is not None
        assert not shown.screen._bridge.control.stopped


async def test_letters_typed_into_a_search_are_no_keys(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        before = shown.screen.customer, shown.screen.support
        await shown.press("slash", *"hprsvmnbg")
        await shown.pilot.pause()
        assert shown.app.screen is shown.screen
        assert (shown.screen.customer, shown.screen.support) == before
        assert not shown.player.muted


async def test_a_drag_selects_and_copies_and_seeks_nowhere(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run_to_end()
        at = shown.player.position
        pane, left = shown.transcript, 19  # border, and the speaker's column
        await shown.pilot.mouse_down(pane, offset=(left, 1))
        await shown.pilot.hover(pane, offset=(left + 12, 1))
        await shown.pilot.mouse_up(pane, offset=(left + 12, 1))
        await shown.pilot.pause()
        await shown.press("ctrl+c")
        await shown.until(lambda: shown.app.clipboard)
        assert shown.app.clipboard.startswith("This is what")
        assert len(shown.app.clipboard) in {12, 13}
        assert shown.player.position == at


async def test_restarted_turns_lose_their_broken_text(tmp_path: Path) -> None:
    from tests.fake_providers import trouble

    llm = ScriptedLLM({2: [["Broken half ", trouble()], said("The whole turn. It is good.")]})
    async with live(tmp_path, llm=llm) as shown:
        await shown.run_to_end()
        assert "Broken half" not in shown.text
        assert "The whole turn." in shown.text


async def test_five_hundred_turns_draw_only_what_is_seen(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run_to_end()
        turns = [
            ShownTurn(n, Role.CUSTOMER if n % 2 else Role.SUPPORT, f"Turn {n} says this.", n * 3.0, n * 3.0 + 2)
            for n in range(1, 501)
        ]
        shown.session.turns = turns
        shown.transcript.show_session(shown.session)
        await shown.until(lambda: "Turn 500 says this." in shown.text or "Turn 1 says this." in shown.text)
        await shown.press("3", "end")
        await shown.until(lambda: "Turn 500 says this." in shown.text)
        assert len(shown.transcript.children) == 0


async def test_a_scroll_bar_does_not_move_the_speakers(tmp_path: Path) -> None:
    async with live(tmp_path, (110, 36)) as shown:
        await shown.run_to_end()

        def first_line(count: int) -> str:
            shown.session.turns = [
                ShownTurn(n, Role.CUSTOMER, f"Turn {n} says this.", n * 3.0, n * 3.0 + 2) for n in range(1, count + 1)
            ]
            shown.transcript.show_session(shown.session)
            return "".join(piece.text for piece in shown.transcript._lines[0].pieces if piece.kind != "mark").strip()

        first_line(1)
        await shown.until(lambda: not shown.transcript.show_vertical_scrollbar)
        # as narrow as text beside the speaker can be, without a bar
        await shown.pilot.resize_terminal(110 + NARROW - shown.transcript.scrollable_content_region.width, 36)
        await shown.until(lambda: shown.transcript.scrollable_content_region.width == NARROW)
        short = first_line(1)
        long = first_line(100)
        await shown.until(lambda: shown.transcript.show_vertical_scrollbar)
        await shown.until(lambda: shown.transcript.scrollable_content_region.width < NARROW)
        assert long == short
        assert "says this." not in shown.transcript._lines[0].plain, "nor once it is laid out anew"
        assert "says this." not in short


@pytest.mark.parametrize("width", [20, 40, 57, 58, 90])
def test_lines_have_all_words_in_order_and_fit(width: int) -> None:
    text = "A few words, and averyveryverylongwordthatfitsnowhereatallonanarrowscreen, then 漢字 and more of them. " * 3
    shown = ShownTurn(3, Role.SUPPORT, text, 63.0, 70.0, [Word(text="A", start_s=63.0, end_s=63.2)], TurnPhase.WAITING)
    lines = lay_out(shown, width)
    from rich.cells import cell_len

    assert all(cell_len(line.plain) <= width for line in lines)
    words = [piece for line in lines for piece in line.pieces if piece.kind == "word"]
    assert "".join(piece.text for piece in words) == "".join(text.split())
    numbers = [piece.word for piece in words]
    assert numbers == sorted(numbers)
    assert "01:03" in lines[0].plain


async def test_each_phase_looks_different(tmp_path: Path) -> None:
    gate = asyncio.Event()
    llm = ScriptedLLM({3: [["Being written ", "now", gate, *said(" at last.")]]})
    async with live(tmp_path, llm=llm) as shown:
        await shown.run_to_third()
        await shown.until(lambda: "Being written now" in shown.text)
        await shown.until(lambda: shown.phase(1) is TurnPhase.HEARD and shown.phase(2) is TurnPhase.WAITING)
        await shown.pilot.pause()

        def looks(words: str) -> set[tuple[bool, bool]]:
            return {
                (bool(style.bold), bool(style.italic))
                for strip in shown.app.screen._compositor.render_strips()
                if words in strip.text
                for segment in strip
                if (style := segment.style) and segment.text.strip() and segment.text.strip() in words
            }

        assert looks("Being written now") == {(False, True)}
        assert looks("what turn number 2 has") == {(False, False)}
        # what was heard, and the word that is being heard
        assert looks("This is what turn number 1 has") == {(False, False), (True, False)}


async def test_what_is_selected_is_seen_and_copied_without_its_decoration(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run_to_end()
        pane = shown.transcript
        first = pane._lines.index(next(line for line in pane._lines if line.turn == 1))
        before = pane.render_line(first)
        await shown.pilot.mouse_down(pane, offset=(2, 1))
        await shown.pilot.hover(pane, offset=(60, 4))
        await shown.pilot.mouse_up(pane, offset=(60, 4))
        await shown.until(lambda: pane.text_selection is not None)

        def background(strip: Strip, words: str) -> object:
            return next(segment.style.bgcolor for segment in strip if words in segment.text and segment.style)

        assert background(pane.render_line(first), "This") != background(before, "This")
        await shown.press("ctrl+c")
        await shown.until(lambda: shown.app.clipboard)
        told = shown.app.clipboard
        assert "▌" not in told
        assert "  " not in told, "the room between columns is no part of what was said"
        assert shown.turn(1).text in told.replace("\n", " ")
        assert "words copied" in shown.said


async def test_the_line_that_first_needs_a_scroll_bar_is_followed_to(tmp_path: Path) -> None:
    async with live(tmp_path, (80, 14)) as shown:
        await shown.run_to_end()
        assert shown.transcript.max_scroll_y > 0
        await shown.until(lambda: "148 and a full stop" in shown.text)
        assert shown.transcript.following


async def test_another_width_lays_every_turn_out_anew(tmp_path: Path) -> None:
    async with live(tmp_path) as shown:
        await shown.run_to_end()
        words = " ".join(turn.text for turn in shown.session.turns).split()
        for width in (40, 160, 60):
            await shown.pilot.resize_terminal(width, 36)
            await shown.until(
                lambda: all(len(line.plain) <= shown.transcript._text_width for line in shown.transcript._lines)
            )
            laid = [piece.text for line in shown.transcript._lines for piece in line.pieces if piece.kind == "word"]
            assert laid == words
            longest = max(len(line.plain) for line in shown.transcript._lines)
            assert longest > shown.transcript._text_width - 20
