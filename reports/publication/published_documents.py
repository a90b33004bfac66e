"""The documents that show published results: a README for each run, the index, the tables, and the project's README."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from taskgauge.reports.pages.bench.claim_tables import verdict_table
from taskgauge.reports.pages.bench.measurement_tables import measurement_sections, run_section
from taskgauge.reports.pages.bench.target_tables import target_sections
from taskgauge.reports.pages.conformance.behaviour import behaviour_sections
from taskgauge.reports.pages.conformance.failures import failure_sections
from taskgauge.reports.pages.conformance.matrix import conformance_section
from taskgauge.reports.pages.conformance.open_rows import targets_section
from taskgauge.reports.pages.conformance.summary import summary
from taskgauge.reports.pages.readme import contents, updated
from taskgauge.reports.pages.report import Report
from taskgauge.reports.rendering.document import Document, Section, Table
from taskgauge.reports.rendering.markdown import code, markdown_table, to_markdown
from taskgauge.reports.run_folder.commands import made_by
from taskgauge.reports.run_folder.documents import write_files
from taskgauge.reports.run_folder.errors import ReportNotWritable
from taskgauge.reports.site.edition import Edition, latest
from taskgauge.reports.site.shape_costs import glance_table
from taskgauge.reports.site.site_run import SiteRun, read_site_run

RUNS = "runs"
"""The name in the markers of the index of runs."""
_FURTHER = {"failures.md": "Failures", "targets.md": "Targets", "measurements.md": "Measurements"}
"""The further files of a run with their titles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The runs below a folder of published results, the oldest first."""

    folder: Path
    runs: tuple[SiteRun, ...]

    @property
    def edition(self) -> Edition | None:
        """The runs of each kind that `latest` shows; None if nothing is published."""
        return latest(self.runs) if self.runs else None


def read_published(folder: Path) -> Published:
    """Return the published runs below a folder. Raises the ReportErrors of `read_site_run`."""
    runs = sorted(
        map(read_site_run, sorted(path.parent for path in folder.glob("*/run.json"))), key=lambda run: run.order
    )
    return Published(folder=folder, runs=tuple(runs))


def documents(published: Published, readme: Path | None) -> dict[Path, str]:
    """Return the text that each document should have: those of the runs, those beside them, and the project's README.

    Raises ReadmeMarkersMissing, ReportNotWritable.
    """
    texts = {
        published.folder / run.name / name: text for run in published.runs for name, text in run_documents(run).items()
    }
    places = _places(published)
    beside = sorted(published.folder.glob("*.md"))
    for path in [*beside, *([readme] if readme else [])]:
        try:
            old = path.read_text(encoding="utf-8")
        except OSError as error:
            raise ReportNotWritable(path, error.strerror or "it cannot be opened") from error
        texts[path] = updated(path, old, places)
    return texts


def stale(texts: Mapping[Path, str]) -> list[Path]:
    """Return the documents that differ from the text that they should have."""
    return [path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]


def write_documents(texts: Mapping[Path, str]) -> None:
    """Write documents. Raises ReportNotWritable."""
    for path, text in texts.items():
        write_files(path.parent, {path.name: text})


def run_documents(run: SiteRun) -> dict[str, str]:
    """Return the Markdown files of a run by name: README.md with its results, and files with all details."""
    further: dict[str, list[Section]] = {}
    if run.is_conformance:
        further["failures.md"] = list(failure_sections(run.checked))
        further["targets.md"] = [*behaviour_sections(run.checked), targets_section(run.checked, [run.folder])]
    if run.is_bench:
        further["measurements.md"] = list(measurement_sections([run.analysis]))
    links = [f"[{_FURTHER[name]}]({name})" for name, sections in further.items() if sections]
    command = f"Made by {' and '.join(map(code, made_by(run.folder.run)))} at commit {run.folder.run.commit}."
    said = [*run.warnings, summary(run.checked), command, f"Further: {', '.join(links)}." if links else ""]
    title = f"{run.content.capitalize()}: {run.folder.label}"
    files = {"README.md": _document(title, said, _sections(run))}
    for name, sections in further.items():
        if sections:
            files[name] = _document(f"{_FURTHER[name]} of the run {run.name}", ["[The results](README.md)."], sections)
    return files


def _document(title: str, said: Sequence[str], sections: Sequence[Section]) -> str:
    return to_markdown(Document(title=title, summary=" ".join(filter(None, said)), sections=tuple(sections)))


def _sections(run: SiteRun) -> list[Section]:
    analysis = run.analysis
    sections: list[Section] = []
    if run.is_conformance:
        sections.append(conformance_section(run.checked))
    if run.is_bench or run.is_dispatch:
        sections.append(Section(title="Claims", tables=(verdict_table([analysis]),)))
    if run.is_bench:
        shapes = glance_table(analysis)
        sections.append(Section(title="Variants", tables=(shapes,) if shapes else ()))
    sections += target_sections([analysis]) if run.is_dispatch else ()
    sections.append(run_section([analysis]))
    return sections


def _places(published: Published) -> dict[str, str]:
    """Return the contents between markers: the index of runs, and the results of the runs that `latest` shows."""
    edition = published.edition
    if edition is None:
        return {RUNS: "No run is published yet."}
    shapes = Report(every=tuple(run.analysis for run in edition.versions))
    targets = edition.conformance
    verdicts = Report(every=(targets.analysis,), checked=targets.checked) if targets else Report(every=())
    return {
        RUNS: _index(published.runs),
        **(_costs(edition.dispatch) if edition.dispatch else {}),
        **contents(shapes, {"verdicts", "claims at a glance"}),
        **contents(verdicts, {"conformance", "backends at a glance"}),
    }


def _index(runs: Sequence[SiteRun]) -> str:
    """Return the table of all runs, the newest first; the name of a run, which is safe in addresses, is a link."""
    table = Table(
        caption="Published runs",
        headers=("Run", "Content", "Versions", "Machine", "Command"),
        rows=tuple(
            (run.name, run.content, run.folder.label, _machine(run), "; ".join(made_by(run.folder.run)))
            for run in reversed(runs)
        ),
    )
    head, line, *rows = markdown_table(table).splitlines()
    linked = [
        row.replace(f"| {run.name} |", f"| [{run.name}]({run.name}/README.md) |", 1)
        for row, run in zip(rows, reversed(runs), strict=True)
    ]
    return "\n".join([head, line, *linked])


def _costs(run: SiteRun) -> dict[str, str]:
    """Return the tables of whole backends, with a sentence on where they come from."""
    facts = f"{run.folder.label}, {_machine(run)}, commit {run.folder.run.commit}"
    origin = f"These tables are of the run [{run.name}]({run.name}/README.md): {facts}."
    tables = contents(Report(every=(run.analysis,)), {"dispatch"})
    return {name: f"{origin}\n\n{text}" for name, text in tables.items()}


def _machine(run: SiteRun) -> str:
    machine = run.folder.run.machine
    if "several" in machine:
        return "several machines"
    memory = machine.get("memory_bytes")
    size = f"{memory / 2**30:.0f} GiB" if isinstance(memory, int | float) else ""
    return ", ".join(filter(None, (str(machine.get("cpu", "")), f"{machine.get('cpus', 'unknown')} processors", size)))
