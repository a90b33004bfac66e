"""The report: reads run folders, judges them, and writes the same content in all forms."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from taskgauge.reports.judging.claims.analysis import Analysis, analyse, has_shapes
from taskgauge.reports.judging.claims.claim import Claim, read_claims
from taskgauge.reports.judging.claims.verdict import ClaimVerdict
from taskgauge.reports.judging.conformance.checked_targets import Checked, checked
from taskgauge.reports.judging.gate.calibration import calibration
from taskgauge.reports.judging.gate.calibration_results import Calibrated
from taskgauge.reports.judging.gate.gate_verdict import GateVerdict, Judged
from taskgauge.reports.judging.gate.judge import judge
from taskgauge.reports.pages.bench.behaviour_tables import behaviour_section
from taskgauge.reports.pages.bench.claim_tables import claim_lines, evidence_section, verdict_table
from taskgauge.reports.pages.bench.flat_records import records, to_csv, to_json
from taskgauge.reports.pages.bench.host_tables import host_sections
from taskgauge.reports.pages.bench.measurement_tables import measurement_sections, run_section
from taskgauge.reports.pages.bench.target_tables import target_sections
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

TITLE = "Variants of Django's task objects, compared"
CONFORMANCE_TITLE = "Conformance of task backends to Django's requirements"
BACKENDS_TITLE = "The cost of task backends"
GATES_TITLE = "Base and head, compared"
BOTH_TITLE = "Django's task framework: variants of its objects, and conformance of its backends"
_SPELLED_OUT = 20
"""The largest number of failures that a terminal shows in detail, unless all tables are asked for."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """The results of one run, or of several runs side by side. Its verdicts are in the order of runs, then of claims.

    `every` has an analysis of each run of any kind, `checked` the targets of all runs, and `gates` the runs that
    compare two sides. `calibrated` is the result of a gate's calibration, which cannot be combined with other runs.
    """

    every: tuple[Analysis, ...]
    checked: tuple[Checked, ...] = ()
    gates: tuple[Judged, ...] = ()
    calibrated: Calibrated | None = None

    @property
    def analyses(self) -> tuple[Analysis, ...]:
        """The analyses of the runs that measured something, or were meant to."""
        return tuple(analysis for analysis in self.every if analysis.run.is_bench)

    @property
    def verdicts(self) -> tuple[ClaimVerdict, ...]:
        """The verdicts on claims, of all runs."""
        return tuple(verdict for analysis in self.analyses for verdict in analysis.verdicts)

    @property
    def faults(self) -> tuple[str, ...]:
        """The faults, one line for each: lost tasks, regressions, broken MUSTs, known failures that no longer count."""
        lost = [fault for analysis in self.analyses for fault in analysis.faults]
        worse = [gate.sentence for gate in self.gates if gate.verdict is GateVerdict.REGRESSION]
        return (*lost, *worse, *(fault for target in self.checked for fault in target.faults))

    @property
    def gate(self) -> Judged | None:
        """The run of the gate if it is the only run of the report, else None."""
        return self.gates[0] if len(self.every) == len(self.gates) == 1 else None

    @property
    def not_judged(self) -> tuple[str, ...]:
        """A line for each target without verdicts, with the reason."""
        return tuple(f"{target.name}: {target.why}" for target in self.checked if not target.target.is_judged)

    @property
    def unfinished(self) -> tuple[str, ...]:
        """A line for each target whose run did not finish, with the reason."""
        return tuple(f"{target.name}: {target.why}" for target in self.checked if target.target.state == "partial")

    @property
    def unknown(self) -> int:
        """The number of verdicts that are UNKNOWN."""
        return sum(len(target.target.rows(Verdict.UNKNOWN)) for target in self.checked)

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
        """Return the report for a terminal; without `tables`, only the verdicts, the run details and the failures."""
        if self.gate:
            return render(self.gate, "terminal")
        if self.calibrated:
            return render_calibration(self.calibrated, "terminal", self.every[0].run.provenance)
        if tables:
            return to_text(self.document)
        titles = {"Run details"} if self.analyses else set()
        titles |= {section.title for section in target_sections(self.analyses)}
        titles |= {section.title for section in host_sections(self.analyses)}
        titles |= {section.title for section in _gates(self.gates)}
        if self.checked:
            titles.add("Conformance")
            if sum(row.verdict.breaks for target in self.checked for row in target.target.failing) <= _SPELLED_OUT:
                titles.add("Failures")
        sections = [section for section in self.document.sections if section.title in titles]
        if any(section.title == "Verdicts" for section in self.document.sections):
            sections.insert(0, Section(title="Verdicts", paragraphs=(claim_lines(self.analyses),)))
        return to_text(self.document, sections=sections)

    def files(self) -> dict[str, str]:
        """Return the content of each file of a report, by file name."""
        if self.gate:
            return gate_files(self.gate)
        if self.calibrated:
            return calibration_files(self.calibrated, self.every[0].run.provenance)
        written = {"report.md": to_markdown(self.document), "report.html": to_html(self.document)}
        if self.analyses:
            measurements = [record for analysis in self.analyses for record in records(analysis)]
            written |= {
                "measurements.csv": to_csv(measurements),
                "measurements.json": to_json(self.analyses, measurements),
            }
        if self.checked:
            rows = conformance_records.records(self.checked)
            written["conformance.csv"] = to_csv(rows, conformance_records.COLUMNS)
            written["conformance.json"] = conformance_records.to_json(self.checked)
        return written


def read_report(folders: Sequence[Path], claims: Sequence[Claim] | None = None, *, today: date | None = None) -> Report:
    """Return the report on run folders and write nothing.

    Known failures are judged on the day of the run. If a run does not record it, they are judged on `today`, by default
    the current day. Raises the ReportErrors of `read_run_folder`.
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
    """Write report.md, report.html, and the records as .csv and .json, into `out`, and return the report.

    The default of `out` is the first run folder. The records are called measurements for a benchmark, conformance for
    targets, and gate for a comparison of two sides. Raises a ReportError; then no file is half written.
    """
    report = read_report(folders)
    folder = out or folders[0]
    write_files(folder, report.files())
    return report


def _document(report: Report) -> Document:
    if report.gate:
        return gate_document(report.gate)
    has_measurements, has_targets = bool(report.analyses), bool(report.checked)
    sections = (
        *_gates(report.gates),
        *(_conformance(report) if has_targets else ()),
        *(_verdicts(report.analyses) if report.verdicts else ()),
        run_section(report.every),
        *(_measurements(report.analyses) if has_measurements else ()),
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
    if report.analyses and not report.checked and not any(has_shapes(analysis.run) for analysis in report.analyses):
        return BACKENDS_TITLE
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
        paragraphs=("The same rule computes each verdict from the figures. Opinions have figures but no verdict.",),
        tables=(verdict_table(analyses),),
    )
    yield evidence_section(analyses)


def _measurements(analyses: Sequence[Analysis]) -> Iterator[Section | None]:
    yield from measurement_sections(analyses)
    yield from target_sections(analyses)
    yield from host_sections(analyses)
    yield behaviour_section(analyses)
    yield control_section(analyses)
    yield growth_section(analyses)


def _summary(run: RunFolder) -> str:
    partial = [part.name for part in run.parts if part.state not in {FINISHED, NOT_RUN}]
    # A default run of an earlier version has no sessions with backends, and is complete without them.
    asked_for = {part.name for part in run.registry.parts if not part.on_request and part.files != "traces"}
    missing = [part.name for part in run.parts if part.state == NOT_RUN and part.name in asked_for]
    said = [f"{run.label}: {len(run.samples):,} samples."]
    if run.session_count:
        said.append(f"{run.session_count:,} sessions.")
    if partial:
        said.append(f"PARTIAL: {', '.join(partial)} did not finish.")
    if missing:
        said.append(f"Not run: {', '.join(missing)}.")
    return " ".join(said if partial or missing else [*said, "All parts finished."])
