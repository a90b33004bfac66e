"""The verdicts that are against a target, spelled out: what was asked for, what was seen, how to see it again."""

from collections.abc import Iterator, Sequence

from taskgauge.reports.judging.conformance.checked_targets import Checked
from taskgauge.reports.rendering.document import Section, Table
from taskgauge.reports.run_folder.target_results import Outcome, Row, TestOutcome

_LONGEST = 1000


_FAILURES = "Failures", "Each requirement that a target claims to keep and does not."
_ADVISORY = "Advisory", "Each recommendation that does not hold; it is reported and fails nothing."


def failure_sections(found: Sequence[Checked]) -> tuple[Section, ...]:
    """Return a section on what must hold and does not, and one on what should; none where there is nothing to say."""
    return tuple(
        Section(title=title, paragraphs=(words,), tables=tables)
        for (title, words), tables in (
            (_FAILURES, tuple(_tables(found, breaking=True))),
            (_ADVISORY, tuple(_tables(found, breaking=False))),
        )
        if tables
    )


def _tables(found: Sequence[Checked], *, breaking: bool) -> Iterator[Table]:
    rows = [(one, row) for one in found for row in one.target.failing if row.verdict.breaks is breaking]
    # That a backend is none of django.tasks is said before all else.
    for one, row in sorted(rows, key=lambda pair: pair[1].id != "BCK-01"):
        yield _table(one, row)


def _table(one: Checked, row: Row) -> Table:
    failed = [test for test in row.tests if test.outcome is Outcome.FAILED]
    tails = dict.fromkeys(test.worker_tail for test in failed if test.worker_tail)
    caption = f"{one.name}: {row.id} {row.verdict}"
    if row.inherited:
        caption += ", inherited from Django's base classes"
    if row.known:
        caption += f", a known failure ({one.known_state(row)}) until {row.known.expires}: {row.known.reason}"
    return Table(
        caption=caption,
        headers=("What", "Said"),
        rows=(
            ("asked for", f"{row.sentence} ({row.level})"),
            *((("reason", _short(row.reason)),) if row.reason else ()),
            *(line for test in failed for line in _lines(test, row)),
        ),
        quoted=tuple(("The worker's last words", tail) for tail in tails),
        links=((("documentation", row.link),) if row.link else ()),
        commands=((("just this", row.command),) if row.command else ()),
        widths=(12, 84),
    )


def _lines(test: TestOutcome, row: Row) -> Iterator[tuple[str, str]]:
    yield "test", test.name
    if test.reason and test.reason != row.reason:
        yield "its reason", _short(test.reason)
    if test.expected:
        yield "expected", _short(test.expected)
    if test.seen:
        yield "seen", _short(test.seen)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"
