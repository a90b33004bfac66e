"""The option set of the measuring suites: scale, arms, the run folder, and the items to leave out.

It is no entry point: it changes nothing unless `-p` names it.
"""

import argparse
import dataclasses
import os
import signal
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from taskgauge.suites.pytest_plugin import base
from taskgauge.suites.pytest_plugin.base import name_of, progress_of
from taskgauge.suites.run_control.memory import MemoryRefused, Need
from taskgauge.suites.run_control.options import SCALES, CountNotUnderstood, Options, parse_count
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.shapes.arms import with_baseline
from taskgauge.suites.shapes.variants import VariantError, load

REFUSED = 70
"""Exit code of a part's pytest if the part does not fit into memory; only the driver reads it."""
_UNPREDICTED = 1.0
"""Predicted seconds of an item whose suite predicts nothing."""

_options = pytest.StashKey[Options]()


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Load the plugin that all option sets share."""
    base.load(pluginmanager)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a run."""
    group = parser.getgroup("taskgauge", "Taskgauge's suites")
    add = group.addoption
    add("--run-folder", type=Path, metavar="DIR", help="folder for the results (default: a temporary folder)")
    add(
        "--variant",
        "--arm",
        action="append",
        default=[],
        metavar="NAME",
        dest="arms",
        help="measure only this arm (repeatable)",
    )
    add(
        "--only",
        action="append",
        default=[],
        metavar="OPERATION",
        help="measure only this operation or measure (repeatable)",
    )
    # The option set of the conformance suite has --target, and both are loaded side by side.
    add(
        "--measured-target",
        action="append",
        default=[],
        metavar="NAME",
        dest="targets",
        help="measure this target (repeatable)",
    )
    add(
        "--measured-environment",
        action="append",
        default=[],
        metavar="BACKEND=PATH",
        dest="environments",
        help="measure this backend by the interpreter at this path (repeatable)",
    )
    add("--one-cell", action="store_true", help="measure only the first workload of each target and part")
    add("--calls-from-drains", action="store_true", help="take the times of enqueue() from the drains of this run")
    add("--backlog", type=_count, metavar="N", help="tasks that wait for a drain")
    add("--rows", choices=("production", "installed", "both"), default="production", help="rows of each target")
    add("--all-cells", action="store_true", help="run all workloads of the parts that measure whole backends")
    add("--scale", choices=sorted(SCALES), default="quick", help="size of the run (default: %(default)s)")
    add("--tasks", type=_count, metavar="N", help="tasks that each headline arm holds, pickles and pipes")
    add("--processes", type=_count, metavar="N", help="fresh processes for each timed operation")
    add("--slices", type=_count, metavar="N", help="slices of each arm in each process")
    add("--seed", type=int, default=0, metavar="N", help="seed of every random choice")
    add("--repetition", type=int, default=0, metavar="N", help="number of this repetition, from 0")
    add("--memory", type=int, metavar="BYTES", help="memory that the run may use at most")


def _count(text: str) -> int:
    try:
        return parse_count(text)
    except CountNotUnderstood as error:
        raise argparse.ArgumentTypeError(str(error)) from error


@pytest.hookimpl(trylast=True)
def pytest_taskgauge_option_set(config: pytest.Config) -> object:
    """Set Django up, read the options, and return the hooks; the option set of a run for a target is asked first."""
    config.addinivalue_line("markers", "measures(*names): the operations or measures of this item, for --only")
    config.addinivalue_line("markers", "of_target(name): the target that this item measures")
    config.addinivalue_line(
        "markers", "repetitions(n): the number of repetitions of its part that run this item (default: all)"
    )
    config.addinivalue_line(
        "markers", "on_request: this item runs only in a run without limits, or where --only names it"
    )
    progress = progress_of(config)
    if progress.path is not None:
        # A part in a shell's background inherits an ignored SIGINT, but the driver stops a part by SIGINT.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ["DJANGO_SETTINGS_MODULE"] = "taskgauge.suites.shapes.settings"
    import django  # noqa: PLC0415 -- only after the settings are named

    django.setup()
    config.stash[_options] = options = _read_options(config)
    try:
        for arm in options.arms:
            load(arm)
    except VariantError as error:
        progress.emit("wrong use", reason=str(error))
        raise pytest.UsageError(str(error)) from error
    return MeasuringRun()


def _read_options(config: pytest.Config) -> Options:
    option = config.getoption
    scale = SCALES[option("--scale")]
    tasks = option("--tasks")
    measured = scale() if tasks is None else scale(tasks)
    changes = {name: option(f"--{name}") for name in ("processes", "slices") if option(f"--{name}")}
    folder = option("--run-folder")
    return Options(
        scale=dataclasses.replace(measured, **changes),
        run_folder=folder.resolve() if folder else config.rootpath / "no run folder",
        arms=with_baseline(option("arms")),
        only=tuple(option("--only")),
        seed=option("--seed"),
        repetition=option("--repetition"),
        targets=tuple(option("targets")),
        environments=tuple(option("environments")),
        one_cell=option("--one-cell"),
        calls_from_drains=option("--calls-from-drains"),
        rows=option("--rows"),
        backlog=option("--backlog"),
        all_cells=option("--all-cells") or option("--scale") == "full",
        memory=option("--memory"),
    )


def options_of(config: pytest.Config) -> Options:
    """Return the options of this run, as far as they are known while items are collected."""
    return config.stash[_options]


@pytest.fixture(scope="session")
def options(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Options:
    """Return the options of this run; without `--run-folder`, results go to a temporary folder."""
    chosen = pytestconfig.stash[_options]
    if pytestconfig.getoption("--run-folder") is None:
        return dataclasses.replace(chosen, run_folder=tmp_path_factory.mktemp("run"))
    return chosen


@pytest.fixture(scope="session")
def run_folder(options: Options) -> Path:
    """Create and return the folder for the results of this run."""
    options.run_folder.mkdir(parents=True, exist_ok=True)
    return options.run_folder


@pytest.fixture
def progress(request: pytest.FixtureRequest) -> Progress:
    """Return the object that reports the progress of the running item."""
    return progress_of(request.config, name_of(request.node))


def measures_of(item: pytest.Item) -> set[str]:
    """Return the names that `--only` may use for this item: its measures, its parameters, its function's name."""
    names = {str(name) for marker in item.iter_markers("measures") for name in marker.args}
    callspec = getattr(item, "callspec", None)
    if callspec is not None:
        names |= {value for value in callspec.params.values() if isinstance(value, str)} | {callspec.id}
    if isinstance(item, pytest.Function):
        names.add(item.originalname.removeprefix("test_").replace("_", "-"))
    return names


def _listed(item: pytest.Item) -> dict[str, Any]:
    repetitions = item.get_closest_marker("repetitions")
    return {
        "item": name_of(item),
        "path": str(item.path),
        "measures": sorted(measures_of(item)),
        "repetitions": repetitions.args[0] if repetitions else None,
        "on_request": _is_on_request(item),
        "target": target.args[0] if (target := item.get_closest_marker("of_target")) else "",
        "seconds": _predicted_seconds(item),
    }


def _is_on_request(item: pytest.Item) -> bool:
    full = item.config.stash[_options].scale.name == "full"
    return not full and item.get_closest_marker("on_request") is not None


def _predicted_seconds(item: pytest.Item) -> float:
    """Return the predicted seconds of an item, from its module's `predicted_seconds(options, name, **parameters)`."""
    predict: Callable[..., float] | None = getattr(getattr(item, "module", None), "predicted_seconds", None)
    if predict is None:
        return _UNPREDICTED
    callspec = getattr(item, "callspec", None)
    name = item.originalname if isinstance(item, pytest.Function) else item.name
    return predict(item.config.stash[_options], name, **(callspec.params if callspec else {}))


class MeasuringRun:
    """The hooks of a run that measures."""

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the items that `--only` names, or else all that need not be named; report the items to the driver.

        The driver's survey has all items.
        """
        only = set(config.stash[_options].only)
        if not config.option.collectonly:
            kept = [item for item in items if (only & measures_of(item) if only else not _is_on_request(item))]
            config.hook.pytest_deselected(items=[item for item in items if item not in kept])
            items[:] = kept
        progress_of(config).emit("collected", items=[_listed(item) for item in items])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Refuse modules that would not fit into memory, before anything runs.

        A module of a suite may have `memory_need(options) -> Need`, which predicts its peak from a small sample.
        """
        if session.config.option.collectonly:
            return
        options = session.config.stash[_options]
        modules = {item.module: None for item in session.items if isinstance(item, pytest.Function)}
        for module in modules:
            predict: Callable[[Options], Need] | None = getattr(module, "memory_need", None)
            if predict is None:
                continue
            try:
                predict(options).check(options.memory)
            except MemoryRefused as refusal:
                progress_of(session.config).emit("refused", item="", reason=str(refusal))
                pytest.exit(str(refusal), returncode=REFUSED)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Report failed and left-out items; an item that does not fit into memory is left out, and the run goes on."""
        report = yield
        progress = progress_of(item.config)
        if call.excinfo is not None and isinstance(call.excinfo.value, MemoryRefused):
            report.outcome = "skipped"
            report.longrepr = (str(item.path), 0, f"Skipped: {call.excinfo.value}")
            progress.emit("refused", item=name_of(item), reason=str(call.excinfo.value))
        elif report.failed and call.excinfo is not None:
            progress.emit("problem", item=name_of(item), reason=_one_line(call.excinfo))
        elif report.skipped and isinstance(report.longrepr, tuple):
            progress.emit("left out", item=name_of(item), reason=str(report.longrepr[2]).removeprefix("Skipped: "))
        return report


def _one_line(excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    text = " ".join(str(excinfo.value).split()[:60])
    return f"{excinfo.typename}: {text}" if text else excinfo.typename
