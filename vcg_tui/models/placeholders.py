"""Names in braces in a persona's lines ("around {drop_time}"): each has to be one that can be filled in."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_NAMED = re.compile(r"\{(\w+)\}")


def check_placeholders(title: str, lines: dict[str, object], known: Collection[str], what: str) -> None:
    """See that every name in braces can be filled in.

    Args:
        title: the model's name.
        lines: the fields to look through, by name: texts, lists and models of texts.
        known: the names that can be filled in.
        what: what they are, in the plural: "facts".

    Raises:
        ValidationError: one entry for each line that names something else, at its place.
    """
    errors = [
        InitErrorDetails(
            type=PydanticCustomError("placeholder", "{problem}", {"problem": problem}), loc=place, input=text
        )
        for place, text in _texts((), lines)
        if (problem := _problem(text, known, what))
    ]
    if errors:
        raise ValidationError.from_exception_data(title, errors)


def _texts(place: tuple[str | int, ...], value: object) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text in a value, with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _texts((*place, name), getattr(value, name))
    elif isinstance(value, dict):
        for name, inner in cast("dict[str, object]", value).items():
            yield from _texts((*place, name), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[object]", value)):
            yield from _texts((*place, index), inner)


def _problem(text: str, known: Collection[str], what: str) -> str:
    for name in _NAMED.findall(text):
        if name not in known:
            near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
            guess = f"; did you mean {{{near[0]}}}?" if near else ""
            return f"names {{{name}}}, which is none of the {what}{guess}"
    if re.search(r"[{}]", _NAMED.sub("", text)):
        return f"has a brace that is no name in braces; in braces stand only the names of {what}"
    return ""
