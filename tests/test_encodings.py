"""Every text is read and written as UTF-8, whatever the locale says: files by a lint rule, processes by this test."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [path for room in ("backends", "reports", "suites") for path in sorted((ROOT / room).rglob("*.py"))]


def text_calls(path: Path) -> Iterator[str]:
    """Yield the calls of subprocess that decode by the locale, or that stop at a byte which is no UTF-8."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            words = {keyword.arg for keyword in node.keywords}
            function = ast.unparse(node.func)
            decodes = words & {"text", "universal_newlines"} or ("encoding" in words and "errors" not in words)
            if function in {"subprocess.run", "subprocess.Popen", "subprocess.check_output"} and decodes:
                yield f"{path.relative_to(ROOT)}:{node.lineno}"


def test_processes_are_read_as_utf8() -> None:
    """Each call that reads text from a process names the encoding and what happens to bytes outside it."""
    assert [place for path in FILES for place in text_calls(path)] == []


@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_a_locale_without_utf8(locale: str) -> None:
    """The command prints what such a locale has no characters for."""
    code = "from taskgauge.suites import cli; cli.taskgauge.main = lambda **_: print(chr(239), chr(8594)); cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"\\xef \\u2192\n"
