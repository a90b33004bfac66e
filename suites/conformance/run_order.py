"""The order of the tests: earlier tests leave workers and store in the state that later tests need."""

from enum import IntEnum


class RunOrder(IntEnum):
    """The places of tests in a run; tests of the same place run in the order of their modules.

    The mark `late` sets the places from `OWN_WORKER` on. The invariants judge no task of a later place than their own.
    """

    NO_WORKER = 0
    SHARED_WORKER = 1
    """Tests that share one worker through the fixture `working`."""
    OWN_WORKER = 2
    """Tests that start and stop their own workers."""
    INVARIANTS = 3
    """Tests that check every earlier task of the run."""
    OLDEST_RESULT = 4
    """Tests of the first result of the run, before a test removes it."""
    EMPTY_STORE = 5
    """Tests that empty the store."""
    ODD_VALUES = 6
    """Tests with values that may stop a worker, and with it other tasks."""
    CANNOT_START = 7
    """Tests with tasks that no worker can load."""
    RAISING_RECEIVERS = 8
    """Tests with receivers that raise."""
    BROKEN_POOL = 9
    """Tests after which a pool that cannot be restarted may run no more tasks."""
    UNUSUAL_NAMES = 10
    """Tests with tasks of aliases that no worker serves; such tasks may block any worker."""
    LEFT_BEHIND = 11
    """Tests whose tasks stay in the store, or stop a worker for ever."""
    WRONG_SETTINGS = 12
    """Tests that leave tasks in the store that the target's own workers cannot run."""
