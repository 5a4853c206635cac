"""Pictures of live: each scene at every size, in a dark and a light theme, as somebody has looked at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.scenes.live import SCENES
from tests.tui.snapshots import take_all

CHAINS = SCENES.chains()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", CHAINS)
async def test_it_looks_as_it_did(first: str, tmp_path: Path, update_snapshots: bool) -> None:
    await take_all(CHAINS[first], tmp_path, update=update_snapshots)
