"""The kept pictures themselves: none that nobody takes, none that tells of this machine; and that a change is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui import snapshots
from tests.tui.picture import Picture, differences
from tests.tui.scenes import history, live, screens

SCENES = {**live.SCENES, **history.SCENES, **screens.SCENES}


def test_no_picture_is_left_over(update_snapshots: bool) -> None:
    left = snapshots.left_over(SCENES)
    if update_snapshots:
        for path in left:
            path.unlink()
        return
    assert not left, "no scene takes these pictures; `make snapshots` takes them away"


def test_pictures_hold_nothing_of_the_machine_and_fetch_nothing() -> None:
    for path in snapshots.KEPT.rglob("*.svg"):
        text = path.read_text("utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert "://" not in text.replace("http:// or https://", ""), path
        assert "/tmp" not in text, path
        assert str(Path.home()) not in text, path


def picture() -> Picture:
    drawn = Picture(20, 2, page="#101010")
    drawn.runs = [(0, 1, "Anna & 花子", "fill:#ffffff"), (1, 0, "▌", "fill:#00ff00;font-weight:bold")]
    drawn.grounds = {"#202020": [(1, 0, 20)]}
    return drawn


def test_a_picture_is_read_as_it_was_written() -> None:
    again = Picture.read(picture().svg())
    assert again == picture()
    assert again.lines == [" Anna & 花子", "▌"]
    assert not differences(picture(), again)


def test_what_differs_is_told() -> None:
    now = picture()
    now.runs[0] = (0, 1, "Béla", "fill:#ffffff")
    assert differences(picture(), now) == ["line  1 was   Anna & 花子", "        is    Béla"]
    now = picture()
    now.runs[1] = (1, 0, "▌", "fill:#00ff00")
    assert "font-weight:bold, is fill:#00ff00" in differences(picture(), now)[0]
    now = picture()
    now.grounds = {"#303030": [(1, 0, 20)]}
    assert "20 cells were on #202020" in differences(picture(), now)[0]
    now = picture()
    now.page = "#ffffff"
    assert differences(picture(), now) == ["the ground was #101010, it is #ffffff"]


def test_missing_and_changed_pictures_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(snapshots, "NEW", tmp_path / "new")
    name = "live/80x24-harbour.svg"
    assert "no such picture" in snapshots.compare(picture(), name, update=False)[1]
    assert not snapshots.compare(picture(), name, update=True)
    assert not snapshots.compare(picture(), name, update=False)
    assert not (tmp_path / "new" / name).exists()
    changed = picture()
    changed.runs.pop()
    told = snapshots.compare(changed, name, update=False)
    assert name in told[0] and str(tmp_path / "new") in told[0]
    assert "was  ▌" in told[1]
    assert Picture.read((tmp_path / "new" / name).read_text("utf-8")) == changed
