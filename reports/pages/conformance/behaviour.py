"""The facts of each target that are recorded but not judged: flags, open questions, disagreements, round trip."""

from collections.abc import Callable, Iterator, Sequence

from taskgauge.reports.judging.conformance.checked_targets import Checked
from taskgauge.reports.pages.conformance.matrix import beside, widths
from taskgauge.reports.rendering.document import Section, Table
from taskgauge.reports.run_folder.target_results import Answer, TargetResults
from taskgauge.reports.run_folder.verdict import Verdict

_PREFIX = "supports_"
_AGAINST_FLAGS = (Verdict.OVERCLAIM, Verdict.UNDERCLAIM)


def behaviour_sections(targets: Sequence[Checked]) -> tuple[Section, ...]:
    """Return the sections on flags, open questions, disagreements and the round trip; empty sections are left out."""
    judged = [checked for checked in targets if checked.target.is_judged]
    sections = (
        Section(
            title="Flags",
            paragraphs=("The features that each backend declares, and the requirements that contradict it.",),
            tables=tuple(_flags(judged)),
        ),
        Section(
            title="Open questions",
            paragraphs=(
                "The documentation does not answer these questions, so backends may differ. No answer is judged.",
            ),
            tables=tuple(_answers(judged, lambda target: target.open_questions)),
        ),
        Section(
            title="Disagreements",
            paragraphs=(
                "Documentation, source and DEP 14 differ here. The answers show which of them a target follows.",
            ),
            tables=tuple(_answers(judged, lambda target: target.disagreements)),
        ),
        Section(
            title="Round trip",
            paragraphs=(
                "The smallest values that do not arrive as the documented round trip through JSON gives them.",
            ),
            tables=tuple(_round_trip(judged)),
        ),
    )
    return tuple(section for section in sections if section.tables)


def _flags(targets: Sequence[Checked]) -> Iterator[Table]:
    flags = list(dict.fromkeys(flag for checked in targets for flag in checked.target.flags))
    if not flags:
        return
    rows = []
    for checked in targets:
        known = {flag: "yes" if holds else "no" for flag, holds in checked.target.flags.items()}
        said = [known.get(flag, "") for flag in flags]
        contradicted = [_ids(checked.target, verdict) for verdict in _AGAINST_FLAGS]
        rows.append((checked.name, *said, *contradicted))
    yield Table(
        caption=f"Feature flags ({_PREFIX}…); requirements that fail despite a claim, or work without one",
        headers=("Target", *(flag.removeprefix(_PREFIX) for flag in flags), *_AGAINST_FLAGS),
        rows=tuple(rows),
        widths=(24, *[10] * len(flags), 13, 13),
    )


def _ids(target: TargetResults, verdict: Verdict) -> str:
    return ", ".join(row.id for row in target.requirements if row.verdict is verdict)


def _answers(targets: Sequence[Checked], answers_of: Callable[[TargetResults], Sequence[Answer]]) -> Iterator[Table]:
    questions: dict[str, str] = {}
    aspects: dict[str, dict[str, None]] = {}
    said: dict[tuple[str, str, str], list[Answer]] = {}
    for checked in targets:
        for answer in answers_of(checked.target):
            questions.setdefault(answer.id, answer.question)
            aspects.setdefault(answer.id, {}).setdefault(answer.aspect)
            said.setdefault((answer.id, answer.aspect, checked.name), []).append(answer)
    if not said:
        return
    yield Table(
        caption="Questions",
        headers=("Name", "Question"),
        rows=tuple(sorted(questions.items())),
        widths=(8, 88),
    )
    for group in beside([checked for checked in targets if answers_of(checked.target)]):
        yield Table(
            caption=f"Answers: {', '.join(checked.name for checked in group)}",
            headers=("Name", *(checked.name for checked in group)),
            rows=tuple(
                (f"{name} {aspect}".strip(), *(_words(said.get((name, aspect, checked.name), ())) for checked in group))
                for name in sorted(aspects)
                for aspect in aspects[name]
            ),
            widths=widths(34 if len(group) < 4 else 22, len(group)),
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
            caption="Observations",
            headers=("Name", "Answer", "Observed", "Targets"),
            rows=tuple((*observation, ", ".join(targets)) for observation, targets in seen.items()),
            widths=(16, 14, 38, 26),
        )


def _words(answers: Sequence[Answer]) -> str:
    return " / ".join(dict.fromkeys(answer.answer for answer in answers))


def _round_trip(targets: Sequence[Checked]) -> Iterator[Table]:
    rows = tuple(
        (checked.name, difference.what, difference.example, difference.expected, difference.seen)
        for checked in targets
        for difference in checked.target.round_trip
    )
    if rows:
        yield Table(
            caption="Differences from the round trip through JSON",
            headers=("Target", "Kind", "Example", "Expected", "Observed"),
            rows=rows,
            widths=(22, 12, 18, 18, 22),
        )
