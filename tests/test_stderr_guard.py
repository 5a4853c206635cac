"""What C libraries write to the terminal's standard error stays out of the picture; what Python writes stays in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

_SNIPPET = """
import ctypes, os, subprocess, sys
from pathlib import Path
from vcg_tui.audio.stderr_guard import guard_stderr

libc = ctypes.CDLL(None)
original = sys.stderr, sys.__stderr__
libc.dprintf(2, b"c-before\\n")
try:
    with guard_stderr(Path(sys.argv[1])):
        libc.dprintf(2, b"c-inside\\n")
        subprocess.run(["sh", "-c", "echo child-inside >&2"], check=True)
        print("python-inside", file=sys.stderr)
        print("drawn-inside", file=sys.__stderr__)
        assert os.isatty(sys.__stderr__.fileno())
        if sys.argv[2] == "raises":
            raise RuntimeError("python-raised")
except RuntimeError as error:
    print(error, file=sys.stderr)
assert (sys.stderr, sys.__stderr__) == original
libc.dprintf(2, b"c-after\\n")
print("python-after", file=sys.stderr)
print("descriptors", sorted(int(fd) for fd in os.listdir("/dev/fd") if int(fd) > 2 and os.path.exists(f"/dev/fd/{fd}")))
"""


def run_in_a_terminal(*arguments: str) -> tuple[str, str, int]:
    """What the terminal showed on standard error, what went to standard output, and the exit code."""
    terminal, end = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _SNIPPET, *arguments], stdout=subprocess.PIPE, stderr=end, text=True
    )
    os.close(end)
    shown = bytearray()
    while True:
        try:
            data = os.read(terminal, 4096)
        except OSError:  # Linux's way to say that nobody has the terminal open any more
            break
        if not data:
            break
        shown += data
    os.close(terminal)
    output, _ = process.communicate(timeout=30)
    return shown.decode(), output, process.returncode


@pytest.mark.parametrize("ending", ["returns", "raises"])
def test_only_python_reaches_the_terminal_and_all_is_restored(tmp_path: Path, ending: str) -> None:
    log = tmp_path / "not" / "there" / "native.log"
    shown, output, code = run_in_a_terminal(str(log), ending)
    assert code == 0, shown
    raised = ["python-raised"] if ending == "raises" else []
    assert shown.split() == ["c-before", "python-inside", "drawn-inside", *raised, "c-after", "python-after"]
    assert log.read_text().split() == ["c-inside", "child-inside"]
    assert output.strip() == "descriptors []"


def test_a_log_that_cannot_be_written_neither_stops_the_app_nor_spoils_the_picture(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    shown, _, code = run_in_a_terminal(str(tmp_path / "file" / "native.log"), "returns")
    assert code == 0, shown
    assert "c-inside" not in shown
    assert "python-inside" in shown


def test_without_a_standard_error_nothing_happens(tmp_path: Path) -> None:
    snippet = (
        "import os, sys; os.close(2); from pathlib import Path\n"
        "from vcg_tui.audio.stderr_guard import guard_stderr\n"
        "with guard_stderr(Path(sys.argv[1])): print('inside')\n"
    )
    log = tmp_path / "native.log"
    done = subprocess.run([sys.executable, "-c", snippet, str(log)], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.strip() == "inside"
    assert not log.exists()
