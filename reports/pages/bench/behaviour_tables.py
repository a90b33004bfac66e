"""The tables of the behaviour part: the answers of each variant, and the observations behind them."""

from collections.abc import Sequence

from taskgauge.reports.judging.claims.analysis import Analysis
from taskgauge.reports.rendering.document import Section, Table
from taskgauge.reports.run_folder.commands import command
from taskgauge.reports.run_folder.records import Answer


def behaviour_section(analyses: Sequence[Analysis]) -> Section | None:
    """Return for each run its answers (a row per question, a column per arm) and observations; None without answers."""
    tables = []
    for analysis in analyses:
        if answers := analysis.run.answers:
            again = command(analysis.run.registry.part("behaviour"))
            tables += [_answers(answers, analysis.label, again), _observations(answers, analysis.label)]
    words = (
        "Each answer was observed by running code. If a variant breaks a requirement of Django's, "
        "its cell names the requirement."
    )
    return Section(title="Behaviour", paragraphs=(words,), tables=tuple(tables)) if tables else None


def _answers(answers: Sequence[Answer], label: str, again: str) -> Table:
    cells = {(answer.question, answer.arm): _cell(answer) for answer in answers}
    arms = list(dict.fromkeys(arm for _, arm in cells))
    return Table(
        caption=f"Behaviour by variant: {label}",
        headers=("Question", *arms),
        rows=tuple(
            (question, *(cells.get((question, arm), "") for arm in arms))
            for question in dict.fromkeys(question for question, _ in cells)
        ),
        commands=(("this table", again),),
    )


def _observations(answers: Sequence[Answer], label: str) -> Table:
    seen: dict[tuple[str, str, str], list[str]] = {}
    for answer in answers:
        if answer.detail:
            seen.setdefault((answer.question, _cell(answer), answer.detail), []).append(answer.arm)
    return Table(
        caption=f"Observations: {label}",
        headers=("Question", "Answer", "Observed", "Arms"),
        rows=tuple((*observation, ", ".join(arms)) for observation, arms in seen.items()),
    )


def _cell(answer: Answer) -> str:
    return f"{answer.answer} (breaks {', '.join(answer.breaks)})" if answer.breaks else answer.answer
