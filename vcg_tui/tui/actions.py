"""The one table of actions: bindings, palette, help and the page of keys all come from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding, BindingType

Place = Literal["app", "live", "history", "personas", "persona-form", "settings"]


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do.

    Attributes:
        id: its name; ``action_<id>`` does it, with hyphens as underscores.
        keys: comma-separated, as textual names them.
        text: what it does, short.
        group: under which heading it is told.
        place: where it applies: everywhere, or on one screen.
        footer: whether the footer shows it.
        tip: one more sentence, for help.
    """

    id: str
    keys: str
    text: str
    group: str
    place: Place
    footer: bool = False
    tip: str = ""

    @property
    def method(self) -> str:
        """The textual action."""
        return self.id.replace("-", "_")


ACTIONS: tuple[Action, ...] = (
    # ---------------------------------------------------------------- everywhere
    Action("help", "f1", "Help", "General", "app", footer=True, tip="Explains the focused pane and lists all keys."),
    Action("command-palette", "ctrl+p", "Palette", "General", "app", footer=True, tip="Every action by name."),
    Action("jump", "ctrl+o", "Jump", "General", "app", tip="Shows a letter on every pane; press it to go."),
    Action("choose-theme", "f7", "Theme", "General", "app", tip="Shows each one as you move; enter keeps it."),
    Action("save-screenshot", "f12", "Screenshot", "General", "app", tip="The screen as an SVG picture in a file."),
    Action("quit-app", "ctrl+q", "Quit", "General", "app", tip="Asks during a call; finished turns are kept."),
    Action("live", "f2", "Live", "Screens", "app", footer=True, tip="Make a call and hear it."),
    Action("history", "f3,h", "History", "Screens", "app", footer=True, tip="All saved calls."),
    Action("personas", "f4,p", "Personas", "Screens", "app", footer=True, tip="All there are; make your own."),
    Action("settings", "f6,g", "Settings", "Screens", "app", footer=True, tip="Providers, sound, theme, keys."),
    # ---------------------------------------------------------------- live
    Action("run-call", "f5", "Run", "Call", "live", footer=True, tip="Makes a call with the two picked personas."),
    Action("stop-call", "escape", "Stop", "Call", "live", footer=True, tip="Ends the call; finished turns are kept."),
    Action("random-pair", "r", "Random pair", "Call", "live", tip="Picks two personas at random."),
    Action("call-settings", "s", "Next call", "Call", "live", tip="Its turns, seed, language and providers."),
    Action("preview", "v", "Hear voice", "Personas", "live", tip="Says a line in the highlighted persona's voice."),
    Action("search", "slash", "Search", "Panes", "live", footer=True, tip="Searches the focused pane."),
    Action("focus-customers", "1", "Customers", "Panes", "live"),
    Action("focus-support", "2", "Support", "Panes", "live"),
    Action("focus-transcript", "3", "Transcript", "Panes", "live"),
    Action("focus-metrics", "4", "Metrics", "Panes", "live"),
    Action("toggle-sidebar", "ctrl+b", "Sidebar", "Panes", "live", tip="Shows the personas on a narrow screen."),
    Action("pause", "space", "Pause", "Listening", "live", footer=True, tip="Or goes on."),
    Action("skip-turn", "n", "Next turn", "Listening", "live"),
    Action("restart-turn", "b", "Start of turn", "Listening", "live"),
    Action("replay", "ctrl+r", "Replay", "Listening", "live", tip="From the start of the call."),
    Action("mute", "m", "Mute", "Listening", "live"),
    Action("louder", "plus,equals_sign", "Louder", "Listening", "live"),
    Action("softer", "minus", "Softer", "Listening", "live"),
    Action("faster", "right_square_bracket", "Faster", "Listening", "live", tip="Up to twice the speed."),
    Action("slower", "left_square_bracket", "Slower", "Listening", "live", tip="Down to three quarters."),
    # ---------------------------------------------------------------- history
    Action("play-call", "enter", "Listen", "Listening", "history", footer=True, tip="To the highlighted call."),
    Action("search", "slash", "Search", "Panes", "history", footer=True, tip="By words, and filters like tag:demo."),
    # first: while something is heard, the key is its own
    Action("stop-listening", "escape", "Stop", "Listening", "history", footer=True, tip="While a call is heard."),
    Action("back", "escape", "Back", "Panes", "history", footer=True, tip="Empties the search, or leaves."),
    Action("star-call", "s", "Star", "Calls", "history", tip="Or takes the star away."),
    Action("rename-call", "e", "Title", "Calls", "history", tip="Gives the call a name of your own."),
    Action("tag-call", "t", "Tags", "Calls", "history", tip="Words to find the call by."),
    Action("delete-call", "d,delete", "Delete", "Calls", "history", tip="Asks first."),
    Action("mark-call", "x", "Mark", "Calls", "history", tip="As the one that others are compared with."),
    Action("compare-calls", "c", "Compare", "Calls", "history", tip="The marked call with the highlighted one."),
    Action("open-folder", "o", "Folder", "Calls", "history", tip="Opens the call's folder and copies its path."),
    Action("recover-call", "r", "Recover", "Calls", "history", tip="An interrupted call; its finished turns are kept."),
    Action("recover-all-calls", "R", "Recover all", "Calls", "history", tip="Every interrupted call."),
    Action("reload", "f5", "Read again", "Calls", "history", tip="Looks for calls that other programs have made."),
    Action("focus-calls", "1", "Calls", "Panes", "history"),
    Action("focus-call-transcript", "2", "Transcript", "Panes", "history"),
    Action("focus-call-metrics", "3", "Metrics", "Panes", "history"),
    Action("pause", "space", "Pause", "Listening", "history", footer=True, tip="Or goes on."),
    Action("seek-back", "comma", "5 s back", "Listening", "history"),
    Action("seek-on", "full_stop", "5 s forward", "Listening", "history"),
    Action("skip-turn", "n", "Next turn", "Listening", "history"),
    Action("restart-turn", "b", "Start of turn", "Listening", "history"),
    Action("replay", "ctrl+r", "Replay", "Listening", "history", tip="From the start of the call."),
    Action("mute", "m", "Mute", "Listening", "history"),
    Action("louder", "plus,equals_sign", "Louder", "Listening", "history"),
    Action("softer", "minus", "Softer", "Listening", "history"),
    Action("faster", "right_square_bracket", "Faster", "Listening", "history", tip="Up to twice the speed."),
    Action("slower", "left_square_bracket", "Slower", "Listening", "history", tip="Down to three quarters."),
    # ---------------------------------------------------------------- personas
    Action("new-customer", "n", "New customer", "Personas", "personas", tip="A customer of your own."),
    Action("new-agent", "N", "New agent", "Personas", "personas", tip="A support agent of your own."),
    Action("copy-persona", "c", "Copy", "Personas", "personas", tip="The highlighted one, under another id."),
    Action("edit-persona", "e", "Edit", "Personas", "personas", tip="Your own, in a form."),
    Action("delete-persona", "delete,x", "Delete", "Personas", "personas", tip="Your own; asks first."),
    Action("hear-voice", "v", "Hear", "Personas", "personas", tip="Says a line in its voice."),
    Action("open-persona-file", "o", "Open file", "Personas", "personas", tip="Opens the file in $VISUAL or $EDITOR."),
    Action("search-personas", "slash", "Search", "Panes", "personas", footer=True, tip="Also yours, shipped, broken."),
    Action("focus-shelf", "1", "Personas", "Panes", "personas"),
    Action("focus-sheet", "2", "Card", "Panes", "personas"),
    Action("leave-personas", "escape", "Back", "Screens", "personas", footer=True),
    Action("save-persona", "ctrl+s", "Save", "Form", "persona-form", footer=True, tip="Or goes to what is wrong."),
    Action("leave-form", "escape", "Leave", "Form", "persona-form", footer=True, tip="Asks if something was typed."),
    # ---------------------------------------------------------------- settings
    Action(
        "reset-setting",
        "ctrl+r",
        "Default",
        "Settings",
        "settings",
        footer=True,
        tip="Takes it out of your file.",
    ),
    Action("test-tone", "ctrl+t", "Test tone", "Settings", "settings", footer=True, tip="On the chosen device."),
    Action("focus-sections", "1", "Sections", "Panes", "settings"),
    Action("focus-section", "2", "The section", "Panes", "settings"),
    Action("leave-settings", "escape", "Back", "Screens", "settings", footer=True),
)


def actions_for(place: Place) -> list[Action]:
    """The actions of one place."""
    return [action for action in ACTIONS if action.place == place]


def bindings_for(place: Place) -> list[BindingType]:
    """Textual's bindings for one place; a binding's id is the action's, so that a keymap can change it."""
    return [
        Binding(action.keys, action.method, action.text, show=action.footer, id=action.id, tooltip=action.tip)
        for action in actions_for(place)
    ]


def bindings_of_dialogs() -> list[BindingType]:
    """What of the app's own keys goes on working over a screen that hides all others: the one that quits."""
    action = next(action for action in ACTIONS if action.id == "quit-app")
    return [Binding(action.keys, f"app.{action.method}", action.text, show=False, id=action.id)]
