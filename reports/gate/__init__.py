"""The gate: judges a change by its ledger, its duet and its conformance, from the files of a run folder only."""

from taskgauge.reports.gate.calibrated import Calibrated
from taskgauge.reports.gate.calibration import calibration
from taskgauge.reports.gate.calibration_report import render_calibration, write_calibration
from taskgauge.reports.gate.decision import Decision, Evidence, Round, decide
from taskgauge.reports.gate.judged import Judged, Verdict
from taskgauge.reports.gate.judging import judge
from taskgauge.reports.gate.rendering import render, write
from taskgauge.reports.gate.rounds import next_round

__all__ = [
    "Calibrated", "Decision", "Evidence", "Judged", "Round", "Verdict", "calibration", "decide", "judge", "next_round",
    "render", "render_calibration", "write", "write_calibration",
]  # fmt: skip
