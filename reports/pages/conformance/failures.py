"""The failures of targets in detail: the requirement, what was expected and observed, and the command to repeat it."""

from collections.abc import Iterator, Sequence

from taskgauge.reports.judging.conformance.checked_targets import Checked
from taskgauge.reports.rendering.document import Section, Table
from taskgauge.reports.run_folder.target_results import Outcome, RequirementRow, TestOutcome

_LONGEST = 1000
_FAILURES = "Failures", "Requirements that a target claims to keep but does not keep."
_ADVISORY = "Advisory", "Recommendations (SHOULD) that do not hold. They are reported and do not fail the run."


def failure_sections(targets: Sequence[Checked]) -> tuple[Section, ...]:
    """Return a section on broken requirements and a section on failing recommendations, unless they are empty."""
    return tuple(
        Section(title=title, paragraphs=(words,), tables=tables)
        for (title, words), tables in (
            (_FAILURES, tuple(_tables(targets, breaking=True))),
            (_ADVISORY, tuple(_tables(targets, breaking=False))),
        )
        if tables
    )


def _tables(targets: Sequence[Checked], *, breaking: bool) -> Iterator[Table]:
    rows = [(checked, row) for checked in targets for row in checked.target.failing if row.verdict.breaks is breaking]
    # A backend that is not built on django.tasks is reported first.
    for checked, row in sorted(rows, key=lambda pair: pair[1].id != "BCK-01"):
        yield _table(checked, row)


def _table(checked: Checked, row: RequirementRow) -> Table:
    failed = [test for test in row.tests if test.outcome is Outcome.FAILED]
    tails = dict.fromkeys(test.worker_tail for test in failed if test.worker_tail)
    caption = f"{checked.name}: {row.id} {row.verdict}"
    if row.inherited:
        caption += ", inherited from Django's base classes"
    if row.known:
        caption += f", a known failure ({checked.known_state(row)}) until {row.known.expires}: {row.known.reason}"
    return Table(
        caption=caption,
        headers=("Item", "Text"),
        rows=(
            ("requirement", f"{row.sentence} ({row.level})"),
            *((("reason", _short(row.reason)),) if row.reason else ()),
            *(line for test in failed for line in _lines(test, row)),
        ),
        quoted=tuple(("Last output of the worker", tail) for tail in tails),
        links=((("documentation", row.link),) if row.link else ()),
        commands=((("this requirement", row.command),) if row.command else ()),
        widths=(12, 84),
    )


def _lines(test: TestOutcome, row: RequirementRow) -> Iterator[tuple[str, str]]:
    yield "test", test.name
    if test.reason and test.reason != row.reason:
        yield "test reason", _short(test.reason)
    if test.expected:
        yield "expected", _short(test.expected)
    if test.seen:
        yield "observed", _short(test.seen)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"
