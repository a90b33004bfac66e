"""The matrix of targets and requirements, with the cells that its pages show."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from textwrap import shorten

from taskgauge.reports.judging.conformance.areas import AREAS
from taskgauge.reports.judging.conformance.checked_targets import Checked
from taskgauge.reports.run_folder.target_results import Outcome, RequirementRow, TestOutcome
from taskgauge.reports.run_folder.verdict import Verdict
from taskgauge.reports.site.names import cell_anchor, safe_name


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The verdict of a target on a requirement."""

    checked: Checked
    row: RequirementRow

    @property
    def target(self) -> str:
        """The name of the target."""
        return self.checked.name

    @property
    def anchor(self) -> str:
        """The anchor of the cell, which never changes."""
        return cell_anchor(self.checked.target.target, self.row.id)

    @property
    def page(self) -> str:
        """The place of the cell's details, relative to the pages of its run."""
        return f"requirements/{safe_name(self.row.id)}.html#{safe_name(self.checked.target.target)}"

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reason of the verdict, then for each failed test the expected and the observed value."""
        row = self.row
        lines = [row.reason] if row.reason else []
        if row.inherited and row.verdict is Verdict.PASS:
            lines.append("Inherited from Django's base classes.")
        elif row.verdict is Verdict.PASS and row.tests:
            passed = sum(test.outcome is Outcome.PASSED for test in row.tests)
            lines.append(f"Kept in {passed} {'test' if passed == 1 else 'tests'}.")
        if row.known:
            state = self.checked.known_state(row)
            lines.append(f"Known failure ({state}) until {row.known.expires.isoformat()}: {row.known.reason}")
        failed = [test for test in row.tests if test.outcome is Outcome.FAILED]
        lines += [f"{test.name}: {words}" for test in failed if (words := _words(test, row))]
        if same := [test.name for test in failed if not _words(test, row)]:
            lines.append(f"Failed: {', '.join(same)}")
        return tuple(dict.fromkeys(lines))


def _words(test: TestOutcome, row: RequirementRow) -> str:
    """Return the values of a failed test, and its reason if that differs from the reason of its row."""
    said = (
        test.reason if test.reason != row.reason else "",
        f"expected {test.expected}" if test.expected else "",
        f"observed {test.seen}" if test.seen else "",
    )
    return "; ".join(filter(None, said))


@dataclass(frozen=True, kw_only=True)
class MatrixRow:
    """A requirement with the cell of each target; a target that was not asked for it has None."""

    requirement: RequirementRow
    cells: tuple[Cell | None, ...]

    @property
    def page(self) -> str:
        """The page of the requirement, relative to the pages of its run."""
        return f"requirements/{safe_name(self.requirement.id)}.html"

    @property
    def short(self) -> str:
        """The beginning of the sentence."""
        return shorten(self.requirement.sentence.replace("`", ""), 90, placeholder=" …")

    @property
    def broken(self) -> int:
        """The number of targets that do not keep it."""
        return sum(cell is not None and cell.row.verdict.fails for cell in self.cells)


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """All verdicts of a run: requirements in the order of the suite, targets by name."""

    targets: tuple[Checked, ...]
    rows: tuple[MatrixRow, ...]

    @cached_property
    def areas(self) -> dict[str, str]:
        """The areas of the requirements with their titles."""
        return {row.requirement.area: AREAS.get(row.requirement.area, "") for row in self.rows}

    @property
    def verdicts(self) -> tuple[str, ...]:
        """The verdicts that occur, in the usual order."""
        seen = {cell.row.verdict for row in self.rows for cell in row.cells if cell}
        return tuple(verdict for verdict in Verdict if verdict in seen)

    @property
    def by_verdict(self) -> list[tuple[str, list[list[Cell]]]]:
        """The verdicts that occur, each with the cells of every target."""
        columns = [[row.cells[place] for row in self.rows] for place in range(len(self.targets))]
        return [
            (word, [[cell for cell in cells if cell and cell.row.verdict == word] for cells in columns])
            for word in self.verdicts
        ]

    @property
    def stores(self) -> tuple[str, ...]:
        """The stores of the targets."""
        names = {part for checked in self.targets for part in checked.target.target.partition("@")[2].split("+")}
        return tuple(sorted(names - {""}))

    @property
    def shared(self) -> tuple[tuple[str, str], ...]:
        """The versions of packages that all targets have in common."""
        every = [set(checked.target.versions.items()) for checked in self.targets]
        return tuple(sorted(set.intersection(*every))) if every else ()

    def versions(self, checked: Checked) -> str:
        """Return the versions of a target that are not those of all targets."""
        own = (pair for pair in checked.target.versions.items() if pair not in self.shared)
        return ", ".join(f"{name} {version}" for name, version in own)


def matrix(targets: Sequence[Checked]) -> Matrix:
    """Return the matrix of the targets that have verdicts."""
    judged = sorted((checked for checked in targets if checked.target.is_judged), key=lambda checked: checked.name)
    by_target = [{row.id: Cell(checked=checked, row=row) for row in checked.target.requirements} for checked in judged]
    first: dict[str, RequirementRow] = {}
    for checked in sorted(judged, key=lambda checked: -len(checked.target.requirements)):
        for row in checked.target.requirements:
            first.setdefault(row.id, row)
    return Matrix(
        targets=tuple(judged),
        rows=tuple(
            MatrixRow(requirement=row, cells=tuple(cells.get(name) for cells in by_target))
            for name, row in first.items()
        ),
    )
