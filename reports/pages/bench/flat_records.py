"""The numbers of a report as flat records, for measurements.csv and measurements.json."""

import csv
import io
import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from taskgauge.reports.judging.claims.analysis import Analysis
from taskgauge.reports.judging.claims.verdict import ClaimVerdict
from taskgauge.reports.metrics.comparison import MetricRow
from taskgauge.reports.pages.bench.target_tables import workload_words
from taskgauge.reports.pages.bench.trust_tables import control_summaries
from taskgauge.reports.rendering.document import FORMAT
from taskgauge.reports.statistics.estimates import Estimate

# `kind` is part, evidence or figure (rows of a claim), measurement, control (A/A), growth or answer.
COLUMNS = (
    "run", "kind", "claim", "verdict", "part", "measure", "condition", "size", "arm", "baseline", "unit", "value",
    "ratio", "low", "high", "confidence", "processes", "spread", "standing",
    "control_ratio", "control_low", "control_high", "control_confidence", "margin", "command",
)  # fmt: skip

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""The characters that begin a formula in a spreadsheet."""

type Record = dict[str, Any]


def records(analysis: Analysis) -> list[Record]:
    """Return the run's records with all columns; a value is None if it does not apply or is infinite."""
    rows = [
        *_parts(analysis),
        *_verdicts(analysis.verdicts),
        *_measured(analysis),
        *_standings(analysis),
        *_trust(analysis),
        *_answers(analysis),
    ]
    return [{name: {"run": analysis.label, **record}.get(name) for name in COLUMNS} for record in rows]


def to_csv(rows: Sequence[Record], columns: Sequence[str] = COLUMNS) -> str:
    """Return the records as CSV with a header line; a text that begins like a formula gets an apostrophe before it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _no_formula(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _no_formula(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value


def to_json(analyses: Sequence[Analysis], rows: Sequence[Record]) -> str:
    """Return the records as JSON, with label, provenance and faults of each run."""
    runs = [
        {"run": analysis.label, "provenance": analysis.run.provenance, "faults": analysis.faults}
        for analysis in analyses
    ]
    return json.dumps({"format": FORMAT, "runs": runs, "records": rows}, indent=1, allow_nan=False) + "\n"


def _parts(analysis: Analysis) -> Iterator[Record]:
    for part in analysis.run.parts:
        common = {"kind": "part", "part": part.name, "unit": "s", "standing": part.state}
        yield {**common, "measure": "took", "value": part.seconds}
        yield {**common, "measure": "predicted", "value": part.predicted_seconds}


def _verdicts(verdicts: Sequence[ClaimVerdict]) -> Iterator[Record]:
    for verdict in verdicts:
        for piece in verdict.evidence:
            yield {
                "kind": "figure" if piece.reading is None else "evidence",
                "claim": verdict.claim.id,
                "verdict": verdict.word.value,
                **_row(piece.row),
                "arm": piece.arm,
                "baseline": piece.baseline,
                "unit": piece.unit or None,
                "value": piece.value if piece.value is not None else piece.answer or None,
                **_estimate(piece.estimate),
                **{f"control_{name}": value for name, value in _estimate(piece.control).items()},
                "standing": piece.reading.value if piece.reading else piece.reason or None,
                "margin": piece.margin,
                "command": piece.command,
            }


def _measured(analysis: Analysis) -> Iterator[Record]:
    for cell in analysis.measurements:
        yield {
            "kind": "measurement",
            **_row(cell.row),
            "arm": cell.arm,
            "baseline": cell.baseline,
            "unit": cell.unit,
            "value": cell.value,
            **_estimate(cell.estimate),
            "processes": cell.processes,
            "standing": cell.standing or None,
        }


def _standings(analysis: Analysis) -> Iterator[Record]:
    for row in analysis.standings:
        common = {
            "kind": "measurement",
            "part": row.part,
            "condition": f"{row.contract}, {workload_words(row.workload)}",
            "size": row.workload.tasks or None,
            "arm": row.target,
            "baseline": None,
            "standing": row.status,
        }
        for metric, spread in row.spreads.items():
            yield {
                **common,
                "measure": metric,
                "unit": analysis.run.registry.metric(metric).unit,
                "value": spread.middle,
                "spread": _finite(spread.high / spread.low) if spread.low else None,
                "processes": len(spread.values),
            }
        for phase, texts in row.commands.items():
            for text, spread in texts.items():
                yield {
                    **common,
                    "measure": f"{phase}: {text}",
                    "unit": "1/window" if phase == "idle" else "1/task",
                    "value": spread.middle,
                    "processes": len(spread.values),
                }
        if not row.spreads:
            yield {**common, "measure": row.headline, "processes": row.sessions}


def _trust(analysis: Analysis) -> Iterator[Record]:
    for part, rows, holding, furthest, width in control_summaries(analysis.controls):
        named = {"rows": rows, "rows that hold 1": holding, "furthest ratio": furthest, "median half-width": width}
        for name, value in named.items():
            yield {"kind": "control", "part": part, "measure": name, "value": _finite(value)}
    for growth in analysis.growths:
        yield {
            "kind": "growth",
            **_row(growth.row),
            "arm": growth.arm,
            "unit": "exponent of the cost per task",
            "value": growth.exponent,
        }


def _answers(analysis: Analysis) -> Iterator[Record]:
    for answer in analysis.run.answers:
        yield {
            "kind": "answer",
            "part": "behaviour",
            "measure": answer.id,
            "arm": answer.arm,
            "value": answer.answer,
            "standing": f"breaks {', '.join(answer.breaks)}" if answer.breaks else None,
        }


def _row(row: MetricRow | None) -> Record:
    if row is None:
        return {}
    condition = ", ".join(f"{name}={value}" for name, value in row.condition)
    return {"part": row.part, "measure": row.measure, "condition": condition or None, "size": row.size}


def _estimate(estimate: Estimate | None) -> Record:
    if estimate is None:
        return {}
    ends = {"ratio": estimate.ratio, "low": estimate.low, "high": estimate.high, "spread": estimate.spread}
    known = {name: _finite(value) for name, value in ends.items()}
    return {**known, "confidence": estimate.confidence, "processes": estimate.processes}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
