"""A persona being written: what a form shows of its file, what is wrong with it, and what to change in the file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import yaml
from pydantic import ValidationError

from vcg_tui.errors import UsageError, plainly
from vcg_tui.models.persona import AS_WRITTEN, CustomerPersona, Difficulty, EmotionalState, SupportPersona
from vcg_tui.models.role import Role
from vcg_tui.services.yaml_editing import edited
from vcg_tui.yaml_reading import YamlError, load_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vcg_tui.services.yaml_editing import KeyPath
    from vcg_tui.tui.widgets.form_field import FieldValue, Rows

Kind = Literal["text", "words", "number", "choice", "switch", "lines", "prose", "rows", "yaml"]


@dataclass(frozen=True, slots=True)
class DraftField:
    """A field of the form. ``only``: the role that has it; None: both."""

    key: str
    label: str
    kind: Kind
    group: str
    hint: str
    example: str = ""
    choices: tuple[str, ...] = ()
    default: str = ""
    only: Role | None = None

    @property
    def path(self) -> KeyPath:
        """Where it stands in the file."""
        return tuple(self.key.split("."))

    @property
    def told(self) -> str:
        """What it is for, and what the file calls it where that is something else."""
        return self.hint if self.key == self.label else f"{self.hint} In the file: {self.key}."


_C, _S = Role.CUSTOMER, Role.SUPPORT
_MOODS, _LEVELS = tuple(EmotionalState), tuple(Difficulty)
_WHO, _ABOUT, _RULES, _VOICE, _WORDS = "Who", "What it is about", "Rules", "Voice", "Words"
_MONEY = "In the currency of the case."
FIELDS: tuple[DraftField, ...] = (
    DraftField("id", "id", "text", _WHO, "Lower-case letters, digits and hyphens; the name of the file.", "anna-reyes"),
    DraftField("name", "name", "text", _WHO, "The name shown in lists.", "Anna Reyes"),
    DraftField(
        "company_name", "company", "text", _WHO, "The company that the agent answers for.", "Brightline", only=_S
    ),
    DraftField("agent_name", "agent", "text", _WHO, "The agent's name on the phone.", "Maya", only=_S),
    DraftField("personality", "personality", "text", _WHO, "What this person is like.", "Patient at first, practical."),
    DraftField("special_behavior", "behavior", "text", _WHO, "What this person does in a call.", "Asks for dates."),
    DraftField(
        "emotional_state",
        "mood",
        "choice",
        _WHO,
        "The mood at the start of the call.",
        choices=_MOODS,
        default="neutral",
    ),
    DraftField(
        "difficulty",
        "difficulty",
        "choice",
        _WHO,
        "How hard this person is to satisfy.",
        choices=_LEVELS,
        default="medium",
    ),
    DraftField("domain", "industry", "text", _WHO, "Telecom, banking, utilities, travel ...", "telecom"),
    DraftField("tags", "tags", "words", _WHO, "Words to find this persona by, with commas.", "internet, outage"),
    DraftField("languages", "languages", "words", _WHO, "Codes such as en or de, with commas.", "default: en"),
    DraftField("issue", "issue", "text", _ABOUT, "What the call is about.", "Their internet has been down."),
    DraftField("goal", "goal", "text", _ABOUT, "What the call should achieve.", "Get it repaired."),
    DraftField("facts", "facts", "rows", _ABOUT, "A fact's {name} in the texts stands for its value."),
    DraftField("policies", "policies", "lines", _RULES, "What the company allows and asks for, one a line.", only=_S),
    DraftField(
        "escalation_triggers",
        "hands over when",
        "lines",
        _RULES,
        "What makes the agent hand the call over, one a line.",
        only=_S,
    ),
    DraftField("guardrails", "never", "lines", _RULES, "What this persona never does, one a line.", "Never shouts."),
    DraftField("authority.refund", "refund up to", "number", _RULES, _MONEY, "default: 0", only=_S),
    DraftField("authority.credit", "credit up to", "number", _RULES, _MONEY, "default: 0", only=_S),
    DraftField(
        "authority.plan_months",
        "payment plan",
        "number",
        _RULES,
        "The most months; 0: no payment plan.",
        "default: 0",
        only=_S,
    ),
    DraftField("authority.waive_fees", "may waive fees", "switch", _RULES, "Without asking anybody.", only=_S),
    DraftField(
        "authority.cancel",
        "may cancel",
        "switch",
        _RULES,
        "Whether the agent may end a contract.",
        default="yes",
        only=_S,
    ),
    DraftField(
        "authority.escalate_to",
        "hands over to",
        "text",
        _RULES,
        "Empty: nobody, then a callback is arranged.",
        "nobody",
        default="a supervisor",
        only=_S,
    ),
    DraftField("voice.gender", "gender", "choice", _VOICE, "The voice's gender.", choices=("female", "male")),
    DraftField(
        "voice.age",
        "age",
        "choice",
        _VOICE,
        "How old the voice sounds.",
        choices=("young", "adult", "elderly"),
        default="adult",
    ),
    DraftField(
        "voice.accent",
        "accent",
        "text",
        _VOICE,
        "A language tag such as en-US, en-GB-scotland or en-IN.",
        "default: en-US",
    ),
    DraftField("voice.speed", "speed", "number", _VOICE, "0.5 to 2; 1 is the voice's own speed.", "default: 1"),
    DraftField("voice.ids", "own voices", "rows", _VOICE, "A provider and the id of its voice, to insist on one."),
    DraftField("system_prompt", "instructions", "prose", _WORDS, "Extra instructions for a real model."),
    DraftField(
        "says",
        "phrases (YAML)",
        "yaml",
        _WORDS,
        "The persona's own phrases.",
        "opening:\n  - My line is dead.",
    ),
    DraftField("case", "case (YAML)", "yaml", _WORDS, "What the company sees in its records.", "about: ...", only=_C),
)
_MODELS = {Role.CUSTOMER: CustomerPersona, Role.SUPPORT: SupportPersona}
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def fields_of(role: Role) -> list[DraftField]:
    """The fields of a role's form."""
    return [field for field in FIELDS if field.only in {None, role}]


def needed_in(role: Role) -> set[str]:
    """The fields that a role's form can't do without."""
    model = _MODELS[role].model_fields
    return {field.key for field in fields_of(role) if field.key in model and model[field.key].is_required()}


class PersonaDraft:
    """A persona's file and what a person has changed of it in the form."""

    def __init__(self, text: str, role: Role, *, taken: Mapping[str, str] | None = None) -> None:
        """Begin with a file's text.

        Args:
            text: the persona's YAML.
            role: customer or support.
            taken: ids that a new persona can't have, and whose they are; None: the id stays as it is.

        Raises:
            UsageError: the text is no YAML mapping.
        """
        self.role = role
        self.taken = taken
        self._text = text
        self._data = _mapping(text)
        self._first = {
            field.key: _shown(field, _at(self._data, field.path, field.default or None)) for field in fields_of(role)
        }
        self.values: dict[str, FieldValue] = dict(self._first)
        """What the form shows, by field."""

    @property
    def changed(self) -> bool:
        """Whether anything was changed."""
        return self.values != self._first

    def problems(self) -> dict[str, str]:
        """What is wrong, by field; empty: it can be saved. A mistake of no field is told under ``id``."""
        found: dict[str, str] = {}
        data: dict[str, Any] = dict(self._data)
        for field in fields_of(self.role):
            try:
                if self.values[field.key] != self._first[field.key]:
                    _put(data, field.path, self._plain(field))
            except ValueError as error:
                found[field.key] = str(error)
        try:
            _MODELS[self.role].model_validate(data, context=AS_WRITTEN)
        except ValidationError as error:
            for each in error.errors(include_url=False, include_input=False):
                key, rest = self._field_at(tuple(str(part) for part in each["loc"]))
                found.setdefault(key, _told(each["type"], each["msg"], key, rest))
        persona_id = str(self.values["id"])
        if not persona_id:
            found["id"] = "is needed"
        if self.taken is not None and persona_id in self.taken:
            found.setdefault("id", f"is taken by {self.taken[persona_id]}")
        return found

    def new_text(self, current: str | None = None) -> str:
        """The file with the changes in it.

        Args:
            current: the file as it is now, where it may have changed since; None: as it was.

        Raises:
            UsageError: the file is no YAML any more, or would not hold a valid persona.
        """
        changes: dict[KeyPath, Any] = {}
        removed: list[KeyPath] = []
        for field in fields_of(self.role):
            if self.values[field.key] == self._first[field.key]:
                continue
            plain = self._plain(field)
            if plain is None and field.key != "authority.escalate_to":
                removed.append(field.path)
            else:
                changes[field.path] = plain
        text = edited(self._text if current is None else current, changes, removed)
        try:
            _MODELS[self.role].model_validate(_mapping(text), context=AS_WRITTEN)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise UsageError(
                f"The file has changed meanwhile, and is not valid now: {where}: {first['msg']}.", "Mend it by hand."
            ) from error
        return text

    def _plain(self, field: DraftField) -> Any:
        """A field's value as the file holds it; None: it is left out. Raises ValueError for what can't be read."""
        value = self.values[field.key]
        if isinstance(value, bool):
            return value
        if isinstance(value, tuple):
            return self._mapping_of(field, value)
        text = value.strip()
        if not text:
            return None
        match field.kind:
            case "number":
                return (float(text) if "." in text else int(text)) if _NUMBER.fullmatch(text) else text
            case "words":
                return [word for word in (each.strip() for each in text.split(",")) if word]
            case "lines":
                return [line for line in (each.strip() for each in text.splitlines()) if line]
            case "yaml":
                return _section(text)
            case _:
                return text

    def _mapping_of(self, field: DraftField, rows: Rows) -> dict[str, Any] | None:
        before = cast("dict[str, Any]", _at(self._data, field.path) or {})
        mapping: dict[str, Any] = {}
        for name, text in rows:
            if not name:
                raise ValueError(f"{text!r} has no name")
            if name in mapping:
                raise ValueError(f"{name} is there twice")
            mapping[name] = _fact(text, before.get(name))
        return mapping or None

    def _field_at(self, loc: tuple[str, ...]) -> tuple[str, str]:
        """The field that a place in the model belongs to, and the rest of the way."""
        for field in fields_of(self.role):
            size = len(field.path)
            if loc[:size] == field.path:
                return field.key, ".".join(str(int(part) + 1) if part.isdigit() else part for part in loc[size:])
        # a section as a whole is missing, or a name is unknown that the form has no field for
        inside = next((field.key for field in fields_of(self.role) if field.path[:1] == loc[:1]), "id")
        return inside, ".".join(loc)


def _fact(text: str, before: object) -> object:
    """A fact's value: a number or date stays one where it was, everything else is text."""
    if before is None or isinstance(before, str):
        return text
    if text == str(before):
        return before
    try:
        new: object = load_yaml(text)
    except YamlError:
        return text
    return new if isinstance(new, int | float) or type(new) is type(before) else text


def _mapping(text: str) -> dict[str, Any]:
    try:
        data: object = load_yaml(text)
    except YamlError as error:
        raise UsageError(f"The file {error}.", "Mend it first.") from error
    if not isinstance(data, dict):
        raise UsageError("The file does not hold a persona's fields.", "Mend it first: `name: ...` on each line.")
    return cast("dict[str, Any]", data)


def _section(text: str) -> object:
    data: object = load_yaml(text)
    if not isinstance(data, dict):
        raise ValueError(  # noqa: TRY004 - what was typed is wrong, not the program
            "must be names with values below them, as in `opening:`"
        )
    return cast("object", data)


def _shown(field: DraftField, value: Any) -> FieldValue:
    """What a form shows of a value in the file."""
    match field.kind:
        case "switch":
            return value == "yes" or value is True
        case "rows":
            rows = cast("dict[object, object]", value) if isinstance(value, dict) else {}
            return tuple((str(name), str(each)) for name, each in rows.items())
        case "words":
            return ", ".join(str(each) for each in cast("list[object]", value or []))
        case "lines":
            return "\n".join(str(each) for each in cast("list[object]", value or []))
        case "yaml":
            if not value:
                return ""
            return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=10_000).rstrip()
        case _:
            return "" if value is None else str(value)


def _at(data: Mapping[str, Any], path: KeyPath, absent: object = None) -> Any:
    value: Any = data
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return absent
        value = cast("dict[str, Any]", value)[name]
    return value


def _put(data: dict[str, Any], path: KeyPath, value: object) -> None:
    if len(path) == 2:
        inner: object = data.get(path[0])
        section = dict(cast("dict[str, Any]", inner)) if isinstance(inner, dict) else {}
        data[path[0]] = section
        _put(section, path[1:], value)
    elif value is None and path[0] != "escalate_to":
        data.pop(path[0], None)
    else:
        data[path[0]] = value


def _told(kind: str, message: str, key: str, rest: str) -> str:
    if kind in {"missing", "string_too_short"} and not rest:
        return "is needed"
    if kind == "string_pattern_mismatch" and key == "id":
        return "use a-z, 0-9 and hyphens, at most 64 of them"
    if kind == "string_pattern_mismatch" and key == "facts":
        return f"{rest.partition('.')[0]} must be lower-case letters, digits and underscores"
    if kind == "string_pattern_mismatch" and key == "voice.accent":
        return "must be a language tag, as en-US or en-GB-scotland"
    if kind == "extra_forbidden":
        return f"unknown field {rest}"
    said = plainly(kind, message)
    return f"{rest}: {said}" if rest else said
