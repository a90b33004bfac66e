"""The one line of a tool's output that a reader needs, from outputs of real tools."""

import pytest

from taskgauge.backends.processes.error_line import explaining_line

UV_RESOLVES = """error: No solution found when resolving dependencies
  cause: Because there is no version of toy==99 and you require toy==99, we can conclude so.
"""
UV_RESOLVED_BEFORE = """  \u00d7 No solution found when resolving dependencies:
  \u2570\u2500\u25b6 Because toy was not found in the package registry and you require toy==1, we can conclude so.
"""
UV_BUILDS = """error: Failed to build `toy @ file:///tmp/toy`
  cause: The build backend returned an error
  cause: Call to `building.build_wheel` failed (exit status: 1)

         [stdout]
         hello

         [stderr]
         Traceback (most recent call last):
           File "/tmp/toy/building.py", line 1, in <module>
         ModuleNotFoundError: No module named 'nothing_such'

hint: Build failures usually indicate a problem with the package or the build environment
"""
PIP_BUILDS = """  error: subprocess-exited-with-error

  \u00d7 Getting requirements to build wheel did not run successfully.
  \u2502 exit code: 1
  \u2570\u2500> [2 lines of output]
      hello
      it does not build
      [end of output]

  note: This error originates from a subprocess, and is likely not a problem with pip.
ERROR: Failed to build 'file:///tmp/toy' when getting requirements to build wheel
"""
PIP_RESOLVES = """WARNING: Location 'file:///somewhere/' is ignored: it is neither a file nor a directory.
ERROR: Could not find a version that satisfies the requirement django==99 (from versions: 6.1.2, 6.1.3)
ERROR: No matching distribution found for django==99
"""


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (UV_RESOLVES, "Because there is no version of toy==99 and you require toy==99, we can "),
        (UV_RESOLVED_BEFORE, "Because toy was not found in the package registry"),
        (UV_BUILDS, "it does not build: ModuleNotFoundError: No module named 'nothing_such'"),
        (PIP_BUILDS, "it does not build: it does not build"),
        (PIP_RESOLVES, "No matching distribution found for django==99"),
        ("fatal: not a git repository\n", "not a git repository"),
        ("error: Invalid version request: Python 2.99\n", "Invalid version request: Python 2.99"),
        ("x" * 1000, "x" * 300),
        ("Traceback (most recent call last):\n  File 'x'\nTypeError: not <class 'X'>\n", "TypeError: not <class 'X'>"),
        ("E   first\nE   ValueError: 3\n=== short test summary info ===\nFAILED test_x.py\n", "ValueError: 3"),
        ("\n==== no tests ran in 0.01s ====\n", "no tests ran in 0.01s"),
        ("WARNING: no such queue\n", "WARNING: no such queue"),
    ],
)
def test_explaining_line(said: str, told: str) -> None:
    """It is the reason, and not the advice around it."""
    assert explaining_line(said).startswith(told)


def test_last_lines() -> None:
    """Where no line is marked as an error, as many last lines as wanted are joined."""
    assert explaining_line("a\nwrong option\n\n  in line 3\n", last=2) == "wrong option | in line 3"


def test_nothing_said() -> None:
    """Who says nothing tells nothing."""
    assert explaining_line(" \n\n") == "it said nothing"
