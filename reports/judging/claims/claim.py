"""Claims as data: what was said, by whom, and which measurement decides it."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from taskgauge.reports.judging.published_chart import PART as CHART
from taskgauge.reports.judging.published_chart import STEPS, Step
from taskgauge.reports.run_folder.errors import ClaimBroken
from taskgauge.reports.run_folder.records import Condition

CLAIMS = Path(__file__).with_name("claims.toml")
# The smallest effect worth a verdict, as a share of the baseline.
EFFECT = 0.03

type Convert = Mapping[str, Callable[[Any], Any]]


class Who(StrEnum):
    """The person who made the claim; `question` is for what nobody said and readers ask next."""

    PROPOSER = "proposer"
    MAINTAINER = "maintainer"
    QUESTION = "question"


class Rule(StrEnum):
    """The rule over rows: every decided row goes as claimed, or some do and none goes the other way."""

    EVERY = "every"
    SOME = "some"


class Expect(StrEnum):
    """The relation of the arm to the baseline that the claim expects."""

    LESS = "less"
    MORE = "more"
    AT_MOST = "at most"
    AT_LEAST = "at least"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """A measurement that decides a claim: `arm` against `baseline`, in each condition that includes the one given.

    `baseline_measure` is set where two ways to do one thing are compared. `needs_pickled_task` marks what Django 6.0
    cannot do.
    """

    words: str
    part: str
    measure: str
    arm: str
    baseline: str
    expect: Expect
    condition: Condition = ()
    baseline_measure: str | None = None
    effect: float = EFFECT
    needs_pickled_task: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviourCheck:
    """A question of the behaviour table, by its id, that decides a claim, and the answer that the claim gives."""

    words: str
    question: str
    arm: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measurement that is printed with a claim and decides nothing."""

    words: str
    part: str
    measure: str
    arm: str
    baseline: str | None = None
    condition: Condition = ()
    baseline_measure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A metric of whole backends that decides a claim: each session of each target is at least, or at most, `bound`.

    A level without `decides` is printed and decides nothing.
    """

    words: str
    part: str
    measure: str
    expect: Expect = Expect.AT_MOST
    bound: float = 0.0
    """The bound, in the unit of the metric."""
    targets: tuple[str, ...] = ()
    """The targets that it is about; if empty, all that the run has, and all but Taskgauge's own decide."""
    floors: bool = False
    """True if it is about the floors, and not about targets."""
    workers: int = 1
    share: int | None = None
    """The share of its own capacity at which a target is measured, in per cent."""
    arrival: str | None = None
    """The arrival of the tasks, such as `retained`; None: any."""
    reached: float = 0.0
    """The size that each session must have reached to decide."""
    decides: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Two targets of the published chart that decide a claim: `arm` drains faster than `baseline` in every session."""

    words: str
    arm: str
    baseline: str
    step: Step
    """The recipe, or what has been made equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One statement in our words. An opinion has figures only, and never a verdict."""

    id: str
    who: Who
    claim: str
    rule: Rule = Rule.EVERY
    opinion: bool = False
    decided_by: tuple[Deciding, ...] = field(default=())
    asked: tuple[BehaviourCheck, ...] = field(default=())
    figures: tuple[Figure, ...] = field(default=())
    levels: tuple[Level, ...] = field(default=())
    orders: tuple[Order, ...] = field(default=())

    @property
    def parts_of_targets(self) -> frozenset[str]:
        """The parts that decide a claim about whole backends; empty for other claims."""
        return frozenset([level.part for level in self.levels if level.decides] + [CHART] * bool(self.orders))


@lru_cache
def read_claims(path: Path = CLAIMS) -> tuple[Claim, ...]:
    """Return the claims of a TOML file, in its order. Raises ClaimBroken for anything unknown, missing or double."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ClaimBroken(path, f"this is no TOML ({error})") from error
    if set(document) != {"claim"}:
        raise ClaimBroken(path, "it holds [[claim]] tables only")
    claims = tuple(_claim(path, table) for table in document["claim"])
    ids = [claim.id for claim in claims]
    if double := {name for name in ids if ids.count(name) > 1}:
        raise ClaimBroken(path, f"the id {min(double)} stands twice")
    return claims


def _claim(path: Path, table: dict[str, Any]) -> Claim:
    parts: Convert = {
        "who": Who,
        "rule": Rule,
        "decided_by": partial(_many, path, Deciding, _ROW),
        "asked": partial(_many, path, BehaviourCheck, {}),
        "figures": partial(_many, path, Figure, _ROW),
        "orders": partial(_many, path, Order, {"step": _step}),
        "levels": partial(_many, path, Level, {"expect": Expect, "targets": tuple}),
    }
    claim = _make(path, Claim, table, parts)
    if claim.opinion == bool(claim.decided_by or claim.asked or claim.parts_of_targets):
        raise ClaimBroken(path, f"{claim.id} is either an opinion or has something that decides it")
    if not (claim.decided_by or claim.asked or claim.figures or claim.levels or claim.orders):
        raise ClaimBroken(path, f"{claim.id} names no measurement")
    return claim


def _many[Made](path: Path, cls: type[Made], convert: Convert, rows: list[dict[str, Any]]) -> tuple[Made, ...]:
    return tuple(_make(path, cls, row, convert) for row in rows)


def _make[Made](path: Path, cls: type[Made], table: dict[str, Any], convert: Convert) -> Made:
    known = {item.name: item for item in fields(cls)}  # type: ignore[arg-type]  # every cls here is a dataclass
    if unknown := set(table) - set(known):
        raise ClaimBroken(path, f"{cls.__name__} knows no {min(unknown)} ({table.get('id') or table.get('words')})")
    try:
        made = cls(**{name: convert.get(name, _same)(value) for name, value in table.items()})
    except (TypeError, ValueError, AttributeError) as error:
        raise ClaimBroken(path, f"{table.get('id') or table.get('words')}: {error}") from error
    for name, item in known.items():
        if item.type in {str, bool, float} and not isinstance(getattr(made, name), item.type):
            raise ClaimBroken(path, f"{table.get('id') or table.get('words')}: {name} is of the wrong type")
    return made


def _step(value: str) -> Step:
    return STEPS[STEPS.index(value)]


def _same(value: object) -> object:
    return value


_ROW: dict[str, Callable[[Any], Any]] = {
    "expect": Expect,
    "condition": lambda table: tuple(sorted(table.items())),
}
