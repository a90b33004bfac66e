"""Judges a run of the gate from its files: problems, ledger, duet and conformance."""

from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path

from taskgauge.reports.judging.conformance.checked_targets import day_of
from taskgauge.reports.judging.gate.conformance_rows import Conformance, both_sides, conformance_rows, read_conformance
from taskgauge.reports.judging.gate.duet_rows import duet_rows
from taskgauge.reports.judging.gate.gate_verdict import Judged, Row, Verdict, worst_first
from taskgauge.reports.judging.gate.identical_sides import between_alike
from taskgauge.reports.judging.gate.ledger_rows import ledger_rows
from taskgauge.reports.judging.gate.problem_rows import problem_rows
from taskgauge.reports.judging.gate.repeat_command import Repeat, repeat
from taskgauge.reports.judging.gate.rounds import Duet, margins_of, weigh
from taskgauge.reports.judging.gate.sentences import compares, sentence
from taskgauge.reports.run_folder.duet_pairs import DUET, Pair, read_pairs
from taskgauge.reports.run_folder.errors import NotARunFolder, RunFolderNotFound
from taskgauge.reports.run_folder.gate_errors import NotAGateRun
from taskgauge.reports.run_folder.gate_files import (
    FOLDER,
    Problem,
    Sides,
    read_ledger,
    read_options,
    read_problems,
    read_sides,
)
from taskgauge.reports.run_folder.run_file import PartRecord, as_run, read_provenance

_LOAD_JUMP = 1.0
"""So many more processes wanted a processor at one time of the duet than at another."""


def is_gate_run(folder: Path) -> bool:
    """Whether a run folder is one of the gate."""
    return (folder / FOLDER).is_dir()


def judge(run_folder: Path) -> Judged:
    """Judge a run of the gate from its files, whatever it came to.

    Raises RunFolderNotFound, NotARunFolder, NotAGateRun, RunFileBroken, RunFolderNewer and PairsDoNotCompare.
    """
    provenance = _provenance(run_folder)
    problems = read_problems(run_folder)
    sides = _sides(run_folder, problems)
    again = repeat(sides, provenance)
    pairs = read_pairs(run_folder / DUET)
    duet = weigh(pairs, margins_of(run_folder)) if pairs else None
    conformance = read_conformance(run_folder, day_of(provenance))
    measured = (
        []
        if sides is not None and sides.same
        else list(_measured(run_folder, duet, conformance, again, _told(problems)))
    )
    parts = tuple(as_run(run_folder, provenance).parts)
    found = [*measured, *_ended(parts, provenance, problems, again)]
    rows = worst_first([between_alike(row) for row in found] if sides is not None and sides.alike else found)
    distrusted = duet.distrusted if duet else ()
    verdict = _verdict(rows, sides, distrusted)
    return Judged(
        verdict=verdict,
        sentence=sentence(verdict, rows, sides, distrusted),
        rows=rows,
        folder=run_folder,
        sides=sides,
        checks=duet.checks if duet else (),
        notes=tuple(_notes(pairs, rows, read_options(run_folder).pairs, provenance)),
        findings=duet.decision.findings if duet else (),
        checked=both_sides(conformance),
        parts=parts,
        provenance=dict(provenance),
    )


def _provenance(folder: Path) -> Mapping[str, object]:
    if not folder.exists():
        raise RunFolderNotFound(folder)
    if not is_gate_run(folder):
        raise NotAGateRun(folder) if (folder / "run.json").is_file() else NotARunFolder(folder)
    return read_provenance(folder)


def _sides(folder: Path, problems: Sequence[Problem]) -> Sides | None:
    """Return the sides; None only where a problem says why there are none."""
    if not (folder / FOLDER / "sides.json").is_file() and any(problem.part == "sides" for problem in problems):
        return None
    return read_sides(folder)


def _told(problems: Sequence[Problem]) -> Container[object]:
    """Return the sides and verbs of which a problem says why they are missing."""
    return {(each.side, each.verb) for each in problems if not each.once}


def _measured(
    folder: Path, duet: Duet | None, conformance: Conformance, again: Repeat, told: Container[object]
) -> Iterator[Row]:
    if duet is not None:
        yield from duet_rows(duet, again)
    if (ledger := read_ledger(folder)) is not None:
        yield from ledger_rows(ledger, again, told)
    yield from conformance_rows(conformance)


def _ended(
    parts: Sequence[PartRecord], provenance: Mapping[str, object], problems: Sequence[Problem], again: Repeat
) -> Iterator[Row]:
    yield from problem_rows(problems, parts, again)
    # One that still says that it runs was killed, or is read too early.
    if (state := provenance.get("state")) in {"interrupted", "running"}:
        measure = "interrupted" if state == "interrupted" else "did not come to its end"
        details = ("what was finished before is judged",)
        yield Row(part="problem", verb="the run", measure=measure, verdict="INCONCLUSIVE", details=details)


def _verdict(rows: Sequence[Row], sides: Sides | None, distrusted: Sequence[str]) -> Verdict:
    verdicts = {row.verdict for row in rows}
    if "REGRESSION" in verdicts:
        return Verdict.REGRESSION
    if "FAILED" in verdicts:
        return Verdict.FAILED
    if (sides is not None and sides.same) or not any(compares(row, sides) for row in rows):
        return Verdict.NOTHING_MEASURED
    return Verdict.INCONCLUSIVE if "INCONCLUSIVE" in verdicts or distrusted else Verdict.PASSED


def _notes(pairs: Sequence[Pair], rows: Sequence[Row], asked: int, provenance: Mapping[str, object]) -> Iterator[str]:
    loads = [load for pair in pairs for load in pair.load]
    if loads and max(loads) - min(loads) > _LOAD_JUMP:
        yield f"The load of the machine went from {min(loads):.1f} to {max(loads):.1f} while pairs ran."
    first: dict[str, int] = {}
    for pair in pairs:
        if (pair.comparison, pair.round) == ("head", "first"):
            first[pair.verb] = first.get(pair.verb, 0) + 1
    for verb, number in first.items():
        if number < asked:
            yield f"{verb}: {number} of {asked} pairs finished."
    found = provenance.get("left_out")
    left_out = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    yield from (f"Left out: {one.get('what')} ({one.get('why')})." for one in left_out)
    for part, words in (("duet", "times"), ("ledger", "counters"), ("conformance", "requirements")):
        if not any(row.part == part for row in rows) and not any(part in str(one.get("what")) for one in left_out):
            yield f"No {words} were compared."
