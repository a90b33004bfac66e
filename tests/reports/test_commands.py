"""The command that measures targets again."""

import pytest

from taskgauge.reports.run_folder.commands import target_command
from taskgauge.reports.run_folder.declarations import REGISTRY


@pytest.mark.parametrize(
    ("asked", "more"),
    [
        (["--part", "idle", "--target", "huey@redis"], ""),
        (["--all", "--budget", "60m"], " --install --one-cell"),
        (["--all", "--all-cells"], " --install --all-cells"),
        (["--part=idle", "--target", "huey", "--install", "--quick"], " --install --quick"),
        (["--tasks", "1M"], " --one-cell"),
        (["--tasks", "100", "--quick"], " --one-cell --tasks 100 --quick"),
        ([], " --one-cell"),
    ],
    ids=["here", "all", "all cells", "installed", "default", "default quick", "default alone"],
)
def test_a_target_is_measured_in_the_same_way_again(asked: list[str], more: str) -> None:
    """The command keeps the environment of its own, the only cell, and the scale."""
    command = target_command(REGISTRY.part("idle"), ["huey@redis"], ["taskgauge", "bench", *asked])

    assert command == f"taskgauge bench --part idle --target huey@redis{more}"
