"""The report of a calibration in all forms: terminal, Markdown, annotations, JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from taskgauge.reports.judging.gate.calibration_results import Calibrated, OperationCalibrated
from taskgauge.reports.judging.gate.duet_rows import share
from taskgauge.reports.pages.bench.measurement_tables import flat
from taskgauge.reports.pages.gate.rendering import Form, annotation
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.document import FORMAT, Document, Section, Table
from taskgauge.reports.rendering.html import to_html
from taskgauge.reports.rendering.markdown import to_markdown
from taskgauge.reports.rendering.terminal import to_text
from taskgauge.reports.run_folder.documents import write_files

_HOW = (
    "Every pair has base on both sides, so each slow-down or improvement that is reported is a false alarm. Gates "
    "share no pairs. A gate takes 10 pairs, 10 more if it looks twice, and 10 more if it must confirm; a gate without "
    "enough pairs is not counted. The same pairs are judged as head and as A/A control; the control takes one "
    "operation of each clock, in turn. The power is simulated: pairs are drawn from the residuals of the real pairs, "
    "and a slow-down is added to them. No code was made slower for this."
)


def render_calibration(calibrated: Calibrated, form: Form, provenance: Mapping[str, object] | None = None) -> str:
    """Return the report in a form; with provenance, it includes the details of the run."""
    match form:
        case "terminal":
            return to_text(document(calibrated, provenance or {}))
        case "markdown":
            return to_markdown(document(calibrated, provenance or {}))
        case "annotations":
            kind = "error" if calibrated.false_alarms else "notice"
            return annotation(kind, "Taskgauge gate: calibration", sentence(calibrated)) + "\n"
        case "json":
            return _json(calibrated)


def write_calibration(calibrated: Calibrated, folder: Path, provenance: Mapping[str, object] | None = None) -> None:
    """Write calibration.json, report.md and report.html into the folder. Raises ReportNotWritable."""
    write_files(folder, files(calibrated, provenance or {}))


def files(calibrated: Calibrated, provenance: Mapping[str, object]) -> dict[str, str]:
    """Return the content of each file of the report, by file name."""
    page = document(calibrated, provenance)
    return {"calibration.json": _json(calibrated), "report.md": to_markdown(page), "report.html": to_html(page)}


def sentence(calibrated: Calibrated) -> str:
    """Return the result in one sentence."""
    wrong = calibrated.false_alarms, calibrated.false_improvements
    words = [f"{count or 'no'} {'false alarm' if count == 1 else 'false alarms'}" for count in wrong[:1]]
    words.append(f"{wrong[1] or 'no'} false {'improvement' if wrong[1] == 1 else 'improvements'}")
    return (
        f"{' and '.join(words)} in {calibrated.gates} gates without a change, so at most "
        f"{numbers.percent(calibrated.at_most)} of gates with 95 % confidence; inconclusive: {calibrated.inconclusive} "
        f"({numbers.percent(calibrated.inconclusive_share)})."
    ).capitalize()


def document(calibrated: Calibrated, provenance: Mapping[str, object]) -> Document:
    """Return the report as a document."""
    known = {key: value for key, value in provenance.items() if key != "parts"}
    run = Table(caption="The run", headers=("Fact", "Value"), rows=tuple(flat(known)))
    return Document(
        title=sentence(calibrated),
        summary=(
            f"{calibrated.pairs} pairs, {calibrated.gates} gates; {calibrated.looked_twice} looked twice, and "
            f"{calibrated.unfit_as_control} had pairs that are unfit as an A/A control. Only times are judged here. "
            "The figures do not cover false alarms of counters and requirements."
        ),
        sections=(
            Section(title="Power of the gate", paragraphs=(_HOW,), tables=(_operations(calibrated.operations),)),
            *((Section(title="Run details", tables=(run,)),) if known else ()),
        ),
    )


def _operations(operations: tuple[OperationCalibrated, ...]) -> Table:
    return Table(
        caption="Power by operation, with all operations timed in one gate",
        headers=(
            "Operation",
            "Pairs",
            "Estimate without a change, standard deviation",
            "Margin",
            "Proposed margin",
            "Smallest slow-down that 95 % of gates detect",
            "Detect 5 %",
            "Detect 10 %",
        ),
        rows=tuple(
            (
                operation.operation,
                str(operation.pairs),
                f"{100 * operation.deviation:.2f} %",
                share(operation.margin),
                share(operation.proposed),
                _smallest(operation),
                _detected(operation.finds_5),
                _detected(operation.finds_10),
            )
            for operation in operations
        ),
        widths=(30, 5, 20, 8, 10, 20, 8, 8),
    )


def _smallest(operation: OperationCalibrated) -> str:
    if operation.smallest is not None:
        return share(operation.smallest)
    return "too few pairs" if operation.finds_5 is None else "more than a doubling"


def _detected(detected: float | None) -> str:
    return "too few pairs" if detected is None else numbers.percent(detected)


def _json(calibrated: Calibrated) -> str:
    content = {"format": FORMAT, "sentence": sentence(calibrated), **asdict(calibrated)}
    return json.dumps(content, indent=1, allow_nan=False) + "\n"
