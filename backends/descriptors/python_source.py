"""Reads the Python of a settings fragment: its f-strings, and the place at which other lines may be added."""

import ast
import re
from collections.abc import Container, Iterable, Iterator

_FORMATTED = tuple(kind for name in ("JoinedStr", "TemplateStr") if (kind := getattr(ast, name, None)) is not None)
"""The nodes of f-strings and t-strings."""
_DOUBLED = re.compile(r"\{\{[a-z_]+\}\}")


def spans_of_fstrings(source: str, placeholders: Container[str], others: Iterable[str] = ()) -> list[tuple[int, int]]:
    """Return the spans of a source in which braces belong to its f-strings; raise SyntaxError.

    A field such as `{host}` is Python's unless the name is a placeholder and neither the source nor `others` has it.
    """
    tree = ast.parse(source)
    names = {*names_of(tree), *others}
    spans = []
    for node in ast.walk(tree):
        if isinstance(node, _FORMATTED):
            begin, end = _span(source, node)
            spans += [match.span() for match in _DOUBLED.finditer(source, begin, end)]
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name) and (inner.id in names or inner.id not in placeholders):
                    first, last = _span(source, inner)
                    spans.append((first - 1, last + 1))
    return spans


def begun_with(beginning: str, source: str) -> str:
    """Return the source with a beginning; imports from `__future__` stay before it."""
    last = next((node for node in reversed(ast.parse(source).body) if _is_future(node)), None)
    if last is None:
        return f"{beginning}\n\n{source}"
    end = _span(source, last)[1]
    rest = source[end:].lstrip(" \t;")
    return f"{source[:end]}\n{beginning}\n{rest}"


def all_names_of(module: str) -> str:
    """Return a line of Python that gives a module all names of another, also those with an underscore."""
    own = f"vars(__import__({module!r})).items()"
    return f'globals().update({{name: value for name, value in {own} if not name.startswith("__")}})'


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def names_of(tree: ast.AST) -> Iterator[str]:
    """Yield the names that a source binds, anywhere."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name
            case ast.alias(name=name, asname=other):
                yield other or name.partition(".")[0]
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.ExceptHandler(name=str(name)):
                yield name
            case _:
                pass


def _span(source: str, node: ast.expr | ast.stmt) -> tuple[int, int]:
    """Return the positions at which a node begins and ends; its own columns count bytes."""
    assert node.end_lineno is not None  # noqa: S101 -- parsed from text
    assert node.end_col_offset is not None  # noqa: S101 -- parsed from text
    lines = source.split("\n")

    def position(line: int, column: int) -> int:
        before = sum(len(text) + 1 for text in lines[: line - 1])
        return before + len(lines[line - 1].encode()[:column].decode())

    return position(node.lineno, node.col_offset), position(node.end_lineno, node.end_col_offset)
