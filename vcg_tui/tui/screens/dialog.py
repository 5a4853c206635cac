"""What lies over a screen and takes the keys until it is closed."""

from __future__ import annotations

from typing import ClassVar

from textual.screen import ModalScreen, ScreenResultType

from vcg_tui.tui.actions import bindings_of_dialogs


class Dialog(ModalScreen[ScreenResultType]):
    """A screen over another one, from which one can quit all the same."""

    BINDINGS: ClassVar = bindings_of_dialogs()
