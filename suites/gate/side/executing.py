"""Counts bytecodes and calls of Python functions."""

import sys
from collections.abc import Callable
from types import CodeType

_TOOL = 4
"""One of the two unreserved tool numbers of `sys.monitoring`."""


def executed(work: Callable[[], object]) -> dict[str, int]:
    """Return the numbers of bytecodes and of calls of Python functions in the work, in all threads."""
    monitoring = sys.monitoring
    events = monitoring.events
    counted = {"bytecodes": 0, "calls": 0}

    def on_instruction(code: CodeType, offset: int) -> None:
        del code, offset
        counted["bytecodes"] += 1

    def on_start(code: CodeType, offset: int) -> None:
        del code, offset
        counted["calls"] += 1

    monitoring.use_tool_id(_TOOL, "taskgauge")
    try:
        monitoring.register_callback(_TOOL, events.INSTRUCTION, on_instruction)
        monitoring.register_callback(_TOOL, events.PY_START, on_start)
        monitoring.set_events(_TOOL, events.INSTRUCTION | events.PY_START)
        work()
        monitoring.set_events(_TOOL, events.NO_EVENTS)
    finally:
        monitoring.free_tool_id(_TOOL)
    return counted
