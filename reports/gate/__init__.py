"""The place from which workflows that exist already run `python -m taskgauge.reports.gate.comment`."""
