"""Reads the fields and methods of the installed Django's task classes, and executes their source again."""

import ast
import dataclasses
import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from django.tasks import base

CLASS_NAMES = ("Task", "TaskResult", "TaskContext", "TaskError")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a Django class: its name, annotation and default; `init` is True if the constructor takes it."""

    name: str
    annotation: Any
    init: bool = True
    default: Any = dataclasses.field(default_factory=lambda: dataclasses.MISSING)

    @property
    def required(self) -> bool:
        """True if the constructor requires a value."""
        return self.default is dataclasses.MISSING


@cache
def fields_of(class_name: str) -> tuple[Field, ...]:
    """Return the fields of Django's class with this name, in Django's order."""
    return tuple(
        Field(name=field.name, annotation=field.type, init=field.init, default=field.default)
        for field in dataclasses.fields(getattr(base, class_name))
    )


def execute_again(module_name: str, *, bare: bool = False) -> ModuleType:
    """
    Execute the source of `django.tasks.base` once more, as an importable module of that name.

    Its classes are new, the enumeration of states included: a pickle names the module of each class, and in Django the
    classes share a module. Members are strings, so they equal Django's. With `bare`, the classes have no
    `__post_init__`: they store their arguments and do nothing else.
    """
    source_file = base.__file__
    spec = importlib.util.spec_from_file_location(module_name, source_file)
    if spec is None:
        raise ImportError(f"the source of django.tasks.base is not readable at {source_file}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    tree = ast.parse(Path(source_file).read_text(encoding="utf-8"))
    if bare:
        tree = ast.fix_missing_locations(_WithoutPostInit().visit(tree))
    exec(compile(tree, source_file, "exec"), vars(module))  # noqa: S102 - Django's own source
    return module


class _WithoutPostInit(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        return None if node.name == "__post_init__" else node


def written_methods(cls: type) -> dict[str, Any]:
    """Return the functions, properties and class methods that are written in the body of Django's class."""
    source_file = Path(base.__file__)
    return {name: attribute for name, attribute in vars(cls).items() if _written_in(source_file, attribute)}


def _written_in(source_file: Path, attribute: Any) -> bool:
    function = attribute
    if isinstance(attribute, property):
        function = attribute.fget
    elif isinstance(attribute, classmethod | staticmethod):
        function = attribute.__func__
    return isinstance(function, FunctionType) and Path(function.__code__.co_filename) == source_file
