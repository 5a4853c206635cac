"""Personas: found, checked, listed, saved. One broken file never hides the others."""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import yaml
from pydantic import ValidationError

from vcg_tui.errors import PersonaError, plainly
from vcg_tui.models.persona import AS_WRITTEN, AnyPersona, CustomerPersona, Persona, SupportPersona
from vcg_tui.models.role import Role
from vcg_tui.paths import shipped_personas, user_personas_dir
from vcg_tui.yaml_reading import YamlError, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic_core import ErrorDetails

    from vcg_tui.config import Settings

Origin = Literal["shipped", "user", "folder"]
_SAID = {"mood": "emotional_state", "industry": "domain"}
"""Fields that people call otherwise, as the app's own form does; names that are alike need no help."""
_FOLDERS = {Role.CUSTOMER: "customers", Role.SUPPORT: "support"}
_MODELS: dict[Role, type[CustomerPersona] | type[SupportPersona]] = {
    Role.CUSTOMER: CustomerPersona,
    Role.SUPPORT: SupportPersona,
}


@dataclass(frozen=True, slots=True)
class PersonaEntry:
    """A persona and the file it came from."""

    persona: AnyPersona
    path: Path
    origin: Origin


@dataclass(frozen=True, slots=True)
class PersonaProblem:
    """What is wrong with a persona file; ``field`` is dotted, or empty where the whole file is meant."""

    path: Path
    field: str
    problem: str

    def __str__(self) -> str:
        where = f"{self.path}: {self.field}" if self.field else str(self.path)
        return f"{where}: {self.problem}"


class PersonaService:
    """The personas of the shipped folder, the person's own and further ones; of the same id the later one wins."""

    def __init__(self, folders: Sequence[tuple[Path, Origin]]) -> None:
        """Look into these folders, each with ``customers/`` and ``support/`` in it."""
        self._folders = list(folders)
        self._entries: dict[tuple[Role, str], PersonaEntry] = {}
        self._problems: list[PersonaProblem] = []
        self.reload()

    @classmethod
    def from_settings(cls, settings: Settings, extra: Path | None = None) -> PersonaService:
        """The service for these settings.

        Args:
            settings: may name a folder.
            extra: one more, which wins over all others.

        Raises:
            PersonaError: a named folder is not there.
        """
        named = [folder for folder in (settings.personas.folder, extra) if folder is not None]
        for folder in named:
            if not folder.is_dir():
                raise PersonaError(
                    f"The persona folder {folder} is not there.",
                    "It must be a folder with customers/ and support/ in it.",
                )
        folders: list[tuple[Path, Origin]] = [(shipped_personas(), "shipped"), (user_personas_dir(), "user")]
        return cls([*folders, *((folder, "folder") for folder in named)])

    def reload(self) -> None:
        """Read all files again."""
        self._entries.clear()
        self._problems.clear()
        for folder, origin in self._folders:
            for role, name in _FOLDERS.items():
                for path in sorted((folder / name).glob("*.y*ml")):
                    self._read(path, role, origin)

    @property
    def customers(self) -> list[CustomerPersona]:
        """All customers, by id."""
        return [entry.persona for entry in self.entries(Role.CUSTOMER) if isinstance(entry.persona, CustomerPersona)]

    @property
    def supports(self) -> list[SupportPersona]:
        """All support agents, by id."""
        return [entry.persona for entry in self.entries(Role.SUPPORT) if isinstance(entry.persona, SupportPersona)]

    @property
    def problems(self) -> list[PersonaProblem]:
        """What is wrong with the files that were left out."""
        return list(self._problems)

    def entries(self, role: Role | None = None) -> list[PersonaEntry]:
        """Everything found, by role and id."""
        keys = sorted(key for key in self._entries if role is None or key[0] is role)
        return [self._entries[key] for key in keys]

    def entry(self, persona_id: str, role: Role | None = None) -> PersonaEntry:
        """One persona by its id.

        Raises:
            PersonaError: there is none, or its file is broken.
        """
        broken = [problem for problem in self._problems if problem.path.stem == persona_id]
        for wanted in [role] if role else list(Role):
            found = self._entries.get((wanted, persona_id))
            # A file that would have won had it been right is what was meant.
            if found and not any(self._wins(problem.path, found.path) for problem in broken):
                return found
        if role is not None and (role.other, persona_id) in self._entries:
            other = {Role.CUSTOMER: "a customer", Role.SUPPORT: "a support agent"}[role.other]
            raise PersonaError(f"{persona_id} is {other}; give it with --{role.other}.")
        if broken:
            raise PersonaError(f"The persona {persona_id!r} can't be used: {broken[0]}.", "Mend its file.")
        ids = [entry.persona.id for entry in self.entries(role)]
        near = difflib.get_close_matches(persona_id, ids, n=3, cutoff=0.4)
        what = f"{role} persona" if role else "persona"
        guess = f"Nearest: {', '.join(near)}." if near else "See them all with: vcg personas list"
        raise PersonaError(f"There is no {what} {persona_id!r}.", guess)

    def customer(self, persona_id: str) -> CustomerPersona:
        """One customer by id.

        Raises:
            PersonaError: there is none, or its file is broken.
        """
        persona = self.entry(persona_id, Role.CUSTOMER).persona
        assert isinstance(persona, CustomerPersona)
        return persona

    def support(self, persona_id: str) -> SupportPersona:
        """One support agent by id.

        Raises:
            PersonaError: there is none, or its file is broken.
        """
        persona = self.entry(persona_id, Role.SUPPORT).persona
        assert isinstance(persona, SupportPersona)
        return persona

    def save(self, persona: Persona, folder: Path | None = None) -> Path:
        """Write a persona to a folder, by default the person's own, under its id; returns the file.

        Raises:
            PersonaError: the file can't be written.
        """
        text = yaml.safe_dump(
            persona.model_dump(mode="json", exclude_defaults=True) | {"role": persona.role.value},
            sort_keys=False,
            allow_unicode=True,
            width=120,
        )
        return self.save_text(persona.id, persona.role, text, folder)

    def create(self, persona_id: str, role: Role, text: str, folder: Path | None = None) -> Path:
        """Write a new persona file; returns it.

        Raises:
            PersonaError: the id is no id, or taken in that folder, or the file can't be written.
        """
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", persona_id):
            raise PersonaError(
                f"{persona_id!r} can't be an id.",
                "Use lower-case letters, digits and hyphens, at most 64: my-customer.",
            )
        target = _file(persona_id, role, folder)
        if target.exists():
            raise PersonaError(f"{target} is there already.", "Choose another id, or edit that file.")
        return self.save_text(persona_id, role, text, folder)

    def save_text(self, persona_id: str, role: Role, text: str, folder: Path | None = None) -> Path:
        """Write a persona file as it stands; returns it.

        Raises:
            PersonaError: the file can't be written.
        """
        target = _file(persona_id, role, folder)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=target.parent, suffix=".part")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(temporary).replace(target)
        except OSError as error:
            raise PersonaError(
                f"The persona can't be written to {target}: {error.strerror}.", "Choose a folder that you may write to."
            ) from error
        self.reload()
        return target

    def _wins(self, one: Path, other: Path) -> bool:
        """Whether a file's folder comes later than another's of the same role."""
        places = [folder for folder, _ in self._folders]
        same_role = one.parent.name == other.parent.name
        return same_role and places.index(one.parent.parent) > places.index(other.parent.parent)

    def _read(self, path: Path, role: Role, origin: Origin) -> None:
        persona, problems = read_persona(path, role)
        self._problems.extend(problems)
        if persona is None:
            return
        before = self._entries.get((role, persona.id))
        if before is not None and before.path.parent == path.parent:
            self._problems.append(PersonaProblem(path, "id", f"{persona.id} is the id of {before.path.name} already"))
            return
        self._entries[role, persona.id] = PersonaEntry(persona, path, origin)


def read_persona(path: Path, role: Role | None = None) -> tuple[AnyPersona | None, list[PersonaProblem]]:
    """A persona file, or everything that is wrong with it.

    Args:
        path: the file.
        role: what its folder says it is; None: as the file says.
    """
    try:
        data = read_yaml(path)
    except OSError as error:
        return None, [PersonaProblem(path, "", f"can't be read: {error.strerror}")]
    except YamlError as error:
        return None, [PersonaProblem(path, "", str(error))]
    if not isinstance(data, dict):
        return None, [PersonaProblem(path, "", "must hold a persona's fields, one a line: `name: ...`")]
    said: Any = data.get("role", role.value if role else None)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - YAML holds anything
    if said not in list(Role):  # a list: what the file says may be anything, also something without a hash
        return None, [PersonaProblem(path, "role", f"must be customer or support, not {said!r}")]
    if role is not None and said != role:
        return None, [PersonaProblem(path, "role", f"says {said}, but the file lies in {_FOLDERS[role]}/")]
    model = _MODELS[Role(said)]
    try:
        return model.model_validate(data, context=AS_WRITTEN), []
    except ValidationError as error:
        return None, [_told(path, model, each) for each in error.errors(include_url=False, include_input=False)]


def _file(persona_id: str, role: Role, folder: Path | None) -> Path:
    return (folder or user_personas_dir()) / _FOLDERS[role] / f"{persona_id}.yaml"


def _told(path: Path, model: type[Persona], error: ErrorDetails) -> PersonaProblem:
    field = ".".join(str(part) for part in error["loc"])
    match error["type"]:
        case "extra_forbidden":
            name, names = str(error["loc"][-1]), _names(model, error["loc"][:-1])
            meant = [_SAID[name]] if _SAID.get(name) in names else []
            near = meant or difflib.get_close_matches(name, names, n=1)
            problem = "is not a known field" + (f"; did you mean {near[0]!r}?" if near else "")
        case "missing":
            problem = "is missing"
        case "string_pattern_mismatch" if field == "id":
            problem = "must be lower-case letters, digits and hyphens, at most 64"
        case _:
            problem = plainly(error["type"], error["msg"])
    return PersonaProblem(path, field, problem)


def _names(model: type[Any], path: Iterable[int | str]) -> list[str]:
    """The fields there are at a place of the model."""
    for part in path:
        field = model.model_fields.get(str(part))
        inner = field.annotation if field else None
        if inner is None or not hasattr(inner, "model_fields"):
            return []
        model = inner
    return list(model.model_fields)
