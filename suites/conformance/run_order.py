"""The order in which tests run: the earlier ones leave workers and store as the later ones need them."""

from enum import IntEnum


class RunOrder(IntEnum):
    """The places of tests in a run; those of one place run in the order of their modules.

    The places from `OWN_WORKER` on are given by the mark `late`. The invariants judge no task of a later place.
    """

    NO_WORKER = 0
    SHARED_WORKER = 1
    """Tests that share one worker, which they get by the fixture `working`."""
    OWN_WORKER = 2
    """Tests that start and stop workers of their own."""
    INVARIANTS = 3
    """Tests that look back at every task so far."""
    EMPTY_STORE = 4
    """Tests that empty the store."""
    ODD_VALUES = 5
    """Tests with values that a worker may choke on, and other tasks with it."""
    CANNOT_START = 6
    """Tests with tasks that no worker can load."""
    RAISING_RECEIVERS = 7
    """Tests with receivers that raise."""
    BROKEN_POOL = 8
    """Tests after which a pool that cannot be started anew may run nothing any more."""
    UNUSUAL_NAMES = 9
    """Tests with tasks of aliases that no worker serves, which may jam any worker."""
    OLDEST_RESULT = 10
    """Tests of what is left of the first result."""
    LEFT_BEHIND = 11
    """Tests whose tasks stay in the store, or stop a worker for ever."""
    WRONG_SETTINGS = 12
    """Tests that leave tasks in the store which the target's own workers cannot take."""
