"""What is recorded of each target and judged of none: flags, open questions, disagreements, the round trip."""

from collections.abc import Callable, Iterator, Sequence

from taskgauge.reports.judging.conformance.checked_targets import Checked
from taskgauge.reports.pages.conformance.matrix import beside, widths
from taskgauge.reports.rendering.document import Section, Table
from taskgauge.reports.run_folder.target_results import Answer, Target
from taskgauge.reports.run_folder.verdict import Verdict

_PREFIX = "supports_"
_AGAINST_FLAGS = (Verdict.OVERCLAIM, Verdict.UNDERCLAIM)


def behaviour_sections(found: Sequence[Checked]) -> tuple[Section, ...]:
    """Return the flags, the answers to both kinds of questions, and the round trip, as far as there are any."""
    judged = [one for one in found if one.target.is_judged]
    sections = (
        Section(
            title="Flags",
            paragraphs=("What each backend says of itself, and the requirements that say otherwise.",),
            tables=tuple(_flags(judged)),
        ),
        Section(
            title="Open questions",
            paragraphs=("Where the documentation is silent, backends may differ; nothing here is judged.",),
            tables=tuple(_answers(judged, lambda target: target.open_questions)),
        ),
        Section(
            title="Disagreements",
            paragraphs=("Where documentation, source and DEP 14 differ: which side each takes.",),
            tables=tuple(_answers(judged, lambda target: target.disagreements)),
        ),
        Section(
            title="Round trip",
            paragraphs=("The smallest values that do not come through as the documented round trip through JSON.",),
            tables=tuple(_round_trip(judged)),
        ),
    )
    return tuple(section for section in sections if section.tables)


def _flags(found: Sequence[Checked]) -> Iterator[Table]:
    flags = list(dict.fromkeys(flag for one in found for flag in one.target.flags))
    if not flags:
        return
    rows = []
    for one in found:
        known = {flag: "yes" if holds else "no" for flag, holds in one.target.flags.items()}
        said = [known.get(flag, "") for flag in flags]
        contradicted = [_ids(one.target, verdict) for verdict in _AGAINST_FLAGS]
        rows.append((one.name, *said, *contradicted))
    yield Table(
        caption=f"The flags ({_PREFIX}…), what is claimed and does not hold, what is not claimed and works",
        headers=("Target", *(flag.removeprefix(_PREFIX) for flag in flags), *_AGAINST_FLAGS),
        rows=tuple(rows),
        widths=(24, *[10] * len(flags), 13, 13),
    )


def _ids(target: Target, verdict: Verdict) -> str:
    return ", ".join(row.id for row in target.requirements if row.verdict is verdict)


def _answers(found: Sequence[Checked], of: Callable[[Target], Sequence[Answer]]) -> Iterator[Table]:
    questions: dict[str, str] = {}
    aspects: dict[str, dict[str, None]] = {}
    said: dict[tuple[str, str, str], list[Answer]] = {}
    for one in found:
        for answer in of(one.target):
            questions.setdefault(answer.id, answer.question)
            aspects.setdefault(answer.id, {}).setdefault(answer.aspect)
            said.setdefault((answer.id, answer.aspect, one.name), []).append(answer)
    if not said:
        return
    yield Table(
        caption="What is asked",
        headers=("Name", "Question"),
        rows=tuple(sorted(questions.items())),
        widths=(8, 88),
    )
    for some in beside([one for one in found if of(one.target)]):
        yield Table(
            caption=f"The answers: {', '.join(one.name for one in some)}",
            headers=("Name", *(one.name for one in some)),
            rows=tuple(
                (f"{name} {aspect}".strip(), *(_words(said.get((name, aspect, one.name), ())) for one in some))
                for name in sorted(aspects)
                for aspect in aspects[name]
            ),
            widths=widths(34 if len(some) < 4 else 22, len(some)),
        )
    yield from _details(said)


def _details(said: dict[tuple[str, str, str], list[Answer]]) -> Iterator[Table]:
    seen: dict[tuple[str, str, str], list[str]] = {}
    for (name, aspect, target), answers in sorted(said.items(), key=lambda item: item[0][0]):
        for answer in answers:
            if answer.detail:
                key = (f"{name} {aspect}".strip(), answer.answer, answer.detail)
                seen.setdefault(key, []).append(target)
    if seen:
        yield Table(
            caption="What was seen",
            headers=("Name", "Answer", "Seen", "Targets"),
            rows=tuple((*what, ", ".join(targets)) for what, targets in seen.items()),
            widths=(16, 14, 38, 26),
        )


def _words(answers: Sequence[Answer]) -> str:
    return " / ".join(dict.fromkeys(answer.answer for answer in answers))


def _round_trip(found: Sequence[Checked]) -> Iterator[Table]:
    rows = tuple(
        (one.name, each.what, each.example, each.expected, each.seen) for one in found for each in one.target.round_trip
    )
    if rows:
        yield Table(
            caption="What differs from the round trip through JSON",
            headers=("Target", "What", "Example", "Expected", "Seen"),
            rows=rows,
            widths=(22, 12, 18, 18, 22),
        )
