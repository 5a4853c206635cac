"""YAML that a person has written: read within bounds, and told by one line what is wrong with it.

The C parser builds what it reads by calling itself once a level, and takes the process with it where a file nests tens
of thousands deep. So the depth is looked at first, from events, which need no such calls.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

import yaml

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 1_000_000
"""Bytes of a file, and characters of a text; a persona has about 5,000."""
DEEPEST = 64
"""Levels of lists and sections in one another; a persona has four."""

if TYPE_CHECKING:
    Loader = yaml.SafeLoader
else:
    Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The C loader is more than ten times as fast, where there is one."""
# Fewer brackets than these, and indents and marks of lists (two levels a column at the most) nowhere longer, can't
# reach the depth: most files need no closer look.
_FEW_BRACKETS = 20
_LONG_INDENT = re.compile(r"[ \-?:]{20}")


class _Mark(Protocol):
    line: int
    column: int


class YamlError(ValueError):
    """Why a text is refused. As a text: all of it, to stand behind a name."""

    def __init__(self, what: str, mark: _Mark | None = None, why: str = "") -> None:
        self.line = mark.line + 1 if mark else None
        """From 1; None: unknown."""
        self.without_place = f"{what}: {why}" if why else what
        """For who names the line elsewhere."""
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        super().__init__(": ".join(part for part in (what, where, why) if part))


def read_yaml(path: Path, loader: Any = Loader) -> Any:
    """What a file holds.

    Args:
        path: the file.
        loader: another that is safe.

    Raises:
        OSError: it can't be read.
        YamlError: it is too large, not UTF-8, too deep, or no YAML.
    """
    with path.open("rb") as file:
        raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise _too_large()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise YamlError("is not UTF-8 text") from error
    return load_yaml(text, loader)


def load_yaml(text: str, loader: Any = Loader) -> Any:
    """What a text holds; as `read_yaml`.

    Raises:
        YamlError: it is too large, too deep, or no YAML.
    """
    if len(text) > LARGEST:
        raise _too_large()
    try:
        _check_depth(text)
        return yaml.load(text, loader)
    except YamlError:
        raise
    except yaml.MarkedYAMLError as error:
        why = error.problem or error.context or ""
        raise YamlError("is not valid YAML", error.problem_mark, why) from error
    except (yaml.YAMLError, ValueError) as error:
        # a character that text never holds, or a date that no calendar has: the loader then tells no line
        raise YamlError("is not valid YAML", why=" ".join(str(error).split())) from error
    except (AttributeError, LookupError) as error:  # what the loader raises for `!!bool 7` and the like
        raise YamlError("is not valid YAML", why="a value can't be of the type that its tag says") from error


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= _FEW_BRACKETS and not _LONG_INDENT.search(text):
        return
    depth = 0
    for event in yaml.parse(text, Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise YamlError("is nested too deep", event.start_mark, f"at most {DEEPEST} levels can be read")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _too_large() -> YamlError:
    return YamlError(f"is too large: at most {LARGEST // 1_000_000} MB can be read")
