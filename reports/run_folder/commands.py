"""The command that reproduces a single figure."""

import shlex
from collections.abc import Collection, Iterable, Sequence

from taskgauge.reports.run_folder.registry import Part

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


def target_command(part: Part, targets: Iterable[str], asked: Sequence[str] = ()) -> str:
    """Return the command that measures these targets again, with the floors of their stores.

    `asked` is the command of the run: its scale and its environments belong to the figures.
    """
    words = ["taskgauge", "bench", "--part", part.name]
    names = {word.partition("=")[0] for word in asked}
    is_default = bool(names) and not names & {"--part", "--all"}
    is_one_cell = is_default or "--one-cell" in names or ("--all" in names and "--all-cells" not in names)
    options = ["--install"] if _INSTALLING & names else []
    options += ["--one-cell"] if is_one_cell else []
    # The depth of a default run does not follow --tasks, unless it is a quick one.
    scale = scale_of(asked, {"--tasks"} if is_default and "--quick" not in names else set())
    return shlex.join([*words, *(word for name in targets for word in ("--target", name)), *options, *scale])


def scale_of(asked: Sequence[str], without: Collection[str] = ()) -> tuple[str, ...]:
    """Return the options of a run's command that set how much it measures; the sizes of rows follow from them.

    Options in `without` are left out.
    """
    options: list[str] = []
    for word, value in zip(asked, [*asked, ""][1:], strict=True):
        if word in _FLAGS or word.partition("=")[0] in _OF_SCALE.difference(without):
            options += [word, value] if word in _OF_SCALE else [word]
    return tuple(options)
