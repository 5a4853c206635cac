"""The personas: read them, hear them, write your own."""

from __future__ import annotations

import asyncio
import subprocess
from typing import TYPE_CHECKING, ClassVar

from textual.app import SuspendNotSupported
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Input, Static

from vcg_tui.errors import PersonaError, VcgError
from vcg_tui.models.role import Role
from vcg_tui.services.persona_service import PersonaEntry, PersonaService
from vcg_tui.services.persona_template import persona_copy, persona_template
from vcg_tui.services.preview import say_a_line
from vcg_tui.services.yaml_editing import edited, write_text
from vcg_tui.tui.actions import actions_for, bindings_for
from vcg_tui.tui.editors import editor
from vcg_tui.tui.messages import PersonasChanged
from vcg_tui.tui.persona_draft import PersonaDraft
from vcg_tui.tui.screens.confirm import ConfirmScreen
from vcg_tui.tui.screens.persona_form import PersonaFormScreen
from vcg_tui.tui.widgets.action_links import ActionLinks
from vcg_tui.tui.widgets.key_footer import KeyFooter
from vcg_tui.tui.widgets.persona_sheet import PersonaSheet
from vcg_tui.tui.widgets.persona_shelf import BrokenFile, PersonaShelf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual import events
    from textual.app import ComposeResult

    from vcg_tui.tui.backstage import Backstage

_OF_ALL = {"copy_persona", "hear_voice"}
_OF_ONES_OWN = {"edit_persona", "delete_persona", "open_persona_file"}
_NEW = "my-persona"
_ONE_PANE = 60
"""From so many columns on, list and card stand side by side."""
_FOR_THE_PERSON = ("name", "personality", "special_behavior", "issue", "goal", "domain", "company_name", "agent_name")
_EXAMPLES = ("tags", "facts", "guardrails", "policies", "escalation_triggers", "says", "case")


class PersonasScreen(Screen[None]):
    """A list of all personas, and the highlighted one's card."""

    PLACE: ClassVar = "personas"
    CSS_PATH = "personas.tcss"
    AUTO_FOCUS = "#shelf--list"
    BINDINGS: ClassVar = bindings_for("personas")
    TITLE = "Personas"
    HORIZONTAL_BREAKPOINTS: ClassVar = [(0, "-tiny"), (_ONE_PANE, "-narrow"), (80, "-normal"), (120, "-wide")]
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-flat"), (12, "-low"), (30, "-tall")]

    def __init__(self, backstage: Backstage, *, busy: Callable[[], bool] = lambda: False) -> None:
        """Prepare.

        Args:
            backstage: where personas, providers and player are.
            busy: whether a call is being made in this app; then the player is not to be had.
        """
        super().__init__()
        self._backstage = backstage
        self._busy = busy

    def compose(self) -> ComposeResult:
        """Header, list, card, what can be done, the keys."""
        yield Static(id="personas--header", markup=False)
        with Horizontal(id="personas--body"):
            yield PersonaShelf(id="shelf")
            yield PersonaSheet(id="sheet")
        yield ActionLinks(id="personas--links")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Fill the list."""
        self._show()

    async def on_screen_resume(self) -> None:
        """Files may have come and gone while another screen was shown, and keys have changed."""
        self._show_links()
        await self._reload()

    def on_resize(self, event: events.Resize) -> None:
        """Where there is room for one pane, it is said how to come to the other."""
        self._tell_counts(event.size.width)
        self.query_one(PersonaShelf).enter_told = "enter shows the card" if event.size.width < _ONE_PANE else ""

    def _show_links(self) -> None:
        off = {method for method in _OF_ALL | _OF_ONES_OWN if not self._can(method)}
        links = [
            (self._backstage.told(f"{{{action.id}}}"), action.text, f"screen.{action.method}")
            for action in actions_for("personas")
            if action.group == "Personas"
        ]
        self.query_one(ActionLinks).show(links, off={f"screen.{method}" for method in off})

    def _can(self, method: str) -> bool:
        """Whether the highlighted one is such that this can be done with it."""
        item = self.query_one(PersonaShelf).highlighted
        if isinstance(item, PersonaEntry):
            return method in _OF_ALL or item.origin != "shipped"
        return item is not None and method in {"delete_persona", "open_persona_file"}

    # ------------------------------------------------------------------ the list

    def on_persona_shelf_highlighted(self, message: PersonaShelf.Highlighted) -> None:
        """Show the card."""
        message.stop()
        self.query_one(PersonaSheet).show(message.item, self._backstage.told("{open-persona-file}"))
        self._show_links()
        self.refresh_bindings()

    def on_persona_shelf_chosen(self, message: PersonaShelf.Chosen) -> None:
        """Enter edits what can be edited, and goes to the card of what can't, or of what is not seen yet."""
        message.stop()
        own = isinstance(message.item, PersonaEntry) and message.item.origin != "shipped"
        if own and not self.has_class("-tiny"):
            self.action_edit_persona()
        else:
            self.action_focus_sheet()

    def action_search_personas(self) -> None:
        """Begin to search."""
        self.remove_class("-card")
        self.query_one(PersonaShelf).focus_search()

    def action_focus_shelf(self) -> None:
        """Go to the list."""
        self.remove_class("-card")
        self.query_one(PersonaShelf).focus_list()

    def action_focus_sheet(self) -> None:
        """Go to the card, to scroll it; where there is room for one pane, it is this one."""
        self.add_class("-card")
        self.query_one(PersonaSheet).focus()

    def action_leave_personas(self) -> None:
        """Out of the search first, then back to where one came from."""
        if isinstance(self.focused, Input):
            self.focused.value = ""
            self.action_focus_shelf()
        elif self.has_class("-tiny") and self.has_class("-card"):
            self.action_focus_shelf()
        else:
            self.dismiss()

    def _show(self, wanted: Path | None = None) -> None:
        personas = self._backstage.personas
        self.query_one(PersonaShelf).show(personas.entries(), personas.problems, wanted)
        self._tell_counts(self.size.width)

    def _tell_counts(self, width: int) -> None:
        """How many there are, in as many words as there is room for."""
        personas = self._backstage.personas
        own = sum(entry.origin != "shipped" for entry in personas.entries())
        customers, supports = len(personas.customers), len(personas.supports)
        broken = len({problem.path for problem in personas.problems})
        told = f" · ▲ {broken} broken" if broken else ""
        counts = f" vcg ▸ Personas ▸ {customers} customers, {supports} support agents, {own} of your own{told}"
        if len(counts) > width:
            counts = f" vcg ▸ Personas ▸ {customers} + {supports} personas{told}"
        self.query_one("#personas--header", Static).update(counts)

    async def _reload(self, wanted: Path | None = None, *, changed: bool = False) -> None:
        """Read all files again, beside the app: nobody waits for a disk."""
        try:
            personas = await asyncio.to_thread(PersonaService.from_settings, self._backstage.settings)
        except PersonaError as error:
            self.notify(str(error), title="Personas", severity="error")
            return
        before = self._backstage.personas
        changed = changed or personas.entries() != before.entries() or personas.problems != before.problems
        self._backstage.use_personas(personas)
        if changed:
            if self.query(PersonaShelf):  # else it was left while the files were read
                self._show(wanted)
            self.post_message(PersonasChanged())

    # ------------------------------------------------------------------ writing

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What can't be done with the highlighted one is greyed."""
        if not self.is_mounted or action not in {"edit_persona", "copy_persona", "hear_voice"}:
            return super().check_action(action, parameters)
        return True if self._can(action) else None

    def action_new_customer(self) -> None:
        """Write a new customer."""
        self._new(Role.CUSTOMER, "New")

    def action_new_agent(self) -> None:
        """Write a new support agent."""
        self._new(Role.SUPPORT, "New")

    def action_copy_persona(self) -> None:
        """Write a new persona that begins as the highlighted one."""
        entry = self._entry()
        if entry is None:
            return
        taken = self._taken(entry.persona.role)
        name = next(name for number in range(2, 10_000) if (name := f"{entry.persona.id[:58]}-{number}") not in taken)
        try:
            text = persona_copy(entry.path.read_text("utf-8"), name)
            self._fill_in(f"Copy of {entry.persona.name}", PersonaDraft(text, entry.persona.role, taken=taken))
        except (OSError, VcgError) as error:
            self.notify(str(error), title="No copy", severity="error")

    def _new(self, role: Role, title: str) -> None:
        blank = {(key,): "" for key in _FOR_THE_PERSON if f"\n{key}:" in persona_template(_NEW, role)}
        text = edited(persona_template(_NEW, role), {**blank, ("id",): ""}, [(key,) for key in _EXAMPLES])
        self._fill_in(title, PersonaDraft(text, role, taken=self._taken(role)))

    def _fill_in(self, title: str, draft: PersonaDraft) -> None:
        async def save(filled: PersonaDraft) -> None:
            persona_id = str(filled.values["id"])
            text = filled.new_text().replace(_NEW, persona_id)
            path = await asyncio.to_thread(self._backstage.personas.create, persona_id, filled.role, text)
            await self._reload(path, changed=True)

        self.app.push_screen(PersonaFormScreen(title, draft, save))

    def action_edit_persona(self) -> None:
        """Edit the highlighted one in the form."""
        entry = self._own_entry("edited")
        if entry is None:
            return

        async def save(filled: PersonaDraft) -> None:
            def write() -> None:
                # read again: an editor may have changed it while the form was open
                write_text(entry.path, filled.new_text(entry.path.read_text("utf-8")))

            try:
                await asyncio.to_thread(write)
            except (OSError, UnicodeDecodeError) as error:
                raise PersonaError(
                    f"{entry.path} can't be read any more.", "Leave the form and look for it."
                ) from error
            await self._reload(entry.path, changed=True)

        try:
            draft = PersonaDraft(entry.path.read_text("utf-8"), entry.persona.role)
        except (OSError, VcgError) as error:
            self.notify(str(error), title="Can't be edited", severity="error")
            return
        self.app.push_screen(PersonaFormScreen(entry.persona.name, draft, save))

    def action_delete_persona(self) -> None:
        """Remove the highlighted file, once it was asked for."""
        item = self.query_one(PersonaShelf).highlighted
        entry = item if isinstance(item, BrokenFile) else self._own_entry("deleted")
        if entry is None:
            return
        name = entry.path.name if isinstance(entry, BrokenFile) else entry.persona.name

        async def delete(yes: bool | None) -> None:
            if not yes:
                return
            try:
                await asyncio.to_thread(entry.path.unlink, missing_ok=True)
            except OSError as error:
                self.notify(f"{entry.path}: {error.strerror}.", title="Not deleted", severity="error")
            await self._reload(changed=True)

        self.app.push_screen(
            ConfirmScreen(f"Delete {name}?", f"{entry.path} is removed. Saved calls stay.", yes="Delete", danger=True),
            delete,
        )

    async def action_open_persona_file(self) -> None:
        """Open the file in the person's own editor; the app waits meanwhile."""
        item = self.query_one(PersonaShelf).highlighted
        if item is None:
            return
        if isinstance(item, PersonaEntry) and self._own_entry("opened") is None:
            return
        command: list[str] = []
        try:
            command = editor()
            if not command:
                text = f"There is no editor here. Set EDITOR, or open {item.path} yourself."
                self.notify(text, title="Editor")
                return
            with self.app.suspend():
                # in the foreground on purpose: the terminal is the editor's now
                done = subprocess.run([*command, str(item.path)], check=False)  # noqa: ASYNC221
        except SuspendNotSupported:
            self.notify(f"Here no editor can take the terminal. Open {item.path} yourself.")
            return
        except (OSError, ValueError) as error:
            named = command[0] if command else "What VISUAL or EDITOR names"
            self.notify(f"{named} can't be started: {error}. Set EDITOR.", severity="error")
            return
        if done.returncode:
            self.notify(f"{command[0]} ended with {done.returncode}.", title="Editor", severity="warning")
        await self._reload(item.path, changed=True)
        for problem in (each for each in self._backstage.personas.problems if each.path == item.path):
            self.notify(str(problem), title="The file can't be used now", severity="warning")

    def _entry(self) -> PersonaEntry | None:
        item = self.query_one(PersonaShelf).highlighted
        return item if isinstance(item, PersonaEntry) else None

    def _own_entry(self, what: str) -> PersonaEntry | None:
        """The highlighted persona, if it may be written to; says so if not."""
        entry = self._entry()
        if entry is not None and entry.origin == "shipped":
            copies = self._backstage.told("{copy-persona}")
            self.notify(f"{entry.persona.name} is shipped and can't be {what}. {copies} makes a copy of your own.")
            return None
        return entry

    def _taken(self, role: Role) -> dict[str, str]:
        personas = self._backstage.personas
        taken = {problem.path.stem: f"a broken file, {problem.path.name}" for problem in personas.problems}
        for entry in personas.entries(role):
            taken[entry.persona.id] = f"{entry.persona.name}" + (" (shipped)" if entry.origin == "shipped" else "")
        return taken

    # ------------------------------------------------------------------ hearing

    def action_hear_voice(self) -> None:
        """Say a line in the highlighted persona's voice."""
        entry = self._entry()
        if entry is None:
            return
        if self._busy():
            self.notify("A call is being heard. Stop it first.")
            return
        self.run_worker(self._say(entry), exclusive=True, group="voice")

    async def _say(self, entry: PersonaEntry) -> None:
        try:
            tts = self._backstage.studio.providers.tts
            line, voice, speech = await say_a_line(entry.persona, tts)
        except VcgError as error:
            self.notify(str(error), title="No voice", severity="error", timeout=10)
            return
        player = await self._backstage.open_player()
        player.begin_call()
        player.feed(0, 1, speech.pcm)
        player.finish()
        self.notify(line, title=f"{entry.persona.name}, voice {voice.name or voice.voice_id}")
        if self._backstage.sound_problem:
            self.notify(self._backstage.sound_problem, title="No sound", severity="warning")
