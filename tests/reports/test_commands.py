"""The command that measures targets again."""

from collections.abc import Callable

import pytest

from taskgauge.reports.run_folder.commands import DEFAULT_DEPTH, target_command
from taskgauge.reports.run_folder.declarations import REGISTRY
from taskgauge.reports.run_folder.run_file import Run
from taskgauge.suites.cli.bench_options import BenchOptions
from taskgauge.suites.run_control.options import Options


@pytest.mark.parametrize(
    ("asked", "more"),
    [
        (["--part", "idle", "--target", "huey@redis"], ""),
        (["--all", "--budget", "60m"], " --install --one-cell"),
        (["--all", "--all-cells"], " --install --all-cells"),
        (["--part=idle", "--target", "huey", "--install", "--quick"], " --install --quick"),
        (["--tasks", "1M"], f" --one-cell --tasks {DEFAULT_DEPTH}"),
        (["--tasks", "100", "--quick"], " --one-cell --tasks 100 --quick"),
        (["--quick"], " --one-cell --quick"),
        (["--full"], f" --one-cell --tasks {DEFAULT_DEPTH} --full"),
        ([], f" --one-cell --tasks {DEFAULT_DEPTH}"),
    ],
    ids=["here", "all", "all cells", "installed", "default tasks", "quick tasks", "quick", "full", "default"],
)
def test_a_target_is_measured_in_the_same_way_again(
    bench_options: Callable[..., BenchOptions], asked: list[str], more: str
) -> None:
    """The command keeps the environment of its own, the workloads and the scale, and chooses them as the run did."""
    run = Run(command=["taskgauge", "bench", *asked])
    command = target_command(REGISTRY.part("idle"), ["huey@redis"], run)

    assert command == f"taskgauge bench --part idle --target huey@redis{more}"
    again = command.split()[2:]
    assert workloads(bench_options(*asked).for_suites()) == workloads(bench_options(*again).for_suites())


def test_a_merged_part_has_the_command_of_its_own_run() -> None:
    """Two parts of a merged run were measured by two commands, and are measured again by these."""
    parts = {"idle": ["taskgauge", "bench", "--all"], "enqueue": ["taskgauge", "bench", "--part", "enqueue"]}
    merged = [{"parts": [name], "command": command} for name, command in parts.items()]
    run = Run(command=parts["idle"], options={"merged": merged})

    commands = [target_command(REGISTRY.part(name), ["huey@redis"], run) for name in parts]

    assert [command.partition("redis ")[2] for command in commands] == ["--install --one-cell", ""]


def workloads(options: Options) -> tuple[object, ...]:
    """Return what the workloads of whole backends depend on."""
    scale = options.scale
    return options.one_cell, options.all_cells, options.backlog, scale.name, scale.processes, scale.repetitions
