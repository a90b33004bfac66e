"""The report of a calibration, in every form."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from taskgauge.reports.judging.gate.calibration_results import Calibrated, VerbCalibrated
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
    "Every pair has base on both sides, so that whatever is called slower or faster is a false alarm. Gates are "
    "disjoint: each takes 10 pairs, 10 more where it looks twice, 10 more where it must confirm; one for which the "
    "pairs do not suffice is none. Its pairs are judged as a head's and, the same ones, as an A/A control's: of one verb of "
    "each clock, in turn. What it finds is simulated: pairs are drawn from the residuals of the real ones, and a "
    "slow-down is added to them; no code was made slower for it."
)


def render_calibration(calibrated: Calibrated, form: Form, provenance: Mapping[str, object] | None = None) -> str:
    """Return the report in one form; with provenance it also says what was run."""
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
    """Return the content of each file that the report consists of, by name."""
    told = document(calibrated, provenance)
    return {"calibration.json": _json(calibrated), "report.md": to_markdown(told), "report.html": to_html(told)}


def sentence(calibrated: Calibrated) -> str:
    """Return what was found, in one sentence."""
    wrong = calibrated.false_alarms, calibrated.false_improvements
    words = [f"{count or 'no'} {'false alarm' if count == 1 else 'false alarms'}" for count in wrong[:1]]
    words.append(f"{wrong[1] or 'no'} false {'improvement' if wrong[1] == 1 else 'improvements'}")
    return (
        f"{' and '.join(words)} in {calibrated.gates} gates without a change, so at most "
        f"{numbers.percent(calibrated.at_most)} of gates with 95 % confidence; inconclusive: {calibrated.inconclusive} "
        f"({numbers.percent(calibrated.inconclusive_share)})."
    ).capitalize()


def document(calibrated: Calibrated, provenance: Mapping[str, object]) -> Document:
    """Return the report, in whatever form it is to be shown."""
    known = {key: value for key, value in provenance.items() if key != "parts"}
    run = Table(caption="The run", headers=("What", "Value"), rows=tuple(flat(known)))
    return Document(
        title=sentence(calibrated),
        summary=(
            f"{calibrated.pairs} pairs, {calibrated.gates} gates; {calibrated.looked_twice} looked twice, and "
            f"{calibrated.unfit_as_control} had pairs that would not do as an A/A control. Only times are judged here: how "
            "often counters or requirements raise a false alarm is in none of these figures."
        ),
        sections=(
            Section(title="What the gate finds here", paragraphs=(_HOW,), tables=(_verbs(calibrated.verbs),)),
            *((Section(title="What was run", tables=(run,)),) if known else ()),
        ),
    )


def _verbs(verbs: tuple[VerbCalibrated, ...]) -> Table:
    return Table(
        caption="Each verb, with all verbs timed in one gate",
        headers=(
            "Verb",
            "Pairs",
            "Estimate without a change, standard deviation",
            "Margin",
            "Proposed margin",
            "Smallest slow-down found by 95 % of gates",
            "Find 5 %",
            "Find 10 %",
        ),
        rows=tuple(
            (
                verb.verb,
                str(verb.pairs),
                f"{100 * verb.deviation:.2f} %",
                share(verb.margin),
                share(verb.proposed),
                _smallest(verb),
                _found(verb.finds_5),
                _found(verb.finds_10),
            )
            for verb in verbs
        ),
        widths=(30, 5, 20, 8, 10, 20, 8, 8),
    )


def _smallest(verb: VerbCalibrated) -> str:
    if verb.smallest is not None:
        return share(verb.smallest)
    return "too few pairs" if verb.finds_5 is None else "not even a doubling"


def _found(found: float | None) -> str:
    return "too few pairs" if found is None else numbers.percent(found)


def _json(calibrated: Calibrated) -> str:
    told = {"format": FORMAT, "sentence": sentence(calibrated), **asdict(calibrated)}
    return json.dumps(told, indent=1, allow_nan=False) + "\n"
