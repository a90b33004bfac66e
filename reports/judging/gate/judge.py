"""The rule for a run of the gate: its problems, ledger, duet and conformance come to one verdict."""

from collections.abc import Container, Iterator, Mapping, Sequence

from taskgauge.reports.judging.gate.conformance_rows import both_sides, conformance_rows
from taskgauge.reports.judging.gate.duet_rows import duet_rows
from taskgauge.reports.judging.gate.gate_verdict import GateRow, GateVerdict, Judged, worst_first
from taskgauge.reports.judging.gate.identical_sides import between_alike
from taskgauge.reports.judging.gate.ledger_rows import ledger_rows
from taskgauge.reports.judging.gate.problem_rows import problem_rows
from taskgauge.reports.judging.gate.repeat_command import Repeat, repeat
from taskgauge.reports.judging.gate.rounds import DuetResult, weigh
from taskgauge.reports.judging.gate.sentences import compares, sentence
from taskgauge.reports.run_folder.duet_pairs import Pair
from taskgauge.reports.run_folder.gate_files import Problem, Sides
from taskgauge.reports.run_folder.gate_folder import GateFolder
from taskgauge.reports.run_folder.run_file import PartRecord

_LOAD_JUMP = 1.0
"""So many more processes wanted a processor at one time of the duet than at another."""


def judge(run: GateFolder) -> Judged:
    """Judge a run of the gate, whatever it came to."""
    sides = run.sides
    again = repeat(sides, run.provenance)
    duet = weigh(run.pairs, run.options) if run.pairs else None
    unsorted = [] if sides is not None and sides.same else list(_measured(run, duet, again))
    unsorted += _ended(run.parts, run.provenance, run.problems, again)
    rows = worst_first([between_alike(row) for row in unsorted] if sides is not None and sides.alike else unsorted)
    distrusted = duet.distrusted if duet else ()
    verdict = _verdict(rows, sides, distrusted)
    return Judged(
        verdict=verdict,
        sentence=sentence(verdict, rows, sides, distrusted),
        rows=rows,
        folder=run.folder,
        sides=sides,
        checks=duet.checks if duet else (),
        notes=tuple(_notes(run.pairs, rows, run.options.pairs, run.provenance)),
        findings=duet.decision.findings if duet else (),
        checked=both_sides(run.targets, run.day),
        parts=run.parts,
        provenance=dict(run.provenance),
    )


def _measured(run: GateFolder, duet: DuetResult | None, again: Repeat) -> Iterator[GateRow]:
    if duet is not None:
        yield from duet_rows(duet, again)
    if run.ledger is not None:
        yield from ledger_rows(run.ledger, again, _explained(run.problems))
    yield from conformance_rows(run.targets, run.day)


def _explained(problems: Sequence[Problem]) -> Container[object]:
    """Return the sides and operations of which a problem says why they are missing."""
    return {(problem.side, problem.operation) for problem in problems if not problem.once}


def _ended(
    parts: Sequence[PartRecord], provenance: Mapping[str, object], problems: Sequence[Problem], again: Repeat
) -> Iterator[GateRow]:
    yield from problem_rows(problems, parts, again)
    # One that still says that it runs was killed, or is read too early.
    if (state := provenance.get("state")) in {"interrupted", "running"}:
        measure = "interrupted" if state == "interrupted" else "did not come to its end"
        details = ("what was finished before is judged",)
        yield GateRow(part="problem", operation="the run", measure=measure, verdict="INCONCLUSIVE", details=details)


def _verdict(rows: Sequence[GateRow], sides: Sides | None, distrusted: Sequence[str]) -> GateVerdict:
    verdicts = {row.verdict for row in rows}
    if "REGRESSION" in verdicts:
        return GateVerdict.REGRESSION
    if "FAILED" in verdicts:
        return GateVerdict.FAILED
    if (sides is not None and sides.same) or not any(compares(row, sides) for row in rows):
        return GateVerdict.NOTHING_MEASURED
    return GateVerdict.INCONCLUSIVE if "INCONCLUSIVE" in verdicts or distrusted else GateVerdict.PASSED


def _notes(
    pairs: Sequence[Pair], rows: Sequence[GateRow], asked: int, provenance: Mapping[str, object]
) -> Iterator[str]:
    loads = [load for pair in pairs for load in pair.load]
    if loads and max(loads) - min(loads) > _LOAD_JUMP:
        yield f"The load of the machine went from {min(loads):.1f} to {max(loads):.1f} while pairs ran."
    first: dict[str, int] = {}
    for pair in pairs:
        if (pair.comparison, pair.round) == ("head", "first"):
            first[pair.operation] = first.get(pair.operation, 0) + 1
    for operation, number in first.items():
        if number < asked:
            yield f"{operation}: {number} of {asked} pairs finished."
    entries = provenance.get("left_out")
    left_out = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    yield from (f"Left out: {entry.get('what')} ({entry.get('why')})." for entry in left_out)
    for part, words in (("duet", "times"), ("ledger", "counters"), ("conformance", "requirements")):
        if not any(row.part == part for row in rows) and not any(part in str(entry.get("what")) for entry in left_out):
            yield f"No {words} were compared."
