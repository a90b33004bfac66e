"""The values of arguments and return values in the tests, by kind."""

import collections
import datetime as dt
import decimal
import enum
import json
import math
import types
import uuid
from collections.abc import Callable
from typing import Any

from django.utils.safestring import SafeString

JSON_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    255,
    2**31,
    -(2**31) - 1,
    2**53 - 1,
    2**53 + 1,
    -(2**53) - 1,
    2**63 - 1,
    0.0,
    1.0,
    -2.0,
    0.1,
    1 / 3,
    123456789.125,
    1e-7,
    1e16,
    1e23,
    -1.5e300,
    5e-324,
    "",
    " ",
    "a",
    "null",
    "1",
    "1.0",
    "2020-01-01T00:00:00Z",
    "café Zażółć 日本",
    "\N{GRINNING FACE}\N{MUSICAL SYMBOL G CLEF}",
    "e\N{COMBINING ACUTE ACCENT} \N{LATIN SMALL LETTER E WITH ACUTE}",
    "\N{LINE SEPARATOR}\N{BYTE ORDER MARK}\N{NO-BREAK SPACE}",
    "tab\tline\nreturn\r\x01\x1f\x7f",
    "\"quotes\" 'single' back\\slash </script> %s {0} {{ $1",
    "x" * 10_000,
    [],
    {},
    [[]],
    [{}],
    {"": ""},
    {"a": []},
    [None, True, 1, 1.0, "1"],
    [[1, [2, [3, [4, [5]]]]]],
    {"a": {"b": {"c": {"d": None}}}},
    {"key with space": 1, "clé": 2, "\N{GRINNING FACE}": 3, "__type__": "date", "$ref": "x"},
    [{"a": 1.0}, {"a": 1}, {"a": True}],
)
"""Values that JSON holds unchanged: they must come back equal, and of the same type at every depth."""

FALSY: tuple[Any, ...] = (0, "", [], {}, False, 0.0)
"""Values that a careless `or` treats as missing."""

TUPLES: tuple[Any, ...] = ((), (1,), (1, (2,)), [(1, 2)], {"a": (1, {"b": ()})})
"""Values with tuples, which must come back as lists at every depth."""

KEYWORDS: dict[str, Any] = {
    "task": 1,
    "args": [1],
    "kwargs": {"a": 1},
    "priority": 2,
    "queue_name": "three",
    "backend": "four",
    "run_after": None,
    "result_id": "five",
    "context": 6,
    "id": "seven",
    "name": "eight",
    "function": True,
    "queue": "nine",
    "countdown": 0.5,
}
"""Keyword arguments of a function that a backend may take for its own."""

NAMES: dict[str, str] = {
    "64 characters": "q" * 64,
    "200 characters": "q" * 200,
    "letters beyond ASCII": "zażółć 日本",
    "a space": "two words",
    "a comma": "one,two",
    "a colon": "one:two",
}
"""Names of queues and aliases that Django accepts and a store may refuse."""


def round_trip(value: Any) -> Any:
    """Return the value that must arrive, by Django's documentation, for an argument or a return value."""
    return json.loads(json.dumps(value))


class Colour(enum.IntEnum):
    """An int with a name."""

    RED = 1


class Word(enum.StrEnum):
    """A str with a name."""

    HELLO = "hello"


class Pair(collections.namedtuple("Pair", "first second")):  # noqa: PYI024 -- the untyped form is tested
    """A tuple with names."""

    __slots__ = ()


BYTES: dict[str, Any] = {"b'abc'": b"abc", "b'\\xff'": b"\xff", "[b'abc']": [b"abc"]}
OTHER_KEYS: dict[str, dict[Any, Any]] = {
    "{1: 2}": {1: 2},
    "{None: 1}": {None: 1},
    "{True: 1}": {True: 1},
    "{1.5: 1}": {1.5: 1},
    "{'a': {2: [{3: 4}]}}": {"a": {2: [{3: 4}]}},
}
"""Dictionaries with keys that JSON turns into strings."""
TUPLE_KEYS: dict[str, Any] = {"{(1, 2): 3}": {(1, 2): 3}}
SUBCLASSES: dict[str, Any] = {
    "IntEnum": Colour.RED,
    "StrEnum": Word.HELLO,
    "SafeString": SafeString("safe"),
    "defaultdict": collections.defaultdict(int, {"a": 1}),
    "OrderedDict": collections.OrderedDict(a=1),
}
COLLECTIONS: dict[str, Any] = {
    "a named tuple": Pair(1, 2),
    "range": range(3),
    "bytearray": bytearray(b"ab"),
    "deque": collections.deque([1, 2]),
    "mappingproxy": types.MappingProxyType({"a": 1}),
}
"""Sequences and mappings of Python; JSON has only lists and objects."""
TUPLES_AND_SETS: dict[str, Any] = {"a tuple": (1, (2,)), "a set": {1}, "a set inside": [{1}]}
NOT_FINITE: dict[str, Any] = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
NOT_TEXT: dict[str, Any] = {"NUL": "a\0b", "a lone surrogate": "a\ud800b"}
UNSORTED: dict[str, Any] = {"b, aaa, a, cc": {"b": 1, "aaa": 2, "a": 3, "cc": 4}}
"""A dictionary whose keys are in the order of its name."""
COLLIDING: dict[str, Any] = {"{1: 'a', '1': 'b'}": {1: "a", "1": "b"}, "{'1': 'b', 1: 'a'}": {"1": "b", 1: "a"}}
NUMBERS: dict[str, Any] = {
    "2**64": 2**64,
    "-2**63 - 1": -(2**63) - 1,
    "10**400": 10**400,
    "1.7e308": 1.7e308,
    "5e-324": 5e-324,
    "1e16": 1e16,
    "-0.0": -0.0,
    "0.1 + 0.2": 0.1 + 0.2,
}
"""Numbers that some stores keep in another form than Python."""
NESTING = 900


def _nested() -> list[Any]:
    value: list[Any] = []
    for _ in range(NESTING - 1):
        value = [value]
    return value


NESTED: dict[str, Any] = {f"{NESTING} lists in one another": _nested()}

TAME = BYTES | OTHER_KEYS | TUPLE_KEYS | SUBCLASSES | COLLECTIONS | TUPLES_AND_SETS
"""Values, by name, on which backends may differ."""
WILD = NOT_FINITE | NOT_TEXT | UNSORTED | COLLIDING | NUMBERS | NESTED
"""Values, by name, that may harm a store or a worker."""


def _row() -> Any:
    from taskgauge.suites.conformance.tasks.models import Row  # noqa: PLC0415 -- needs the apps

    return Row(text="never saved")


UNSERIALISABLE: dict[str, Callable[[], Any]] = {
    "a datetime": lambda: dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    "a date": lambda: dt.date(2026, 1, 1),
    "a set": lambda: {1, 2},
    "a Decimal": lambda: decimal.Decimal("1.5"),
    "a UUID": lambda: uuid.UUID(int=1),
    "a complex": lambda: 1j,
    "an object": object,
    "a lambda": lambda: lambda: None,
    "a generator": lambda: (number for number in [1]),
    "a model instance": _row,
}
"""Functions, by name, that make values that JSON cannot hold."""
