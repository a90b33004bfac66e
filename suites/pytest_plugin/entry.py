"""The pytest entry point of Taskgauge: it does nothing unless the conformance suite is named.

Every pytest loads it where Taskgauge is installed, because
`pytest --pyargs taskgauge.suites.conformance --target NAME` needs the suite's options before it finds the suite.
"""

from pathlib import Path

import pytest

SUITE = "taskgauge.suites.conformance"
PLUGIN = f"{SUITE}.plugin"


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Load the suite's plugin if the arguments name the suite or its folder."""
    if any(_names_the_suite(argument.partition("::")[0]) for argument in args):
        early_config.pluginmanager.import_plugin(PLUGIN)


def _names_the_suite(argument: str) -> bool:
    if argument.startswith(SUITE):
        return True
    folder = Path(__file__).parents[1] / "conformance"
    return not argument.startswith("-") and Path(argument).resolve().is_relative_to(folder)
