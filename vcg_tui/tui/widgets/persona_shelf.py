"""All personas of both roles in one list, each marked by where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from vcg_tui.models.languages import language_name
from vcg_tui.models.role import Role
from vcg_tui.tui.order import by_name, meant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.app import ComposeResult

    from vcg_tui.services.persona_service import Origin, PersonaEntry, PersonaProblem

MARKS: dict[Origin, str] = {"shipped": "", "user": "● yours", "folder": "◆ folder"}
_HEADINGS = {Role.CUSTOMER: "Customers", Role.SUPPORT: "Support agents"}


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A persona file that can't be used, and why."""

    path: Path
    problems: tuple[PersonaProblem, ...]


ShelfItem = "PersonaEntry | BrokenFile"


class PersonaShelf(Vertical):
    """The personas; typing in the search box filters."""

    HELP = (
        "All personas. ● yours can be edited and deleted; the shipped ones can be copied. {search-personas} searches "
        "by name, issue, tag, industry, language, `yours`, `shipped` or `broken`."
    )

    @dataclass
    class Highlighted(Message):
        """The cursor is on something else; None: on nothing."""

        item: PersonaEntry | BrokenFile | None

    @dataclass
    class Chosen(Message):
        """Enter, or a click on the highlighted one."""

        item: PersonaEntry | BrokenFile

    enter_told: reactive[str] = reactive("")
    """What Enter does, where that has to be said."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "1 Personas"
        self._entries: list[PersonaEntry] = []
        self._broken: list[BrokenFile] = []
        self._items: dict[str, PersonaEntry | BrokenFile] = {}
        self._highlighted = ""
        self._words: list[str] = []

    def compose(self) -> ComposeResult:
        """A search box, and the list."""
        yield Input(placeholder="/ search", compact=True, id="shelf--search")
        yield OptionList(id="shelf--list", compact=True, markup=False)

    def on_mount(self) -> None:
        """Look again what is out of sight, whenever the list moves or is another one."""
        for moved in ("scroll_y", "virtual_size"):
            self.watch(self._list, moved, self._tell, init=False)

    def on_resize(self) -> None:
        """More or less of the list is in sight."""
        self.call_after_refresh(self._tell)

    @property
    def highlighted(self) -> PersonaEntry | BrokenFile | None:
        """What is under the cursor."""
        option = self._list.highlighted_option
        return self._items.get(option.id) if option is not None and option.id else None

    def show(
        self, entries: Sequence[PersonaEntry], problems: Sequence[PersonaProblem], wanted: Path | None = None
    ) -> None:
        """Show these personas and broken files, with the cursor where it was or on a file that is wanted."""
        self._entries = list(entries)
        paths = dict.fromkeys(problem.path for problem in problems)
        self._broken = [BrokenFile(path, tuple(each for each in problems if each.path == path)) for path in paths]
        if wanted is not None:
            self._highlighted = str(wanted)
            with self.prevent(Input.Changed):
                self.query_one(Input).value = ""
        self._fill()

    def watch_enter_told(self) -> None:
        """Say it, or no more."""
        if self.is_mounted:
            self._tell()

    def focus_search(self) -> None:
        """Begin to search."""
        self.query_one(Input).focus()

    def focus_list(self) -> None:
        """Go to the list."""
        self._list.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing."""
        event.stop()
        self._fill()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the search box goes on to the list."""
        event.stop()
        self._list.focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The cursor moved."""
        event.stop()
        self._highlighted = event.option_id or ""
        self.post_message(self.Highlighted(self.highlighted))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        event.stop()
        if self.highlighted is not None:
            self.post_message(self.Chosen(self.highlighted))

    @property
    def _list(self) -> OptionList:
        return self.query_one(OptionList)

    def _fill(self) -> None:
        words = self._words = self.query_one(Input).value.lower().split()
        options: list[Option | None] = []
        self._items = {}
        for role, heading in _HEADINGS.items():
            found = [each for each in self._entries if each.persona.role is role and _fits(words, _searched(each))]
            found.sort(key=lambda each: by_name(each.persona.name))
            if found:
                options.extend([None] if options else [])
                options.append(Option(Text(f"{heading} {len(found)}", style="bold"), disabled=True))
            for entry in found:
                self._items[str(entry.path)] = entry
                options.append(Option(_line(entry), id=str(entry.path)))
        broken = [each for each in self._broken if _fits(words, f"{each.path.name} broken".lower())]
        if broken:
            options.extend([None] if options else [])
            options.append(Option(Text(f"Broken files {len(broken)}", style="bold"), disabled=True))
        for each in broken:
            self._items[str(each.path)] = each
            options.append(Option(Text(f"▲ {each.path.name}", no_wrap=True, overflow="ellipsis"), id=str(each.path)))
        wanted = self._highlighted
        self._list.set_options(options)
        if wanted not in self._items and self._items:
            ids = list(self._items)
            wanted = ids[meant([_name(self._items[each]) for each in ids], words)]
        if wanted in self._items:
            self._list.highlighted = self._list.get_option_index(wanted)
            self._list.scroll_to_highlight()
        self.post_message(self.Highlighted(self._items.get(wanted)))
        self.call_after_refresh(self._tell)

    def _tell(self) -> None:
        """In the border: how many a search has found, the broken files while none is in sight, what Enter does."""
        told = [self.enter_told] if self.enter_told and self._items else []
        if self._words:
            told.append(f"{len(self._items)} of {len(self._entries) + len(self._broken)}")
        elif self._broken and self._list.max_scroll_y - round(self._list.scroll_y) >= len(self._broken):
            told.append(f"▲ {len(self._broken)} broken below")
        self.border_subtitle = " · ".join(told)


def _name(item: PersonaEntry | BrokenFile) -> str:
    return item.path.name if isinstance(item, BrokenFile) else item.persona.name


def _line(entry: PersonaEntry) -> Text:
    line = Text(f"  {entry.persona.name}", no_wrap=True, overflow="ellipsis")
    if mark := MARKS[entry.origin]:
        line.append(f"  {mark}", style="italic")
    return line


def _fits(words: Sequence[str], text: str) -> bool:
    return all(word in text for word in words)


def _searched(entry: PersonaEntry) -> str:
    persona = entry.persona
    parts = [persona.id, persona.name, persona.issue, persona.goal, persona.domain, persona.personality]
    parts += [*persona.tags, *persona.languages, *map(language_name, persona.languages)]
    parts += [persona.voice.accent, persona.emotional_state, persona.difficulty]
    return " ".join([*parts, persona.role, MARKS[entry.origin] or "shipped"]).lower()
