"""Shares of functions in sampled stacks."""

import pytest

from tests.profiles.shares import shares

STACKS = (
    'process 1:"worker";thread (1): MainThread;run (worker.py:10);claim (worker.py:20);execute (driver.py:5) 60',
    'process 1:"worker";thread (1): MainThread;run (worker.py:11);execute (driver.py:7) 20',
    'process 1:"worker";thread (1): MainThread;run (worker.py:12);run (worker.py:13) 20',
    'process 1:"worker";thread (2): Pool;idle (pool.py:1);Condition.wait (threading.py:9) 500',
    'process 2:"tracker";thread (3): MainThread;main (multiprocessing/resource_tracker.py:9) 500',
    'process 3:"python -c import child; child.main()" 7',
)


def test_shares_of_what_works() -> None:
    """A share counts calls, a function that calls itself counts once, and waiting threads count nothing."""
    samples, by_function = shares(STACKS)

    assert samples == 100
    assert by_function["run (worker.py)"] == 1
    assert by_function["execute (driver.py)"] == pytest.approx(0.8)
    assert by_function["claim (worker.py)"] == pytest.approx(0.6)
    assert not any("wait" in name or "tracker" in name for name in by_function)


def test_shares_within_a_function() -> None:
    """Stacks outside of the function are no part of the whole."""
    samples, by_function = shares(STACKS, within="claim")

    assert (samples, by_function["execute (driver.py)"]) == (60, 1)
    assert shares(STACKS, within="missing") == (0, {})


def test_waits_within_a_function_are_part_of_it() -> None:
    """A thread that waits in a function that is named does so for a task."""
    assert shares(STACKS, within="idle")[0] == 500
