"""Every text is read and written as UTF-8, whatever the locale says: files by a lint rule, processes by this test."""

import ast
import os
import re
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


def file_calls(tree: ast.AST) -> Iterator[int]:
    """Yield the lines that open, read or write a text file by the locale; ruff sees only what it knows to be a path."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or any(keyword.arg == "encoding" for keyword in node.keywords):
            continue
        name = ast.unparse(node.func).rpartition(".")[2]
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        words = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        is_text = any(re.fullmatch("[rwax][+t]*", word) for word in words)
        is_bare = isinstance(node.func, ast.Name) or not given
        is_binary = any(re.fullmatch(r"[rwax]\+?b\+?", word) for word in words)
        if (
            (name == "read_text" and not node.args)
            or (name == "write_text" and len(node.args) < 2)
            or (name in {"open", "fdopen"} and (is_text or (is_bare and not is_binary)))
            or (name.endswith("TemporaryFile") and is_text)
        ):
            yield node.lineno


def test_files_are_utf8() -> None:
    """Each call that opens, reads or writes a text file names its encoding."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
    assert [f"{path.relative_to(ROOT)}:{line}" for path, tree in trees.items() for line in file_calls(tree)] == []


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("one.read_text()", 1),
        ("one.write_text(text)", 1),
        ("one.open('a')", 1),
        ("one.open()", 1),
        ("open(name)", 1),
        ("os.fdopen(3, 'w')", 1),
        ("tempfile.TemporaryFile('w+')", 1),
        ("one.read_text(encoding='utf-8')", 0),
        ("one.open('rb')", 0),
        ("tempfile.TemporaryFile()", 0),
    ],
)
def test_file_calls(code: str, count: int) -> None:
    """The rule sees what depends on the locale, and nothing else."""
    assert len(list(file_calls(ast.parse(code)))) == count


def test_processes_are_read_as_utf8() -> None:
    """Each call that reads text from a process names the encoding and what happens to bytes outside it."""
    assert [place for path in FILES for place in text_calls(path)] == []


@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_a_locale_without_utf8(locale: str) -> None:
    """The command prints what such a locale has no characters for."""
    code = (
        "from taskgauge.suites.cli import main as cli; "
        "cli.taskgauge.main = lambda **_: print(chr(239), chr(8594)); cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"\\xef \\u2192\n"
