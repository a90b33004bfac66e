"""The command that measures targets again."""

import pytest

from taskgauge.reports.run_folder.commands import target_command
from taskgauge.reports.run_folder.declarations import REGISTRY


@pytest.mark.parametrize(
    ("asked", "more"),
    [
        (["taskgauge", "bench", "--target", "huey@redis"], ""),
        (["taskgauge", "bench", "--all", "--budget", "60m"], " --install"),
        (["taskgauge", "bench", "--target", "huey", "--install", "--quick"], " --install --quick"),
    ],
    ids=["here", "all", "installed"],
)
def test_environments_belong_to_the_command(asked: list[str], more: str) -> None:
    """A target that was measured in an environment of its own is measured so again, at the same scale."""
    command = target_command(REGISTRY.part("idle"), ["huey@redis"], asked)

    assert command == f"taskgauge bench --part idle --target huey@redis{more}"
