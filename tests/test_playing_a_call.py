"""A call heard while it is made, and heard again: on a virtual sound card, in real time."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.virtual_card import VirtualCard, without_silence
from vcg_tui.audio.files import read_wav
from vcg_tui.audio.mixing import to_mono

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not Path("/usr/share/alsa/alsa.conf").exists(), reason="needs ALSA"
)

# Two people of few words, who speak fast: the call is heard in real time.
_CUSTOMER = """\
id: short
name: Short
personality: Brief.
issue: The lamp is broken.
goal: Get a new lamp.
voice: {gender: female, speed: 2.0}
says: {opening: [My lamp's broken.]}
"""
_SUPPORT = """\
id: curt
name: Curt
personality: Brief.
company_name: Acme
agent_name: Kim
voice: {gender: male, speed: 2.0}
says: {greeting: ["Acme, {agent}."]}
"""


@pytest.mark.slow
def test_what_is_heard_is_what_is_kept(tmp_path: Path) -> None:
    for folder, name, text in (("customers", "short", _CUSTOMER), ("support", "curt", _SUPPORT)):
        (tmp_path / "mine" / folder).mkdir(parents=True)
        (tmp_path / "mine" / folder / f"{name}.yaml").write_text(text)
    with VirtualCard(tmp_path / "card", paced=True) as card:
        made = card.run_vcg(
            "generate", "--play", "--personas", str(tmp_path / "mine"), "--customer", "short", "--support", "curt",
            "--seed", "1", "--max-turns", "4", "--json",
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        told = json.loads(made.stdout)
        live = without_silence(card.heard())
        kept = without_silence(to_mono(read_wav(Path(told["path"]) / "audio" / "call.wav")[0]))
        assert len(kept) > 24_000
        assert told["turns"] == 4
        assert told["metrics"]["starved_s"] == 0
        assert np.array_equal(live, kept)
        assert "No sound" not in made.stderr
        assert "ALSA" not in made.stderr

        card.haste = 4  # what was made live is enough in real time
        before = len(card.heard())
        again = card.run_vcg("conversations", "play", told["call_id"])
        assert again.returncode == 0, again.stderr
        assert np.array_equal(without_silence(card.heard()[before:]), kept)
        said = " ".join(again.stdout.split())
        for turn in told["transcript"]:
            assert f"{turn['speaker'].upper()} {turn['text']}" in said

        before = len(card.heard())
        preview = card.run_vcg("preview", "short", "--personas", str(tmp_path / "mine"))
        assert preview.returncode == 0, preview.stderr
        assert preview.stdout == "My lamp's broken.\n"
        assert len(without_silence(card.heard()[before:])) > 6_000
