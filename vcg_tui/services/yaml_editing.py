"""Values changed in the text of a YAML file, while comments, order and style of the rest stay as they are."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections import Counter
from collections.abc import Mapping, MutableMapping
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from vcg_tui.errors import UsageError
from vcg_tui.yaml_reading import YamlError, load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

KeyPath = tuple[str, ...]
"""The names on the way to a value: ``("call", "max_turns")``."""

_BOM = "\ufeff"
_WIDTH = 10_000  # a long line is not folded


def edited(text: str, changes: Mapping[KeyPath, Any], removed: Iterable[KeyPath] = ()) -> str:
    """The text of a YAML file with some values changed.

    Args:
        text: the file; may be empty.
        changes: plain values by their path; sections on the way are made where they are missing.
        removed: paths to leave out, with the sections that are empty then; one that is not there is no mistake.

    Raises:
        UsageError: the text is not YAML, holds no mapping, or can't hold such a value.
    """
    removed = list(removed)
    body = text.removeprefix(_BOM)
    line_end = "\r\n" if "\r\n" in body else "\n"
    body = body.replace("\r\n", "\n")
    if body and not body.endswith("\n"):
        body += "\n"
    try:
        load_yaml(body)  # what can't be read any more afterwards must not be changed
        before, after, kept = _dumped(body, changes, removed)
        wanted: object = load_yaml(after)
        # The rest in its own style is a nicety; the right values are not.
        tries = (_only_what_changed(each, before, after, kept) for each in (body, before))
        result = next((each for each in tries if _same(each, wanted)), after)
    except UsageError:
        raise
    except YamlError as error:
        raise UsageError(f"The file {error}.", "Mend it first.") from error
    except Exception as error:  # two YAML packages, each with errors of several families
        raise UsageError(f"The file is not valid YAML: {' '.join(str(error).split())}.", "Mend it first.") from error
    for path, value in changes.items():
        if _value_at(wanted, path) != value:
            raise UsageError(f"The file can't hold {value!r} at {'.'.join(path)}.", "Edit it by hand.")
    if line_end != "\n":
        result = result.replace("\n", line_end)
    return (_BOM if text.startswith(_BOM) else "") + result


def edit_file(path: Path, changes: Mapping[KeyPath, Any], removed: Iterable[KeyPath] = ()) -> None:
    """Change values in a YAML file, which is made where there is none; nobody ever sees half of it.

    Raises:
        UsageError: the file is not YAML, or can't be read or written.
    """
    try:
        # read and written as bytes, so that line ends stay what they are
        text = path.read_bytes().decode() if path.exists() else ""
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}.", "Give yourself access to it.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not text in UTF-8.", "Save it as UTF-8.") from error
    try:
        new = edited(text, changes, removed)
    except UsageError as error:
        raise UsageError(f"{path}: {error.message}", error.hint) from error
    write_text(path, new)


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step, keeping its permissions; a link is followed.

    Raises:
        UsageError: it can't be written.
    """
    try:
        target = path.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode())
            if target.exists():
                temporary.chmod(target.stat().st_mode & 0o777)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        remedy = "Give yourself write access to it."
        raise UsageError(f"{path} can't be written: {error.strerror}.", remedy) from error


def _dumped(text: str, changes: Mapping[KeyPath, Any], removed: Iterable[KeyPath]) -> tuple[str, str, Counter[str]]:
    """The text as the round trip writes it, without and with the changes, and the remarks lost that should not be."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.representer import RoundTripRepresenter

    class Representer(RoundTripRepresenter):
        """Writes ``null`` as a word: nothing at all looks like a mistake."""

    def null(representer: RoundTripRepresenter, _: None) -> Any:
        return representer.represent_scalar("tag:yaml.org,2002:null", "null")  # pyright: ignore[reportUnknownMemberType] - untyped there

    Representer.add_representer(type(None), null)  # pyright: ignore[reportUnknownMemberType] - untyped there

    def dump(document: object) -> str:
        out = StringIO()
        round_trip.dump(document, out)  # pyright: ignore[reportUnknownMemberType] - its own signature is untyped
        return out.getvalue()

    round_trip = YAML()
    round_trip.Representer = Representer
    round_trip.preserve_quotes = True
    round_trip.width = _WIDTH
    mapping, sequence, offset = _indents(text)
    round_trip.indent(mapping=mapping, sequence=sequence, offset=offset)
    document: object = round_trip.load(text)  # pyright: ignore[reportUnknownMemberType] - it gives anything
    if document is None:
        before, document = text, CommentedMap()
    elif not isinstance(document, MutableMapping):
        raise UsageError("The file does not hold names and values.", "Mend it first: `name: value` on each line.")
    else:
        before = dump(cast("object", document))
    root = cast("MutableMapping[str, Any]", document)
    gone = [path for path in removed if _remove(root, path)]
    for path, value in changes.items():
        _set(root, path, value)
    above = [path[:end] for path in gone for end in range(len(path) - 1, 0, -1)]
    empty = [path for path in above if _at(root, path) == {} and _remove(root, path)]
    # A text of nothing but comments is no document to the round trip.
    after = dump(root) if before is not text else text + dump(root)
    if gone and not root:
        after = after.replace("{}\n", "")
    # what was said in a section stays when the section goes because it is empty
    return before, after, _remarks(before) - _remarks(after) if empty else Counter()


def _set(root: MutableMapping[str, Any], path: KeyPath, value: object) -> None:
    from ruamel.yaml.comments import CommentedMap

    section, flow = root, _in_flow(root)
    for name in path[:-1]:
        inner = section.get(name)
        if not isinstance(inner, MutableMapping):
            inner = section[name] = CommentedMap()
        section = cast("MutableMapping[str, Any]", inner)
        flow = flow or _in_flow(section)
    _put(section, path[-1], value, flow)


def _in_flow(collection: object) -> bool:
    """Whether a list or mapping stands in brackets, as everything in it does then."""
    return bool(cast("Any", collection).fa.flow_style()) if hasattr(collection, "fa") else False


def _put(section: MutableMapping[str, Any], name: str, value: object, flow: bool) -> None:
    old: object = section.get(name)
    inside = flow or _in_flow(old)
    # what stays of a list or mapping keeps its comments
    if isinstance(old, list) and isinstance(value, list):
        _update_list(cast("list[Any]", old), cast("list[Any]", value), inside)
    elif isinstance(old, MutableMapping) and isinstance(value, Mapping):
        inner, wanted = cast("MutableMapping[str, Any]", old), cast("Mapping[str, object]", value)
        for gone in [each for each in inner if each not in wanted]:
            del inner[gone]
        for each, given in wanted.items():
            _put(inner, each, given, inside)
    else:
        before = cast("object", old)
        if name not in section or _plain(before) != value or type(_plain(before)) is not type(value):
            key = name if name in section else cast("str", _styled(name, None, flow))
            section[key] = _styled(value, before, flow)


def _update_list(old: list[Any], new: list[Any], flow: bool) -> None:
    before = [repr(_plain(each)) for each in old]
    steps = difflib.SequenceMatcher(None, before, [repr(each) for each in new], autojunk=False).get_opcodes()
    for kind, a1, a2, b1, b2 in reversed(steps):
        if kind == "equal":
            continue
        for index in reversed(range(a1, a2)):
            del old[index]
        for shift, each in enumerate(new[b1:b2]):
            old.insert(a1 + shift, _styled(each, None, flow))


def _remove(root: MutableMapping[str, Any], path: KeyPath) -> bool:
    """Take a path out; returns whether it was there."""
    section = _at(root, path[:-1])
    if not isinstance(section, MutableMapping) or path[-1] not in section:
        return False
    del cast("MutableMapping[str, object]", section)[path[-1]]
    return True


def _at(root: MutableMapping[str, Any], path: KeyPath) -> object:
    section: object = root
    for name in path:
        section = cast("Mapping[str, object]", section).get(name) if isinstance(section, MutableMapping) else None
    return section


def _styled(value: object, old: object, flow: bool) -> object:
    """A value as it is written: text quoted where it was, or where it would be read as something else."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, ScalarString

    if isinstance(value, str):
        if isinstance(old, ScalarString) and "\n" not in value:
            return type(old)(value)
        return DoubleQuotedScalarString(value) if _needs_quotes(value, flow) else value
    if isinstance(value, Mapping):
        section = CommentedMap()
        for name, each in cast("Mapping[str, object]", value).items():
            section[_styled(name, None, flow)] = _styled(each, None, flow)
        return section
    if isinstance(value, list):
        entries = cast("list[object]", value)
        # The round trip loses its place in a list below an empty collection, but not in brackets.
        flow = flow or any(each in ({}, []) for each in entries)
        sequence = CommentedSeq([_styled(each, None, flow) for each in entries])
        if flow:
            cast("Any", sequence).fa.set_flow_style()
        return sequence
    return value


def _needs_quotes(text: str, flow: bool) -> bool:
    """The program reads by the older rules of YAML, by which ``no`` and ``17:00`` are no text.

    In brackets a question mark begins a key for some readers, wherever it stands.
    """
    try:
        plain = load_yaml(f"[{text}]") == [text] and "?" not in text if flow else load_yaml(text) == text
    except YamlError:
        return True
    return not plain or "\n" in text


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list):
        return [_plain(each) for each in cast("list[object]", value)]
    return str(value) if isinstance(value, str) else value


def _indents(text: str) -> tuple[int, int, int]:
    """How far this text sets in: mappings, the texts of lists, and the dashes of lists."""
    mapping, dash = 2, 2
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found_mapping = found_dash = False
    for above, line in pairwise(lines):
        if not above.split(" #")[0].rstrip().endswith(":") or above.lstrip().startswith("- "):
            continue
        deeper = len(line) - len(line.lstrip()) - (len(above) - len(above.lstrip()))
        if line.lstrip().startswith("- ") and not found_dash and deeper >= 0:
            dash, found_dash = deeper, True
        elif not line.lstrip().startswith("- ") and not found_mapping and deeper > 0:
            mapping, found_mapping = deeper, True
    return mapping, dash + 2, dash


def _only_what_changed(text: str, before: str, after: str, kept: Counter[str]) -> str:
    """What the changes did to the round trip's text, done to the text as it was written by hand.

    ``kept``: remarks, stripped, that stay where what is around them goes.
    """
    kept = kept.copy()
    own, plain, new = (each.splitlines(keepends=True) for each in (text, before, after))
    place = _places(plain, own)
    lost = Counter(filter(_is_remark, plain)) - Counter(filter(_is_remark, new))
    result = list(own)
    for kind, a1, a2, b1, b2 in reversed(difflib.SequenceMatcher(None, plain, new, autojunk=False).get_opcodes()):
        if kind == "equal":
            continue
        at = _above_remarks(plain, a1, new[b1]) if kind == "insert" else a1
        last = max(at, a2 - 1) if kind != "insert" else at
        if at not in place or last not in place:
            return after
        start = place[at]
        end = start if kind == "insert" else place[last] + 1
        # A remark below something that goes belongs to what comes next.
        tail = end
        while tail > start and _is_remark(own[tail - 1]) and lost[own[tail - 1]] > 0:
            tail -= 1
            lost[own[tail]] -= 1
        if start == len(own) and result and not result[-1].endswith("\n"):
            result[-1] += "\n"
        said: list[str] = []
        for line in own[start:tail]:
            if kept[line.strip()] > 0:
                kept[line.strip()] -= 1
                said.append(line)
        result[start:tail] = [*said, *new[b1:b2]]
    return "".join(result)


def _places(plain: list[str], own: list[str]) -> dict[int, int]:
    """Where each line of the round trip stands in the text; lines it wrote differently stand in line by line."""
    place: dict[int, int] = {len(plain): len(own)}
    for kind, a1, a2, b1, b2 in difflib.SequenceMatcher(None, plain, own, autojunk=False).get_opcodes():
        if kind == "equal" or a2 - a1 == b2 - b1:
            place.update(zip(range(a1, a2), range(b1, b2), strict=True))
    return place


def _is_remark(line: str) -> bool:
    """Whether a line is blank, or a comment and nothing else."""
    return not line.strip() or line.lstrip().startswith("#")


def _remarks(text: str) -> Counter[str]:
    """What is said in a text on lines of their own."""
    return Counter(line.strip() for line in text.splitlines() if line.lstrip().startswith("#"))


def _above_remarks(plain: list[str], at: int, line: str) -> int:
    """Where a new last line of a section goes: above what is said about the next section."""
    above = at
    while above > 0 and _is_remark(plain[above - 1]):
        above -= 1
    deeper = all(_depth(each) < _depth(line) for each in plain[above:at] if each.strip())
    return above if at < len(plain) and deeper and _depth(plain[at]) < _depth(line) else at


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _same(text: str, wanted: object) -> bool:
    try:
        return load_yaml(text) == wanted
    except YamlError:
        return False


def _value_at(data: object, path: KeyPath) -> object:
    for name in path:
        if not isinstance(data, Mapping):
            return None
        data = cast("Mapping[str, object]", data).get(name)
    return data
