"""The report: read run folders, work them out, and write the same content in every form."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from taskgauge.reports.analysis import Analysis, analyse
from taskgauge.reports.behaviour_tables import behaviour_section
from taskgauge.reports.claims.claim import Claim, read_claims
from taskgauge.reports.claims.verdict import Verdict
from taskgauge.reports.document import Document, Section
from taskgauge.reports.errors import NothingToReport, ReportNotWritable
from taskgauge.reports.html import to_html
from taskgauge.reports.markdown import to_markdown
from taskgauge.reports.records import records, to_csv, to_json
from taskgauge.reports.run_folder import RunFolder, read_run_folder
from taskgauge.reports.run_records import FINISHED, NOT_RUN
from taskgauge.reports.tables import measurement_sections, run_section
from taskgauge.reports.terminal import to_text
from taskgauge.reports.trust_tables import growth_section, placebo_section
from taskgauge.reports.verdict_tables import evidence_section, verdict_table

TITLE = "Which shape should Django's task objects have?"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was found in one run or several side by side. Its verdicts come run by run, claim by claim."""

    analyses: tuple[Analysis, ...]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Every verdict of every run."""
        return tuple(verdict for analysis in self.analyses for verdict in analysis.verdicts)

    @cached_property
    def document(self) -> Document:
        """The content that all forms share."""
        return _document(self.analyses)

    @property
    def text(self) -> str:
        """The whole report for a terminal."""
        return self.terminal()

    def terminal(self, *, tables: bool = True) -> str:
        """Return the report for a terminal; without `tables`, only the verdicts and what was run."""
        if tables:
            return to_text(self.document)
        short = [section for section in self.document.sections if section.title in {"Verdicts", "What was run"}]
        return to_text(self.document, sections=short)

    def files(self) -> dict[str, str]:
        """Return the content of each file that a report consists of, by name."""
        found = [record for analysis in self.analyses for record in records(analysis)]
        return {
            "report.md": to_markdown(self.document),
            "report.html": to_html(self.document),
            "measurements.csv": to_csv(found),
            "measurements.json": to_json(self.analyses, found),
        }


def read_report(folders: Sequence[Path], claims: Sequence[Claim] | None = None) -> Report:
    """Return the report on run folders and write nothing. Raises the ReportErrors of `read_run_folder`."""
    if not folders:
        raise NothingToReport
    runs = [read_run_folder(folder) for folder in folders]
    return Report(analyses=analyse(runs, read_claims() if claims is None else claims))


def write_report(folders: Sequence[Path], out: Path | None = None) -> Report:
    """Report on run folders, and write report.md, report.html, measurements.csv and .json into `out`.

    Without `out` that is the first run folder. Raises a ReportError; then nothing is half written.
    """
    report = read_report(folders)
    folder = out or folders[0]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in report.files().items():
            fresh = folder / f"{name}.new"
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(folder / name)
    except OSError as error:
        raise ReportNotWritable(folder, error.strerror or "it is not writable") from error
    return report


def _document(analyses: Sequence[Analysis]) -> Document:
    runs = [analysis.run for analysis in analyses]
    verdicts = Section(
        title="Verdicts",
        paragraphs=("Each verdict follows from the figures by the same rule; opinions have figures and no verdict.",),
        tables=(verdict_table(analyses),),
    )
    sections = [
        verdicts,
        evidence_section(analyses),
        run_section(analyses),
        *measurement_sections(analyses),
        behaviour_section(analyses),
        placebo_section(analyses),
        growth_section(analyses),
    ]
    return Document(
        title=TITLE,
        summary=" ".join(map(_summary, runs)),
        sections=tuple(section for section in sections if section is not None),
    )


def _summary(run: RunFolder) -> str:
    partial = [part.name for part in run.parts if part.state not in {FINISHED, NOT_RUN}]
    missing = [part.name for part in run.parts if part.state == NOT_RUN]
    said = [f"{run.label}: {len(run.samples):,} samples."]
    if partial:
        said.append(f"PARTIAL: {', '.join(partial)} did not finish.")
    if missing:
        said.append(f"Not run: {', '.join(missing)}.")
    return " ".join(said if partial or missing else [*said, "All parts finished."])
