"""The command that reproduces a single figure."""

import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from taskgauge.reports.run_folder.registry import Part
from taskgauge.reports.run_folder.run_file import Run

DEFAULT_DEPTH = 30_000
"""The waiting tasks of a drain in a default run: its backends take some seconds at most, for which it has the time."""
_INSTALLING = {"--all", "--install"}
_FLAGS = {"--quick", "--full", "--all-cells"}
_OF_SCALE = {"--rows", "--tasks", "--processes", "--slices"}


def command(part: Part, metrics: Iterable[str | None] = (), arms: Iterable[str] = (), scale: Iterable[str] = ()) -> str:
    """Return the command for these metrics and arms, always with the baseline and its A/A control.

    `scale` are the options that set the scale of the run, as `scale_of` returns them.
    """
    words = ["taskgauge", "bench", "--part", part.name]
    for name in dict.fromkeys(filter(None, metrics)):
        words += ["--only", name]
    # Other parts always measure all of their arms together.
    if part.subject == "variants" and (arms := list(arms)):
        for arm in dict.fromkeys(filter(None, [part.baseline, part.control, *arms])):
            words += ["--variant", arm]
    return shlex.join([*words, *scale])


def target_command(part: Part, targets: Iterable[str], run: Run) -> str:
    """Return the command that measures these targets in this part again, with the floors of their stores.

    The command of the run tells it the scale, the workloads and the environments, which belong to the figures.
    """
    asked = _asked(part, run)
    names = {word.partition("=")[0] for word in asked}
    words = ["taskgauge", "bench", "--part", part.name]
    words += [word for name in targets for word in ("--target", name)]
    words += ["--install"] if _INSTALLING & names else []
    words += cell_options(asked)
    has_depth = "--tasks" in words
    return shlex.join([*words, *scale_of(asked, {"--tasks"} if has_depth else ())])


def cell_options(asked: Sequence[str]) -> tuple[str, ...]:
    """Return the options that choose the workloads of whole backends as the run with this command chose them."""
    names = {word.partition("=")[0] for word in asked}
    if asked and not names & {"--part", "--all"}:
        return ("--one-cell",) if "--quick" in names else ("--one-cell", "--tasks", f"{DEFAULT_DEPTH}")
    is_one_cell = "--one-cell" in names or ("--all" in names and "--all-cells" not in names)
    return ("--one-cell",) if is_one_cell else ()


def made_by(run: Run) -> tuple[str, ...]:
    """Return the commands that made a run; runs that were merged have one each."""
    commands = [shlex.join(_command_of(origin)) for origin in _origins(run)]
    return tuple(dict.fromkeys(commands)) or (shlex.join(run.command),)


def _asked(part: Part, run: Run) -> Sequence[str]:
    """Return the command that measured a part."""
    return next((_command_of(origin) for origin in _origins(run) if part.name in origin.get("parts", ())), run.command)


def _origins(run: Run) -> list[Mapping[str, Any]]:
    """Return the facts of the runs that were merged into a run."""
    return [origin for origin in run.options.get("merged") or () if isinstance(origin, dict)]


def _command_of(origin: Mapping[str, Any]) -> list[str]:
    return [str(word) for word in origin.get("command", ())]


def scale_of(asked: Sequence[str], without: Collection[str] = ()) -> tuple[str, ...]:
    """Return the options of a run's command that set how much it measures; the sizes of rows follow from them.

    Options in `without` are left out.
    """
    options: list[str] = []
    for word, value in zip(asked, [*asked, ""][1:], strict=True):
        if word in _FLAGS or word.partition("=")[0] in _OF_SCALE.difference(without):
            options += [word, value] if word in _OF_SCALE else [word]
    return tuple(options)
