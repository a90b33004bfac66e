"""Values that hypothesis makes, the same in every run."""

from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

_LETTERS = (
    "abzAZ019 _-.:/\\\"'%{}[]<>&$#\t\n\r\x01\x1f\x7f\x85\xa0\xadßéÿ"
    "\N{LATIN SMALL LETTER DOTLESS I}\N{COMBINING ACUTE ACCENT}\N{HEBREW LETTER ALEF}\N{ZERO WIDTH JOINER}"
    "\N{RIGHT-TO-LEFT OVERRIDE}\N{LINE SEPARATOR}\N{HANGUL SYLLABLE HAN}\N{BYTE ORDER MARK}\N{REPLACEMENT CHARACTER}"
    "\uffff\N{MUSICAL SYMBOL G CLEF}\N{GRINNING FACE}\U0010ffff"
)
_TEXTS = st.text(_LETTERS, max_size=6)
_INTEGERS = st.integers(-300, 300) | st.integers(2**53, 2**70) | st.integers(-(2**70), -(2**53))
_FLOATS = st.floats(allow_nan=False, allow_infinity=False)
_LEAVES = st.none() | st.booleans() | _INTEGERS | _FLOATS | st.just(-0.0) | _TEXTS


_TUPLES = st.lists(_LEAVES, max_size=3).map(tuple)
_OTHER_KEYS = st.integers(-300, 300) | st.booleans() | st.none() | _FLOATS


def _nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4)

    return st.recursive(leaves, around, max_leaves=6)


KINDS: dict[str, dict[st.SearchStrategy[Any], int]] = {
    "plain": {_INTEGERS: 30, _FLOATS: 30, _TEXTS: 30, _nested(_LEAVES): 60},
    "with tuples": {_TUPLES: 10, _nested(_TUPLES): 20},
    "with NUL": {st.text(_LETTERS + "\0" * 20, min_size=1, max_size=6).filter(lambda text: "\0" in text): 5},
    "other keys": {st.dictionaries(_OTHER_KEYS, st.integers(0, 9), min_size=1, max_size=3): 20},
}
"""Strategies, and the number of values that each strategy makes."""


@cache
def generated(kind: str, folder: Path) -> tuple[Any, ...]:
    """Return the values of a kind of KINDS; hypothesis keeps its files in the folder."""
    set_hypothesis_home_dir(folder)
    return tuple(value for strategy, count in KINDS[kind].items() for value in _examples(strategy, count))


def _examples(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    values: list[Any] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: Any) -> None:
        values.append(value)

    collect()
    return values
