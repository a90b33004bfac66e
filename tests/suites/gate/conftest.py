"""What the gate's tests share: sides made of toys, in real environments that need no index."""

import random
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from packaging.requirements import Requirement

sys.path.insert(0, str(Path(__file__).parent))

import toys

from taskgauge.backends.environments.installed_packages import Installed
from taskgauge.backends.environments.installer import Environment
from taskgauge.backends.processes.interruption import Interruption
from taskgauge.suites.gate.gate_context import GateContext
from taskgauge.suites.gate.gate_plan import choose
from taskgauge.suites.gate.problems import ProblemsFile
from taskgauge.suites.gate.processes import Timeouts, copy_code
from taskgauge.suites.gate.side_spec import SideSpec
from taskgauge.suites.gate.sides import InstalledSide, InstalledSides
from taskgauge.suites.gate.sources import Source

Changes = dict[str, str]


def side(name: str, folder: Path, changes: Changes) -> InstalledSide:
    """Make an environment that sees this one's packages, with a toy of its own in it."""
    environment = Environment(folder=folder / name)
    words = [sys.executable, "-m", "venv", "--without-pip", str(environment.folder)]
    subprocess.run(words, check=True, capture_output=True)
    [site] = environment.folder.glob("lib/python*/site-packages")
    (site / "shared.pth").write_text(sysconfig.get_path("purelib"))
    toys.package(site, **changes)
    source = Source(
        asked=SideSpec(text="toytasks==1.0", kind="requirement", requirement=Requirement("toytasks==1.0")),
        name="toytasks",
        project=toys.project(folder / f"source-{name}"),
    )
    installed = Installed(
        python="", versions={"toytasks": "1.0"}, direct=frozenset(), content=repr(changes), imports=("toytasks",)
    )
    return InstalledSide(name=name, source=source, environment=environment, installed=installed)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Callable[..., GateContext]]:
    """Make a workshop with a toy as base and another as head: what changes in head is given by keyword."""
    with ExitStack() as stack:

        def make(only: tuple[str, ...] = (), *, base: Changes | None = None, **head: str) -> GateContext:
            sides = InstalledSides(base=side("base", tmp_path, base or {}), head=side("head", tmp_path, head))
            choice = choose((), only, (), base=sides.base.source, head=sides.head.source, folder=tmp_path)
            for name in ("run/log", "run/gate", "work", "code"):
                (tmp_path / name).mkdir(parents=True)
            made = GateContext(
                sides=sides,
                profiles=choice.profiles,
                run_folder=tmp_path / "run",
                temporary=tmp_path / "work",
                code=copy_code(tmp_path / "code"),
                tools=None,
                interruption=Interruption(),
                timeouts=Timeouts(start=60, step=8),
                problems=ProblemsFile(tmp_path / "run"),
                random=random.Random(7),  # noqa: S311 -- no secret
            )
            stack.callback(made.close)
            return made

        yield make
