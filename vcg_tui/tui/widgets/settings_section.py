"""What stands in a section of the settings, and how the settings are shown in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Button, Static

from vcg_tui.tui.settings_draft import KEYS, SHOWN, choices_for, hidden_by, origin_told, shown_value, unused
from vcg_tui.tui.widgets.form_field import ChoiceField, SettableField, SwitchField, TextField
from vcg_tui.tui.widgets.keymap_list import KeymapList
from vcg_tui.tui.widgets.theme_list import ThemeList

if TYPE_CHECKING:
    from textual.widget import Widget

    from vcg_tui.config import Settings
    from vcg_tui.tui.settings_draft import ShownSetting

BY_KEY = {setting.key: setting for setting in SHOWN}
"""The settings that have a field."""


def section_id(name: str) -> str:
    """The id of a section's widget."""
    return f"section-{name.lower().replace(' ', '-')}"


def section_of(name: str, settings: Settings) -> Widget:
    """A section, not yet mounted."""
    match name:
        case "Theme":
            return Vertical(ThemeList(id="themes"), id=section_id(name))
        case "Keymap":
            return KeymapList(id=section_id(name))
        case "Service keys":
            return VerticalScroll(Static(id="keys", markup=False), id=section_id(name))
        case _:
            rows: list[Widget] = [_row(settings, setting) for setting in SHOWN if setting.section == name]
            if name == "Sound":
                rows.append(Button("♪ Test tone", id="tone", compact=True))
                rows.append(Static(id="devices", markup=False))
            return VerticalScroll(*rows, id=section_id(name), can_focus=False)


def show_section(section: Widget, settings: Settings) -> None:
    """Show the settings as they are now in a mounted section."""
    for field in section.query(SettableField):
        show_field(field, settings)
    for keys in section.query("#keys").results(Static):
        keys.update(_keys_told(settings))
    if isinstance(section, KeymapList):
        section.show(settings.tui.keymap)


def show_field(field: SettableField, settings: Settings) -> None:
    """Show a setting's value, and where it comes from; what was wrong with another value is gone."""
    setting = BY_KEY[field.key]
    if field.value != (value := shown_value(settings, setting)):
        field.put(value)
    field.problem = ""
    why_unused = unused(settings, field.key)
    field.disabled = bool(why_unused)
    if isinstance(field, TextField):
        field.suggest(why_unused or setting.example)
    origin = "" if why_unused else origin_told(settings, field.key)
    # the flag has its columns in every row, so that all words begin in one
    field.aside = f"{'⚑' if hidden_by(settings, field.key) else ' '} {origin}"


def _row(settings: Settings, setting: ShownSetting) -> SettableField:
    value = shown_value(settings, setting)
    match setting.kind:
        case "choice":
            return ChoiceField(setting.key, setting.label, str(value), choices_for(setting), hint=setting.hint)
        case "device":
            default = [("the system's choice", "")]
            return ChoiceField(setting.key, setting.label, str(value), default, hint=setting.hint)
        case "switch":
            return SwitchField(setting.key, setting.label, bool(value), hint=setting.hint)
        case _:
            return TextField(setting.key, setting.label, str(value), hint=setting.hint, example=setting.example)


def _keys_told(settings: Settings) -> Text:
    text = Text()
    for name, variable, providers in KEYS:
        present = getattr(settings.keys, name) is not None
        text.append(f"{'● present' if present else '○ missing'}  ", style="bold" if present else "")
        text.append(f"{variable}\n", style="bold")
        where = origin_told(settings, f"keys.{name}") if present else f"needed only for {providers}"
        text.append(f"           {where}\n\n", style="dim")
    text.append("A key is never written or shown here.\n\n")
    text.append("Put it into the file .env.local where you start vcg:\n")
    text.append("\n  OPENAI_API_KEY=...\n\n", style="bold")
    text.append("or set it in the environment. Then start vcg again.")
    return text
