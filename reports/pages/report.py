"""The report: read run folders, work them out, and write the same content in every form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from taskgauge.reports.judging.claims.analysis import Analysis, analyse
from taskgauge.reports.judging.claims.claim import Claim, read_claims
from taskgauge.reports.judging.claims.verdict import ClaimVerdict
from taskgauge.reports.judging.conformance.checked_targets import Checked, checked
from taskgauge.reports.judging.gate.calibration import calibration
from taskgauge.reports.judging.gate.calibration_results import Calibrated
from taskgauge.reports.judging.gate.gate_verdict import GateVerdict, Judged
from taskgauge.reports.judging.gate.judge import judge
from taskgauge.reports.pages.bench.behaviour_tables import behaviour_section
from taskgauge.reports.pages.bench.claim_tables import evidence_section, verdict_table
from taskgauge.reports.pages.bench.flat_records import records, to_csv, to_json
from taskgauge.reports.pages.bench.measurement_tables import measurement_sections, run_section
from taskgauge.reports.pages.bench.trust_tables import control_section, growth_section
from taskgauge.reports.pages.conformance import flat_records as conformance_records
from taskgauge.reports.pages.conformance.behaviour import behaviour_sections
from taskgauge.reports.pages.conformance.failures import failure_sections
from taskgauge.reports.pages.conformance.matrix import conformance_section
from taskgauge.reports.pages.conformance.open_rows import open_section, targets_section
from taskgauge.reports.pages.conformance.summary import summary
from taskgauge.reports.pages.gate.calibration_report import document as calibration_document
from taskgauge.reports.pages.gate.calibration_report import files as calibration_files
from taskgauge.reports.pages.gate.calibration_report import render_calibration
from taskgauge.reports.pages.gate.gate_document import document as gate_document
from taskgauge.reports.pages.gate.gate_document import sections as gate_sections
from taskgauge.reports.pages.gate.rendering import files as gate_files
from taskgauge.reports.pages.gate.rendering import render
from taskgauge.reports.rendering.document import Document, Section
from taskgauge.reports.rendering.html import to_html
from taskgauge.reports.rendering.markdown import to_markdown
from taskgauge.reports.rendering.terminal import to_text
from taskgauge.reports.run_folder.documents import write_files
from taskgauge.reports.run_folder.errors import NothingToReport
from taskgauge.reports.run_folder.gate_errors import CalibrationNotAlone
from taskgauge.reports.run_folder.gate_folder import read_gate_folder
from taskgauge.reports.run_folder.reader import RunFolder, read_run_folder
from taskgauge.reports.run_folder.run_file import FINISHED, NOT_RUN
from taskgauge.reports.run_folder.verdict import Verdict

TITLE = "Which shape should Django's task objects have?"
CONFORMANCE_TITLE = "Which task backend keeps what Django asks?"
GATES_TITLE = "Which changes are worse than what was before?"
BOTH_TITLE = "Django's task framework: the shape of its objects, and what its backends keep"

# A terminal has more failures than these spelled out only when it is asked for all.
_SPELLED_OUT = 20


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was found in one run or several side by side. Its verdicts come run by run, claim by claim.

    `every` has an analysis of each run, whatever it did; `checked` are the targets of all runs, `gates` the runs that
    compare two sides. `calibrated` is what a calibration of the gate found; it stands alone.
    """

    every: tuple[Analysis, ...]
    checked: tuple[Checked, ...] = ()
    gates: tuple[Judged, ...] = ()
    calibrated: Calibrated | None = None

    @property
    def analyses(self) -> tuple[Analysis, ...]:
        """The analyses of the runs that measured something, or should have."""
        return tuple(analysis for analysis in self.every if analysis.run.is_bench)

    @property
    def verdicts(self) -> tuple[ClaimVerdict, ...]:
        """Every verdict of every run."""
        return tuple(verdict for analysis in self.analyses for verdict in analysis.verdicts)

    @property
    def faults(self) -> tuple[str, ...]:
        """One line for each thing that must not be: lost tasks, broken MUSTs, known failures that are none any more."""
        lost = [fault for analysis in self.analyses for fault in analysis.faults]
        worse = [gate.sentence for gate in self.gates if gate.verdict is GateVerdict.REGRESSION]
        return (*lost, *worse, *(fault for one in self.checked for fault in one.faults))

    @property
    def gate(self) -> Judged | None:
        """The run of the gate, where the report is on it and on nothing else."""
        return self.gates[0] if len(self.every) == len(self.gates) == 1 else None

    @property
    def not_judged(self) -> tuple[str, ...]:
        """The targets that came to no verdicts, each with its reason, in one line."""
        return tuple(f"{one.name}: {one.why}" for one in self.checked if not one.target.is_judged)

    @property
    def unfinished(self) -> tuple[str, ...]:
        """The targets whose run did not come to its end, each with its reason, in one line."""
        return tuple(f"{one.name}: {one.why}" for one in self.checked if one.target.state == "partial")

    @property
    def unknown(self) -> int:
        """How many verdicts could not be concluded."""
        return sum(len(one.target.rows(Verdict.UNKNOWN)) for one in self.checked)

    @cached_property
    def document(self) -> Document:
        """The content that all forms share."""
        if self.calibrated:
            return calibration_document(self.calibrated, self.every[0].run.provenance)
        return _document(self)

    @property
    def text(self) -> str:
        """The whole report for a terminal."""
        return self.terminal()

    def terminal(self, *, tables: bool = True) -> str:
        """Return the report for a terminal; without `tables`, only the verdicts and what was run or is broken."""
        if self.gate:
            return render(self.gate, "terminal")
        if self.calibrated:
            return render_calibration(self.calibrated, "terminal", self.every[0].run.provenance)
        if tables:
            return to_text(self.document)
        titles = {"Verdicts", "What was run"} if self.analyses else set()
        titles |= {section.title for section in _gates(self.gates)}
        if self.checked:
            titles.add("Conformance")
            if sum(row.verdict.breaks for one in self.checked for row in one.target.failing) <= _SPELLED_OUT:
                titles.add("Failures")
        return to_text(self.document, sections=[each for each in self.document.sections if each.title in titles])

    def files(self) -> dict[str, str]:
        """Return the content of each file that a report consists of, by name."""
        if self.gate:
            return gate_files(self.gate)
        if self.calibrated:
            return calibration_files(self.calibrated, self.every[0].run.provenance)
        written = {"report.md": to_markdown(self.document), "report.html": to_html(self.document)}
        if self.analyses:
            found = [record for analysis in self.analyses for record in records(analysis)]
            written |= {"measurements.csv": to_csv(found), "measurements.json": to_json(self.analyses, found)}
        if self.checked:
            rows = conformance_records.records(self.checked)
            written["conformance.csv"] = to_csv(rows, conformance_records.COLUMNS)
            written["conformance.json"] = conformance_records.to_json(self.checked)
        return written


def read_report(folders: Sequence[Path], claims: Sequence[Claim] | None = None, *, today: date | None = None) -> Report:
    """Return the report on run folders and write nothing.

    `today` is the day for known failures of a run that does not say when it started; without it, the clock's. Raises
    the ReportErrors of `read_run_folder`.
    """
    if not folders:
        raise NothingToReport
    runs = [read_run_folder(folder) for folder in folders]
    every = analyse(runs, read_claims() if claims is None else claims)
    if any(run.is_calibration for run in runs):
        if not all(run.is_calibration for run in runs):
            raise CalibrationNotAlone(next(run.path for run in runs if run.is_calibration))
        return Report(every=every, calibrated=calibration(*(run.path for run in runs)))
    return Report(
        every=every,
        checked=checked(every, today or datetime.now(UTC).date()),
        gates=tuple(judge(read_gate_folder(run.path)) for run in runs if run.is_gate),
    )


def write_report(folders: Sequence[Path], out: Path | None = None) -> Report:
    """Report on run folders, and write report.md, report.html, and the records as .csv and .json, into `out`.

    The records are called measurements where something was measured, conformance where something was checked, and
    gate where two sides were compared.
    Without `out` that is the first run folder. Raises a ReportError; then nothing is half written.
    """
    report = read_report(folders)
    folder = out or folders[0]
    write_files(folder, report.files())
    return report


def _document(report: Report) -> Document:
    if report.gate:
        return gate_document(report.gate)
    measured, found = bool(report.analyses), bool(report.checked)
    sections = (
        *_gates(report.gates),
        *(_conformance(report) if found else ()),
        *(_verdicts(report.analyses) if measured else ()),
        run_section(report.every),
        *(_measurements(report.analyses) if measured else ()),
    )
    said = [
        *(gate.sentence for gate in report.gates),
        summary(report.checked),
        *(_summary(analysis.run) for analysis in report.analyses),
    ]
    return Document(
        title=_title(report),
        summary=" ".join(filter(None, said)),
        sections=tuple(section for section in sections if section is not None),
    )


def _title(report: Report) -> str:
    if report.analyses and report.checked:
        return BOTH_TITLE
    return CONFORMANCE_TITLE if report.checked else TITLE if report.analyses else GATES_TITLE


def _gates(gates: Sequence[Judged]) -> Iterator[Section]:
    for gate in gates:
        for section in gate_sections(gate):
            yield replace(section, title=f"{section.title}: {gate.folder.resolve().name}")


def _conformance(report: Report) -> Iterator[Section]:
    yield conformance_section(report.checked)
    yield from failure_sections(report.checked)
    yield from behaviour_sections(report.checked)
    yield open_section(report.checked)
    yield targets_section(report.checked, [analysis.run for analysis in report.every])


def _verdicts(analyses: Sequence[Analysis]) -> Iterator[Section]:
    yield Section(
        title="Verdicts",
        paragraphs=("Each verdict follows from the figures by the same rule; opinions have figures and no verdict.",),
        tables=(verdict_table(analyses),),
    )
    yield evidence_section(analyses)


def _measurements(analyses: Sequence[Analysis]) -> Iterator[Section | None]:
    yield from measurement_sections(analyses)
    yield behaviour_section(analyses)
    yield control_section(analyses)
    yield growth_section(analyses)


def _summary(run: RunFolder) -> str:
    partial = [part.name for part in run.parts if part.state not in {FINISHED, NOT_RUN}]
    missing = [part.name for part in run.parts if part.state == NOT_RUN]
    said = [f"{run.label}: {len(run.samples):,} samples."]
    if partial:
        said.append(f"PARTIAL: {', '.join(partial)} did not finish.")
    if missing:
        said.append(f"Not run: {', '.join(missing)}.")
    return " ".join(said if partial or missing else [*said, "All parts finished."])
