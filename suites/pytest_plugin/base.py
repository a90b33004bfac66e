"""The base of Taskgauge's pytest plugins: it registers the run's option set, and reports progress."""

import sys
import time
from collections.abc import Generator
from typing import Any

import pytest

from taskgauge.suites.run_control.progress import Progress

_progress = pytest.StashKey[Progress]()


class OptionSets:
    """The hook that an option set implements."""

    @pytest.hookspec(firstresult=True)
    def pytest_taskgauge_option_set(self, config: pytest.Config) -> object | None:
        """Return a plugin with the hooks of a run with these options, or None if the run needs another option set."""


def load(pluginmanager: pytest.PytestPluginManager) -> None:
    """Register this module once; an option set calls this as soon as it is registered itself."""
    module = sys.modules[__name__]
    if not pluginmanager.is_registered(module):
        pluginmanager.register(module)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hook that option sets implement."""
    pluginmanager.add_hookspecs(OptionSets)


def add_option(parser: pytest.Parser, group: pytest.OptionGroup, name: str, **attributes: Any) -> None:
    """Add `--taskgauge-NAME` to a group, and `--NAME` as its short form if no other plugin has that option."""
    groups = [parser._anonymous, *parser._groups]  # noqa: SLF001 -- pytest has no other way to ask
    taken = {text for known in groups for option in known.options for text in option.names()}
    short = {f"--{name}"} - taken
    group.addoption(f"--taskgauge-{name}", *short, dest=f"taskgauge_{name}", **attributes)


def pytest_configure(config: pytest.Config) -> None:
    """Register the option set of this run."""
    config.stash[_progress] = Progress.from_environment()
    option_set = config.hook.pytest_taskgauge_option_set(config=config)
    if option_set is not None:
        config.pluginmanager.register(option_set, "taskgauge-option-set")


def progress_of(config: pytest.Config, item: str = "") -> Progress:
    """Return the object that reports progress to the driver; `item` is the name of the running item."""
    return Progress(config.stash[_progress].path, item=item)


def name_of(item: pytest.Item) -> str:
    """Return an item's name in progress and predictions; it does not depend on where the suite is installed."""
    return f"{item.path.stem}::{item.name}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Report the start and the end of an item."""
    progress = progress_of(item.config)
    progress.emit("started", item=name_of(item))
    begin = time.monotonic()
    result = yield
    progress.emit("finished", item=name_of(item), seconds=round(time.monotonic() - begin, 3))
    return result
