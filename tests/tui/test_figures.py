"""The figures beside the transcript, and the level on the player's line."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Static

from tests.fake_providers import ScriptedLLM
from tests.tui.live_steps import Live, live
from tests.tui.waiting import screen_text, until
from vcg_tui.models.metrics import MetricsSnapshot
from vcg_tui.tui.session import CallSession
from vcg_tui.tui.widgets.bars import Bars
from vcg_tui.tui.widgets.metrics_pane import MetricsPane, _at_most, _rows
from vcg_tui.tui.widgets.player_bar import PlayerState, _meter


def figures(shown: Live) -> dict[str, str]:
    lines = str(shown.screen.query_one("#metrics--figures", Static).visual).splitlines()
    return {line[:11].strip(): line[12:] for line in lines}


async def test_the_metrics_fill_and_fold_to_a_line_on_eighty_columns(tmp_path: Path) -> None:
    longer = (
        "This side of the call has a good deal more to say than the other one. It goes on and on, and then it ends."
    )
    async with live(tmp_path, llm=ScriptedLLM({2: longer})) as shown:
        await shown.run()
        await shown.until(lambda: figures(shown).get("writing", "").endswith(" of 4") and "ahead" in figures(shown))
        await shown.run_to_end()
        await shown.until(lambda: figures(shown).get("ended") == "max turns")
        metrics, call = shown.session.metrics, shown.session.conversation
        assert metrics is not None
        assert call is not None
        customer, support = metrics.customer, metrics.support
        assert customer.talk_share is not None
        assert support.talk_share is not None
        assert figures(shown)["turns"] == "4"
        assert customer.talk_share != support.talk_share
        assert figures(shown)["talk"] == f"{customer.talk_share:.0%} / {support.talk_share:.0%}"
        assert figures(shown)["dead air"] == f"{metrics.starved_s:.2f} s"
        assert figures(shown)["tokens in"] == f"{metrics.prompt_tokens:,}"
        assert figures(shown)["tokens out"] == f"{metrics.completion_tokens:,}"
        curves = {name: shown.screen.query_one(f"#metrics--{name}", Bars).data for name in ("text", "speech")}
        assert curves["text"] == [turn.metrics.llm_s for turn in call.turns]
        assert curves["speech"] == [turn.metrics.tts_ttfb_s for turn in call.turns]
        await shown.pilot.resize_terminal(80, 24)
        await shown.until(lambda: not shown.screen.query_one(MetricsPane).display)
        assert "4 turns · 00:" in shown.text
        await shown.press("4")
        await shown.until(lambda: shown.screen.query_one(MetricsPane).display)
        await shown.press("escape")
        await shown.until(lambda: not shown.screen.query_one(MetricsPane).display)


@pytest.mark.parametrize(
    ("mood", "word"),
    [(-1, "furious"), (-0.6, "upset"), (-0.25, "tense"), (0.15, "calm"), (0.45, "pleased"), (1, "pleased")],
)
def test_moods_have_words(mood: float, word: str) -> None:
    session = CallSession()
    session.snapshot = MetricsSnapshot(mood=mood)
    assert dict(_rows(session, session.snapshot.call, None))["mood"] == word


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.0004, "1 ms"), (0.0301, "31 ms"), (0.3, "0.30 s"), (0.301, "0.31 s"), (1.0, "1.0 s"), (12.31, "12.4 s")],
)
def test_no_bar_is_higher_than_what_is_told_over_them(seconds: float, told: str) -> None:
    assert _at_most(seconds) == told


def test_the_level_grows_and_is_flat_while_nothing_plays() -> None:
    shown = [_meter(PlayerState(level_dbfs=level, active=True)) for level in (-96, -48, -30, -12, 0)]
    assert shown[0] == shown[1] == " " * 5
    assert shown[-1] == "█" * 5
    assert [line.count("█") for line in shown] == sorted(line.count("█") for line in shown)
    assert shown[2].strip() != shown[3].strip()
    assert _meter(PlayerState(level_dbfs=0, active=True, paused=True)) == " " * 5
    assert _meter(PlayerState(level_dbfs=0)) == " " * 5


@pytest.mark.parametrize(
    ("data", "drawn"),
    [
        ((), ["", ""]),
        ((0.0, 0.0), ["", ""]),
        ((0.5, 0.5), ["████████", "████████"]),
        ((1.0, 0.5, 0.25, 0.01), ["██", "████▄▄▁▁"]),
        (tuple(range(17)), ["    ▁▃▅█", "▁▃▅▇████"]),
    ],
)
async def test_bars_begin_at_nought_and_show_the_highest_of_each_column(
    data: tuple[float, ...], drawn: list[str]
) -> None:
    class Small(App[None]):
        def compose(self) -> ComposeResult:
            yield Bars()

    async with Small().run_test(size=(8, 2)) as pilot:
        pilot.app.query_one(Bars).data = data
        await until(pilot, lambda: [line.rstrip() for line in screen_text(pilot.app).splitlines()] == drawn)
