"""The rows of a form: a label, something to fill in, a word beside it, and what is wrong with it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Button, Input, Select, Static, Switch, TextArea

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

Rows = tuple[tuple[str, str], ...]
"""Names with their values, in order."""
FieldValue = str | bool | Rows


class FormField(Vertical):
    """One thing to fill in. ``key`` is its name for whoever reads the messages."""

    DEFAULT_CSS = """
    FormField {
        height: auto;
        .field--row { height: auto; }
        .field--label { width: 18; height: 1; color: $text-muted; }
        .field--control { width: 1fr; }
        Input.field--control { height: 1; }
        Input.-textual-compact { padding: 0 1; }
        .field--aside { width: auto; max-width: 30; height: 1; color: $text-muted; padding: 0 1; }
        .field--aside.-empty { display: none; }
        .field--problem { display: none; height: auto; margin-left: 19; color: $text-error; }
        .field--problem.-shown { display: block; }
        .field--label.-focused { color: $primary; text-style: bold; }
        Input > .input--placeholder, TextArea .text-area--placeholder { color: $text-muted; text-style: italic; }
        Input:focus, TextArea:focus, Select:focus > SelectCurrent { background-tint: $primary 25%; }
        Input.field--control:disabled { color: $text-muted; background: transparent; opacity: 1; }
    }
    """

    problem: reactive[str] = reactive("")
    aside: reactive[str] = reactive("")

    @dataclass
    class Changed(Message):
        """The person changes the field."""

        field: FormField
        value: FieldValue

    @dataclass
    class Entered(Message):
        """The person is done with the field: Enter, a choice made, or gone elsewhere."""

        field: FormField

    def __init__(self, key: str, label: str, *, hint: str = "", needed: bool = False) -> None:
        """``needed``: it can't be left empty, and says so by a star."""
        super().__init__(id=f"field-{key.replace('.', '--')}")
        self.key, self.label, self.hint, self.needed = key, label, hint, needed

    @abstractmethod
    def control(self) -> Widget:
        """What is filled in; called once."""

    @property
    @abstractmethod
    def value(self) -> FieldValue:
        """What is filled in now."""

    def compose(self) -> ComposeResult:
        """The row; the word beside it and the line for a problem come when there is one: most fields have neither."""
        with Horizontal(classes="field--row"):
            yield Static(f"{self.label} *" if self.needed else self.label, classes="field--label", markup=False)
            control = self.control()
            control.add_class("field--control")
            control.tooltip = self.hint or None
            yield control

    def watch_problem(self, problem: str) -> None:
        """Show what is wrong."""
        if not self.is_mounted:
            return
        line = self.query(".field--problem").first(Static) if self.query(".field--problem") else None
        if line is None and problem:
            self.mount(Static(f"▲ {problem}", classes="field--problem -shown", markup=False))
        elif line is not None:
            line.update(f"▲ {problem}")
            line.set_class(bool(problem), "-shown")

    def watch_aside(self, aside: str) -> None:
        """Show the word beside the field."""
        if not self.is_mounted:
            return
        line = self.query(".field--aside").first(Static) if self.query(".field--aside") else None
        if line is None and aside:
            self.query_one(".field--row").mount(Static(aside, classes="field--aside", markup=False))
        elif line is not None:
            line.update(aside)
            line.set_class(not aside, "-empty")

    def on_mount(self) -> None:
        """Show what was set before."""
        self.watch_problem(self.problem)
        self.watch_aside(self.aside)

    def on_descendant_focus(self) -> None:
        """Light the label: a class of its own, since `:focus-within` restyles everything around at every step."""
        self.query_one(".field--label").add_class("-focused")

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Gone elsewhere."""
        event.stop()
        self.query_one(".field--label").remove_class("-focused")
        self.post_message(self.Entered(self))

    def _tell(self, *, done: bool = False) -> None:
        self.post_message(self.Changed(self, self.value))
        if done:
            self.post_message(self.Entered(self))


class SettableField(FormField):
    """One that can be filled in from outside, too."""

    @abstractmethod
    def put(self, value: FieldValue) -> None:
        """Fill it in, without a message."""


class TextField(SettableField):
    """One line of text."""

    def __init__(
        self,
        key: str,
        label: str,
        value: str,
        *,
        hint: str = "",
        example: str = "",
        fixed: bool = False,
        needed: bool = False,
    ) -> None:
        super().__init__(key, label, hint=hint, needed=needed)
        self._first, self._example, self._fixed = value, example, fixed

    def control(self) -> Widget:
        return Input(self._first, placeholder=self._example, compact=True, disabled=self._fixed, select_on_focus=False)

    @property
    def value(self) -> str:
        return self.query_one(Input).value.strip()

    def put(self, value: FieldValue) -> None:
        with self.prevent(Input.Changed):
            self.query_one(Input).value = str(value)

    def suggest(self, example: str) -> None:
        """Show something else while it is empty."""
        self.query_one(Input).placeholder = example

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell."""
        event.stop()
        self._tell()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Tell, and go on."""
        event.stop()
        self.post_message(self.Entered(self))


class ChoiceField(SettableField):
    """One of some values."""

    DEFAULT_CSS = """
    ChoiceField {
        Select { height: auto; }
        Select.-textual-compact > SelectCurrent { padding: 0 1; }
        SelectOverlay.-textual-compact > .option-list--option { padding: 0 1; }
    }
    """

    def __init__(self, key: str, label: str, value: str, choices: Sequence[tuple[str, str]], *, hint: str = "") -> None:
        """``choices``: what is read, and the value."""
        super().__init__(key, label, hint=hint)
        self._first, self._choices = value, _with(choices, value)

    def control(self) -> Widget:
        return Select(self._choices, value=self._first, allow_blank=False, compact=True)

    @property
    def value(self) -> str:
        return str(self._select.value)

    @property
    def _select(self) -> Select[str]:
        return cast("Select[str]", self.query_one(Select))

    def put(self, value: FieldValue) -> None:
        select = self._select
        with self.prevent(Select.Changed):
            if str(value) not in {each for _, each in self._choices}:
                self.offer(_with(self._choices, str(value)))
            select.value = str(value)

    def offer(self, choices: Sequence[tuple[str, str]]) -> None:
        """Offer other choices; the value stays."""
        select = self._select
        value = self.value
        self._choices = _with(choices, value)
        with self.prevent(Select.Changed):
            select.set_options(self._choices)
            select.value = value

    def on_select_changed(self, event: Select.Changed) -> None:
        """Tell."""
        event.stop()
        self._tell(done=True)


class SwitchField(SettableField):
    """Yes or no."""

    DEFAULT_CSS = """
    SwitchField {
        Switch, Switch:focus { border: none; height: 1; padding: 0; width: auto; background: transparent; }
        Switch:focus .switch--slider, Switch.-on:focus .switch--slider { color: $primary; }
        .field--said { width: 1fr; padding-left: 1; }
    }
    """

    def __init__(self, key: str, label: str, value: bool, *, hint: str = "") -> None:
        super().__init__(key, label, hint=hint)
        self._first = value

    def control(self) -> Widget:
        return Horizontal(Switch(self._first, animate=False), Static(_yes(self._first), classes="field--said"))

    def on_mount(self) -> None:
        """A switch is one line high."""
        super().on_mount()
        self.query_one(".field--control").styles.height = 1

    @property
    def value(self) -> bool:
        return self.query_one(Switch).value

    def put(self, value: FieldValue) -> None:
        with self.prevent(Switch.Changed):
            self.query_one(Switch).value = bool(value)
        self.query_one(".field--said", Static).update(_yes(bool(value)))

    def on_switch_changed(self, event: Switch.Changed) -> None:
        """Tell."""
        event.stop()
        self.query_one(".field--said", Static).update(_yes(event.value))
        self._tell(done=True)


class AreaField(FormField):
    """Several lines of text."""

    DEFAULT_CSS = """
    AreaField {
        TextArea { height: auto; min-height: 3; max-height: 14; background: $surface; padding: 0 1; }
    }
    """

    def __init__(self, key: str, label: str, value: str, *, hint: str = "", example: str = "") -> None:
        super().__init__(key, label, hint=hint)
        self._first, self._example = value, example

    def control(self) -> Widget:
        return TextArea(self._first, compact=True, placeholder=self._example, highlight_cursor_line=False)

    @property
    def value(self) -> str:
        return self.query_one(TextArea).text

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Tell, unless it is only being filled in."""
        event.stop()
        self._tell()


class _Row(Horizontal):
    """A name and a value."""

    def __init__(self, name: str, value: str, examples: tuple[str, str]) -> None:
        super().__init__(classes="rows--row")
        self._first, self._examples = (name, value), examples

    def compose(self) -> ComposeResult:
        """Two boxes, and a way to take the row out."""
        yield Input(self._first[0], placeholder=self._examples[0], compact=True, classes="rows--name")
        yield Input(self._first[1], placeholder=self._examples[1], compact=True, classes="rows--value")
        yield Button("✕", compact=True, classes="rows--remove", tooltip="Take this row out")

    @property
    def pair(self) -> tuple[str, str]:
        """What is in the boxes."""
        name, value = (box.value.strip() for box in self.query(Input))
        return name, value


class RowsField(FormField):
    """Names with values, one a row; rows can be added and taken out."""

    DEFAULT_CSS = """
    RowsField {
        .rows { height: auto; }
        .rows--row { height: 1; }
        .rows--name { width: 2fr; margin-right: 1; }
        .rows--value { width: 3fr; }
        .rows--remove { min-width: 3; width: 3; }
        .rows--add { width: auto; min-width: 0; }
    }
    """

    def __init__(self, key: str, label: str, value: Rows, *, examples: tuple[str, str], hint: str = "") -> None:
        super().__init__(key, label, hint=hint)
        self._first, self._examples = value, examples

    def control(self) -> Widget:
        rows = [_Row(name, value, self._examples) for name, value in self._first]
        return Vertical(*rows, Button("+ add a row", compact=True, classes="rows--add"), classes="rows")

    @property
    def value(self) -> Rows:
        return tuple(pair for pair in (row.pair for row in self.query(_Row) if not row.has_class("-gone")) if any(pair))

    async def on_button_pressed(self, event: Button.Pressed) -> None:
        """A row more, or less."""
        event.stop()
        if event.button.has_class("rows--add"):
            row = _Row("", "", self._examples)
            await self.query_one(".rows").mount(row, before=event.button)
            row.query_one(Input).focus()
            return
        for row in self.query(_Row):
            if event.button in row.children:
                row.add_class("-gone")
                self.query_one(".rows--add", Button).focus()
                await row.remove()
        self._tell()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell."""
        event.stop()
        self._tell()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """On to the next box."""
        event.stop()
        self.screen.focus_next()


def _with(choices: Sequence[tuple[str, str]], value: str) -> list[tuple[str, str]]:
    known = list(choices)
    return known if any(each == value for _, each in known) else [*known, (value or "-", value)]


def _yes(value: bool) -> str:
    return "yes" if value else "no"
