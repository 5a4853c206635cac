"""A persona's fields to fill in; each is checked while it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from vcg_tui.errors import VcgError
from vcg_tui.models.role import Role
from vcg_tui.tui.actions import bindings_for
from vcg_tui.tui.persona_draft import fields_of, needed_in
from vcg_tui.tui.screens.confirm import ConfirmScreen
from vcg_tui.tui.widgets.form_field import AreaField, ChoiceField, FormField, RowsField, SwitchField, TextField
from vcg_tui.tui.widgets.key_footer import KeyFooter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import ComposeResult
    from textual.widget import Widget

    from vcg_tui.tui.persona_draft import DraftField, PersonaDraft
    from vcg_tui.tui.widgets.form_field import FieldValue

_ROW_EXAMPLES = {"facts": ("e.g. account_number", "e.g. 580264"), "voice.ids": ("e.g. elevenlabs", "the voice's id")}


def _shown_example(field: DraftField) -> str:
    """As an example, which can't be taken for what is filled in."""
    match field.example:
        case "":
            return ""
        case "nobody":
            return "empty: nobody"
        case text if text.startswith("default: "):
            return text
        case text:
            return f"e.g.\n{text}" if field.kind == "yaml" else f"e.g. {text}"


class PersonaFormScreen(Screen[bool]):
    """Gives True once the persona is saved, False where the form is left."""

    PLACE: ClassVar = "persona-form"
    CSS_PATH = "persona_form.tcss"
    BINDINGS: ClassVar = bindings_for("persona-form")
    TITLE = "Persona form"
    HELP = "A persona's fields. Tab goes on, shift+tab back; {save-persona} saves; {leave-form} leaves the form."

    def __init__(self, title: str, draft: PersonaDraft, save: Callable[[PersonaDraft], Awaitable[None]]) -> None:
        """Prepare.

        Args:
            title: what is being done, with whom.
            draft: the persona, filled into the form.
            save: writes it; raises a VcgError where it can't.
        """
        super().__init__()
        self._title, self._draft, self._save = title, draft, save
        self._needed = needed_in(draft.role)
        self._problems: dict[str, str] = {}
        self._complained: set[str] = set()
        """Fields whose mistakes are told: the ones that were touched, and all of them once it was to be saved."""
        self._saving = False
        self.whole = False
        """Whether every field is there; the first group is at once, the others follow while it is read."""
        # looked up once: a query walks hundreds of widgets, and this is read at every key
        self._rows: list[FormField] = []
        self._known: dict[str, FieldValue] = {}

    def compose(self) -> ComposeResult:
        """A heading for each group, its fields, how it stands, the keys."""
        role = "customer" if self._draft.role is Role.CUSTOMER else "support agent"
        yield Static(f" vcg ▸ Personas ▸ {self._title} ▸ {role} · * required", id="form--header", markup=False)
        with VerticalScroll(id="form", can_focus=False):
            yield from self._group(next(iter(self._groups())))
        yield Static(id="form--state", markup=False)
        yield KeyFooter()

    def on_mount(self) -> None:
        """Check it as it is, and begin with the first field."""
        self._rows = list(self.query(FormField))
        self._known = {field.key: field.value for field in self._rows}
        self._check()
        self.refresh_bindings()
        self.call_after_refresh(self.run_worker, self._show_rest, group="form")

    def _groups(self) -> dict[str, list[DraftField]]:
        groups: dict[str, list[DraftField]] = {}
        for field in fields_of(self._draft.role):
            groups.setdefault(field.group, []).append(field)
        return groups

    def _group(self, name: str) -> list[Widget]:
        """A heading and its fields."""
        return [Static(name, classes="form--group", markup=False), *map(self._row, self._groups()[name])]

    async def _show_rest(self) -> None:
        form = self.query_one("#form")
        for name in list(self._groups())[1:]:
            widgets = self._group(name)
            await form.mount(*widgets)
            rows = [widget for widget in widgets if isinstance(widget, FormField)]
            self._rows += rows
            self._known |= {row.key: row.value for row in rows}
            for row in rows:
                row.problem = self._told_problem(row.key)
        self._tell_state()
        self.whole = True

    def _row(self, field: DraftField) -> FormField:
        value, example, hint = self._draft.values[field.key], _shown_example(field), field.told
        match field.kind:
            case "choice":
                choices = [(each, each) for each in field.choices]
                return ChoiceField(field.key, field.label, str(value), choices, hint=hint)
            case "switch":
                return SwitchField(field.key, field.label, bool(value), hint=hint)
            case "rows":
                rows = value if isinstance(value, tuple) else ()
                return RowsField(field.key, field.label, rows, examples=_ROW_EXAMPLES[field.key], hint=hint)
            case "lines" | "prose" | "yaml":
                return AreaField(field.key, field.label, str(value), hint=hint, example=example)
            case _:
                fixed = field.key == "id" and self._draft.taken is None
                needed = field.key in self._needed and not fixed
                return TextField(
                    field.key, field.label, str(value), hint=hint, example=example, fixed=fixed, needed=needed
                )

    # ------------------------------------------------------------------ filling in

    def on_form_field_changed(self, message: FormField.Changed) -> None:
        """Take it into the draft and look what is wrong now."""
        message.stop()
        self._complained.add(message.field.key)
        self._put(message.field, message.value)

    def on_form_field_entered(self, message: FormField.Entered) -> None:
        """Done with a field: what it lacks is told from now on."""
        message.stop()
        if message.field.key not in self._complained:
            self._complained.add(message.field.key)
            message.field.problem = self._told_problem(message.field.key)
            self._tell_state()

    def _told_problem(self, key: str) -> str:
        return self._problems.get(key, "") if key in self._complained else ""

    def on_descendant_focus(self) -> None:
        """Say what the field is for."""
        self._tell_state()

    def _put(self, field: FormField, value: FieldValue) -> None:
        self._draft.values[field.key] = self._known[field.key] = value
        self._check()

    def _catch_up(self) -> None:
        """Take what was typed just now: its messages may still be on their way when a key asks to save or leave."""
        for field in self._rows:
            if (value := field.value) != self._known[field.key]:
                self._put(field, value)

    def _check(self) -> None:
        self._problems = self._draft.problems()
        for field in self._rows:
            field.problem = self._told_problem(field.key)
        self._tell_state()

    def _tell_state(self) -> None:
        wrong = [field.label for field in self._rows if field.problem]
        missing = [field.label for field in self._rows if field.key in self._problems and not field.problem]
        parts: list[Content | tuple[str, str]] = []
        if wrong:
            count = f" ▲ {len(wrong)} error{'s' if len(wrong) > 1 else ''}: "
            parts += [(count, "bold $text-error"), (", ".join(wrong), "$text-error")]
        if missing:
            parts += [(f"{' ' if wrong else ''} ○ to fill in: ", "bold"), (", ".join(missing), "")]
        if not parts:
            parts.append((" ● not saved yet", "bold") if self._draft.changed else (" ○ no changes", ""))
        focused = self.focused
        field = next((each for each in focused.ancestors if isinstance(each, FormField)), None) if focused else None
        if field is not None and field.hint and not field.problem:
            parts.append((f"   {field.hint}", "italic"))
        self.query_one("#form--state", Static).update(Content.assemble(*parts), layout=False)

    # ------------------------------------------------------------------ leaving

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The key for saving is off while something is being saved."""
        if action == "save_persona":
            return None if self._saving else True
        return super().check_action(action, parameters)

    async def action_save_persona(self) -> None:
        """Write the file and leave; where something is wrong, go there and say what."""
        self._catch_up()
        if self._problems:
            self._complain()
            return
        self._saving = True
        try:
            await self._save(self._draft)
        except VcgError as error:
            self.notify(str(error), title="Not saved", severity="error", timeout=15)
        else:
            self.dismiss(True)
        finally:
            self._saving = False
            self.refresh_bindings()

    def _complain(self) -> None:
        """Tell all that is wrong, and go to the first of it."""
        self._complained.update(self._problems)
        self._check()
        first = next((field for field in self._rows if field.problem), None)
        if first is None:
            return  # its group is not there yet, and will come with its mistake told
        more = f" (and {len(self._problems) - 1} more)" if len(self._problems) > 1 else ""
        self.notify(f"{first.label}: {first.problem}{more}", title="Not saved", severity="warning")
        if (inside := next((each for each in first.query("*") if each.focusable), None)) is not None:
            inside.focus()

    def action_leave_form(self) -> None:
        """Leave; what was typed is asked for once."""
        self.ask_to_leave(lambda: self.dismiss(False))

    def ask_to_leave(self, leave: Callable[[], object]) -> None:
        """Leave; where something was typed, only if the answer is yes."""
        self._catch_up()
        if not self._draft.changed:
            leave()
            return

        def answered(yes: bool | None) -> None:
            if yes:
                leave()

        self.app.push_screen(
            ConfirmScreen("Leave without saving?", "What was typed is lost.", yes="Leave", no="Stay", danger=True),
            answered,
        )
