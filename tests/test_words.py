"""Words of the code: openings of docstrings, words to avoid, the length of sentences for users, and names of values."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = [path for room in ("backends", "reports", "suites") for path in sorted((ROOT / room).rglob("*.py"))]
OPENINGS = re.compile(r"(What|Whether|Where|How|Which|Who|Why|Likewise)\b")
"""A docstring that begins so is a relative clause, not a sentence."""
FORBIDDEN = re.compile(r"\b(likewise|placebos?|canary|canaries|saboteurs?|witness(es|ed)?)\b", re.IGNORECASE)
"""Words of an earlier vocabulary, and riddles."""
NAMES = {"found", "one", "each", "told", "given"}
"""Names that say nothing about a value."""
LONGEST = 35
"""Words of a sentence in the help of a command or in an error."""


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def docstrings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of each docstring, those of attributes included."""
    for node in ast.walk(tree(path)):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield node.lineno, text.strip()


def bound(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and name of each value that a module binds."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id


def for_users(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of what users read: the help of options and commands, and the texts of exceptions."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            texts = [word.value for word in node.keywords if word.arg == "help"]
            name = ast.unparse(node.func)
            if name.startswith("super()") or name[0].isupper():
                texts += node.args
            for text in texts:
                if isinstance(text, ast.Constant | ast.JoinedStr | ast.BinOp):
                    yield node.lineno, re.sub(r"\{[^}]*\}", "x", ast.unparse(text)).strip("'\"f")


def where(path: Path, line: int) -> str:
    """Return a place as an editor takes it."""
    return f"{path.relative_to(ROOT)}:{line}"


def test_docstrings() -> None:
    """Each begins with a verb or names its thing, and uses the words of the glossary."""
    texts = ((path, line, text) for path in FILES for line, text in docstrings(path))
    faults = [where(path, line) for path, line, text in texts if OPENINGS.match(text) or FORBIDDEN.search(text)]

    assert [] == faults


def test_names() -> None:
    """A name says what its value is."""
    names = ((path, line, name) for path in FILES for line, name in bound(path))

    assert [] == [f"{where(path, line)} {name}" for path, line, name in names if name in NAMES]


def test_sentences_for_users() -> None:
    """Help and errors have short sentences."""
    long = [
        where(path, line)
        for path in FILES
        for line, text in for_users(path)
        for sentence in re.split(r"[.;:]\s", text)
        if len(sentence.split()) > LONGEST
    ]

    assert [] == long
