"""The order of targets: rules fixed before the run decide which figures are shown, and which targets are apart.

Targets are compared within one part, contract and workload. Floors are shown and take no place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from itertools import groupby
from statistics import median

from taskgauge.reports.metrics.session_figures import COMPLETE, COUNTS, columns
from taskgauge.reports.metrics.step_shares import StepTimes, step_times
from taskgauge.reports.metrics.store_counts import per_unit_by_name
from taskgauge.reports.run_folder.registry import Metric, Registry
from taskgauge.reports.run_folder.sessions import Session
from taskgauge.reports.run_folder.traces import Header, PhaseName, Workload

SESSIONS = 5
"""The sessions that a target needs to be ordered: 5 against 5, fully apart, have p = 0.008; 3 against 3 have 0.10."""
YARDSTICK = "yardstick-"
"""The begin of the names of queues without django.tasks. Like floors, they are shown and take no place."""
OWN = "reference-"
"""The begin of the names of Taskgauge's own backends. They are shown, take no place and decide no claim on backends."""
_COUNT_MARGIN = 1.03
"""The ratio from which counts differ: how many tasks a worker claims at once can depend on its timing."""
_DOUBTFUL_MARGIN = 2.0
"""The ratio from which a withheld or unstable row differs from another: others used half of the machine at most."""
_DRAINS = frozenset({"throughput", "chart"})
"""The parts whose rows say what binds them."""
_WITHHELD = "withheld"
"""The word before the reason why a median is not shown."""
SPREAD = 1.15
"""The ratio of the highest to the lowest rate from which a rate is withheld."""

CONNECTION = "floor-connection"
"""The floor with one round trip a task: a rate above half of it shows the delay of the connection, and no more."""
PHASES: tuple[PhaseName, ...] = ("enqueue", "run", "get_result", "idle")

UNORDERED = "overhead"
"""The part that explains the cost of a target and compares none: a slow backend gives Django a small share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The values of a metric over sessions."""

    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.values)

    @property
    def low(self) -> float:
        """The lowest value."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The highest value."""
        return max(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A target under a workload: its figures over all sessions, and its place among comparable targets."""

    part: str
    contract: str
    workload: Workload
    target: str
    is_floor: bool
    sessions: int
    """The number of sessions with figures."""
    spreads: dict[str, Spread]
    """The values by metric."""
    counts: str
    """The tasks that were enqueued, ran and were left, in words."""
    faults: tuple[str, ...]
    """Phrases on histories that do not conform; with any, nothing is shown."""
    partial: tuple[str, ...]
    """The reasons of sessions that were cut short."""
    hidden: str = ""
    """The reason why no figure is shown; empty if they are."""
    place: str = ""
    """The place in the order, such as 1, or 2 to 3 in a tie; empty without one."""
    status: str = ""
    """The place, or the reason why there is none, in words."""
    versions: str = ""
    """The versions of the target's distributions, and the conditions of its figures, in words."""
    kept_up: str = ""
    """For an open loop: the number of sessions in which the producer kept up."""
    bound: str = ""
    """For a drain: what binds it, in how many sessions, in words."""
    unstable: str = ""
    """The number of sessions during which the machine changed, and the first change, in words."""
    resolved: Mapping[str, str] = field(default_factory=dict)
    """The settings and the worker's command in effect."""
    differences: Mapping[str, str] = field(default_factory=dict)
    """The settings that differ from the row as installed."""
    links: Mapping[str, str] = field(default_factory=dict)
    """The sentences of the documentation that recommend the differences, by address."""
    not_counted: str = ""
    """The reason if a store of sessions that count was not counted."""
    commands: Mapping[PhaseName, Mapping[str, Spread]] = field(default_factory=dict)
    """For each phase, the statements or commands of a call or task by name; a session without the name has 0."""

    steps: Mapping[PhaseName, StepTimes] = field(default_factory=dict)
    """The times of the steps of an enqueue and of an execution, over all sessions."""

    @property
    def headline(self) -> str:
        """The metric that decides the order."""
        return columns(self.part, self.workload)[0]


def standings(sessions: Iterable[Session], registry: Registry) -> list[Standing]:
    """Return the standing of every target in every workload, by part, contract and workload."""
    ordered = sorted(filter(_is_compared, sessions), key=lambda session: _group_key(session.header, registry))
    rows: list[Standing] = []
    for _, group in groupby(ordered, key=lambda session: _group_key(session.header, registry)):
        by_target: dict[str, list[Session]] = {}
        for session in group:
            by_target.setdefault(session.header.target, []).append(session)
        rows += _ordered([_standing(mine) for mine in by_target.values()], registry)
    return rows


def _is_compared(session: Session) -> bool:
    """Return True unless the session had several hosts, or only searched for the capacity of an open loop."""
    header, load = session.header, session.header.workload
    return header.agent is None and (header.part != "latency" or (load.arrival == "rate" and load.probe is None))


def _group_key(header: Header, registry: Registry) -> tuple[object, ...]:
    part = [part.name for part in registry.parts].index(header.part)
    # Every field of a workload is part of the key; None sorts first.
    return part, header.contract, *((value is not None, value) for value in astuple(_same(header.workload)))


def _same(load: Workload) -> Workload:
    """Return the workload without what differs between targets or repetitions: a rate follows the capacity."""
    return replace(load, rate=None, tasks=0 if load.arrival == "rate" else load.tasks)


def _standing(mine: Sequence[Session]) -> Standing:
    first = mine[0].header
    values: dict[str, list[float]] = {}
    headline = columns(first.part, first.workload)[0]
    usable = 0
    for session in mine:
        usable += headline in session.figures
        for name, value in session.figures.items():
            values.setdefault(name, []).append(value)
    faults = tuple(dict.fromkeys(session.fault for session in mine if session.fault))
    partial = tuple(
        f"{session.header.ending}{f': {session.header.reason}' if session.header.reason else ''}"
        for session in mine
        if session.header.ending not in COMPLETE and not session.fault
    )
    in_time = [session.kept_up for session in mine if session.header.workload.arrival == "rate"]
    standing = Standing(
        part=first.part,
        contract=first.contract,
        workload=_same(first.workload),
        target=first.target,
        is_floor=first.is_floor,
        sessions=usable,
        spreads={} if faults else {name: Spread(values=tuple(numbers)) for name, numbers in values.items()},
        counts=_counts(mine),
        versions=_versions(first),
        faults=faults,
        partial=partial,
        bound=_bound(mine),
        unstable=_unstable(mine),
        resolved=first.resolved,
        differences=first.differences,
        links=first.links,
        not_counted=_not_counted(mine),
        commands={} if faults else _commands(mine),
        steps={} if faults else _steps(mine),
        kept_up=f"{sum(in_time)} of {len(in_time)} sessions" if in_time else "",
    )
    return replace(standing, hidden=_hidden(standing, headline, in_time))


def _bound(mine: Sequence[Session]) -> str:
    """Return what binds a drain, by the number of sessions; "no limit" counts the sessions that were near none."""
    names: dict[str, list[float]] = {}
    for session in mine:
        if session.header.part in _DRAINS and "drain-rate" in session.figures:
            names.setdefault(session.bound or "no limit", []).append(session.bound_share)
    parts = []
    for name, shares in sorted(names.items(), key=lambda pair: -len(pair[1])):
        used = f", {median(shares):.0%} of it" if any(shares) else ""
        parts.append(f"{name} ({len(shares)} of {len(mine)}{used})")
    return "; ".join(parts)


def _unstable(mine: Sequence[Session]) -> str:
    changes = [session.unstable for session in mine if session.unstable]
    return f"unstable: {len(changes)} of {len(mine)} sessions ({changes[0]})" if changes else ""


def _not_counted(mine: Sequence[Session]) -> str:
    reasons = [f"{kind}: {reason}" for session in mine for kind, reason in session.header.not_counted.items()]
    return "; ".join(dict.fromkeys(reasons))


def _commands(mine: Sequence[Session]) -> dict[PhaseName, dict[str, Spread]]:
    spreads: dict[PhaseName, dict[str, Spread]] = {}
    for name in PHASES:
        counts = [per_unit_by_name(session, name) for session in mine if session.header.ending in COMPLETE]
        if texts := dict.fromkeys(text for session in counts for text in session):
            spreads[name] = {text: Spread(values=tuple(session.get(text, 0.0) for session in counts)) for text in texts}
    return spreads


def _steps(mine: Sequence[Session]) -> dict[PhaseName, StepTimes]:
    complete = [session for session in mine if session.header.ending in COMPLETE]
    names: tuple[PhaseName, ...] = ("enqueue", "execute")
    return {name: times for name in names if (times := step_times(complete, name)) is not None}


def _versions(header: Header) -> str:
    versions = [f"{name} {version}" for name, version in header.versions.items() if name not in {"python", "django"}]
    return "; ".join([", ".join(versions), *(f"{name} {text}" for name, text in header.conditions.items())]).strip("; ")


def _counts(mine: Sequence[Session]) -> str:
    fates = [session for session in mine if session.header.ending in COMPLETE]
    if not fates:
        return ""
    if mine[0].header.workload.arrival == "calls":
        return f"{_span([fate.enqueued for fate in fates])} calls timed"
    left = f", {_span([fate.left for fate in fates])} left" if any(fate.left for fate in fates) else ""
    return f"{_span([fate.ran for fate in fates])} of {_span([fate.enqueued for fate in fates])} ran{left}"


def _span(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _hidden(standing: Standing, headline: str, in_time: Sequence[bool]) -> str:
    if standing.faults:
        return f"no figure: {standing.faults[0]}"
    if standing.not_counted and headline in COUNTS:
        return f"not counted: {standing.not_counted}"
    if headline not in standing.spreads:
        if in_time and not any(in_time):
            return "no figure: the producer did not keep up"
        if standing.partial and standing.partial[0].startswith("refused"):
            return standing.partial[0]
        return f"PARTIAL: {standing.partial[0]}" if standing.partial else "no figure: too few samples"
    return ""


def _ordered(rows: Sequence[Standing], registry: Registry) -> list[Standing]:
    headline = registry.metric(rows[0].headline)
    more = headline.better == "more"
    ceiling = _ceiling(rows, headline.name)
    doubts = {row.target: "" if row.hidden else _doubts(row, headline.name, more=more) for row in rows}
    reasons = {row.target: "" if row.hidden else _unordered(row, headline.name, ceiling, more=more) for row in rows}
    able = [row for row in rows if not row.is_floor and not row.hidden and not reasons[row.target]]
    behind = {
        row.target: [
            other.target
            for other in able
            if other is not row
            and _is_ahead(row, other, headline, is_doubtful=bool(doubts[row.target] or doubts[other.target]))
        ]
        for row in able
    }
    ahead = {row.target: [name for name, others in behind.items() if row.target in others] for row in able}
    # A doubtful row that is apart from no other has no place, not even a tied one.
    able = [row for row in able if not doubts[row.target] or behind[row.target] or ahead[row.target]]
    if len(able) == 1 and any([*reasons.values(), *doubts.values()]):
        # A place says that others are behind.
        reasons[able.pop().target] = "not ordered: no other row has a place"
    places = {row.target: (1 + len(ahead[row.target]), len(able) - len(behind[row.target])) for row in able}
    judged = []
    for row in rows:
        place = _words_of(places[row.target]) if row.target in places else ""
        apart = {row.target, *ahead.get(row.target, ()), *behind.get(row.target, ())}
        tied = [other.target for other in able if other.target not in apart]
        alone = " (alone in its group)" if len(able) == 1 else ""
        words = f"place {place}{f', tied with {", ".join(tied)}' if tied else ''}{alone}" if place else ""
        status = _status(row, words, doubts[row.target], reasons[row.target])
        judged.append(replace(row, place=place, status=status))
    # Floors first, then targets by place; those without one stand last. Names decide what places leave open.
    last = (len(rows) + 1, 0)
    return sorted(judged, key=lambda row: (not row.is_floor, places.get(row.target, last), row.target))


def _status(row: Standing, place: str, doubts: str, reason: str) -> str:
    if row.hidden:
        return row.hidden
    if row.is_floor:
        kind = "yardstick" if row.target.startswith(YARDSTICK) else "floor"
        status = f"{kind}, {doubts}" if doubts else kind
    else:
        status = "; ".join(filter(None, (place, doubts, reason)))
    return f"{status}; PARTIAL: {len(row.partial)} cut short ({row.partial[0]})" if row.partial else status


def _words_of(place: tuple[int, int]) -> str:
    best, worst = place
    return f"{best}" if best == worst else f"{best} to {worst}"


def _ceiling(rows: Sequence[Standing], headline: str) -> float | None:
    """Return the rate of one round trip a task, if that floor is among the rows."""
    floors = [row for row in rows if row.is_floor and row.target.partition("@")[0] == CONNECTION]
    return next((row.spreads[headline].middle for row in floors if headline in row.spreads), None)


def _unordered(row: Standing, headline: str, ceiling: float | None, *, more: bool) -> str:
    """Return the reason why a row takes no place, whatever its figures are, or an empty text."""
    if row.part == UNORDERED:
        return "not ordered: it explains a cost, and compares none"
    if row.target.startswith(OWN):
        return "not ordered: it is Taskgauge's own"
    reasons = []
    if row.sessions < SESSIONS:
        reasons.append(f"not ordered: {row.sessions} of {SESSIONS} sessions")
    if more and ceiling is not None and 2 * row.spreads[headline].middle > ceiling:
        reasons.append("not ordered: within twice the floor of the connection")
    return "; ".join(reasons)


def _doubts(row: Standing, headline: str, *, more: bool) -> str:
    """Return the reasons why a row differs from another by a large margin only, or an empty text."""
    if row.part == UNORDERED:
        return ""
    return "; ".join(filter(None, (_too_far_apart(row, headline, more=more), row.unstable)))


def _too_far_apart(row: Standing, headline: str, *, more: bool) -> str:
    """Return the reason why the median of a rate is not shown, or an empty text."""
    spread = row.spreads[headline]
    if not more or spread.high <= SPREAD * spread.low:
        return ""
    return f"{_WITHHELD}: sessions differ by a factor of {spread.high / spread.low:.2f}, more than {SPREAD}"


def _is_ahead(first: Standing, second: Standing, headline: Metric, *, is_doubtful: bool) -> bool:
    """Return True if all sessions of the first are better than all of the second, by the margin that is needed."""
    margin = _DOUBTFUL_MARGIN if is_doubtful else _COUNT_MARGIN if headline.name in COUNTS else 1.0
    mine, theirs = (row.spreads[headline.name] for row in (first, second))
    return mine.low > theirs.high * margin if headline.better == "more" else mine.high * margin < theirs.low


def named_targets(rows: Iterable[Standing]) -> tuple[str, ...]:
    """Return the targets that a command names to measure rows again; floors need a name only if they are alone."""
    targets = {row.target: row.is_floor for row in rows}
    return tuple(name for name, is_floor in targets.items() if not is_floor) or tuple(targets)


def is_withheld(row: Standing, metric: str) -> bool:
    """Return True if a metric's range is shown without its median: only of the metric that decides the order."""
    return metric == row.headline and not row.hidden and f"{_WITHHELD}: " in row.status
