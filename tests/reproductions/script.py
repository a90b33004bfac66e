"""The head of a script: what it shows, for which targets and requirements, and what it needs."""

import ast
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent
_FIELDS = ("Targets", "Requirements", "Documentation", "Sentence")
_METADATA = re.compile(r"(?ms)^# /// script\n(.+?)^# ///$")


class HeadIncomplete(Exception):
    """A script does not say what it shows."""

    def __init__(self, path: Path, fact: str) -> None:
        super().__init__(f"{path.relative_to(ROOT)}: {fact}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One script, with the fields of its docstring and of its inline metadata (PEP 723)."""

    path: Path
    summary: str
    targets: tuple[str, ...]
    requirements: tuple[str, ...]
    documentation: str
    sentence: str
    python: str
    dependencies: tuple[Requirement, ...]

    @property
    def name(self) -> str:
        """The path below this folder, without `.py`."""
        return str(self.path.relative_to(ROOT).with_suffix(""))

    @property
    def accusations(self) -> frozenset[tuple[str, str]]:
        """The pairs of target and requirement that the script speaks of."""
        return frozenset((target, row) for target in self.targets for row in self.requirements)


def read_script(path: Path) -> Script:
    """Return a script with its head. Raises HeadIncomplete."""
    text = path.read_text(encoding="utf-8")
    summary, _, rest = (ast.get_docstring(ast.parse(text)) or "").partition("\n\n")
    fields = dict(line.split(": ", 1) for line in rest.splitlines() if ": " in line)
    if lack := [name for name in _FIELDS if name not in fields]:
        raise HeadIncomplete(path, f"its docstring lacks {', '.join(lack)}")
    block = _METADATA.search(text)
    if block is None:
        raise HeadIncomplete(path, "it has no inline metadata")
    metadata = tomllib.loads(re.sub(r"(?m)^# ?", "", block[1]))
    return Script(
        path=path,
        summary=" ".join(summary.split()),
        targets=tuple(fields["Targets"].split(", ")),
        requirements=tuple(fields["Requirements"].split(", ")),
        documentation=fields["Documentation"],
        sentence=fields["Sentence"],
        python=metadata["requires-python"],
        dependencies=tuple(map(Requirement, metadata["dependencies"])),
    )


def all_scripts() -> list[Script]:
    """Return all scripts, sorted by name. Raises HeadIncomplete."""
    return [read_script(path) for path in sorted(ROOT.glob("*/*.py"))]
