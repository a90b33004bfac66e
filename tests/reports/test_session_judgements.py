"""Sessions judged: what binds a drain, machines that change, capacities, and the shapes of workers."""

from array import array
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from taskgauge.reports.judging.shapes import knee, total
from taskgauge.reports.judging.standings import Standing, is_withheld, standings
from taskgauge.reports.metrics.bindings import binding, limits, slowdown
from taskgauge.reports.metrics.capacities import is_sustained
from taskgauge.reports.metrics.deliveries import rate
from taskgauge.reports.metrics.session import session
from taskgauge.reports.metrics.stability import foreign_cores, instability
from taskgauge.reports.run_folder.declarations import REGISTRY
from taskgauge.reports.run_folder.traces import NEVER, Ceiling, Header, Trace, Usage, Workload, empty_times

MS = 1_000_000
SECOND = 1_000 * MS


def drain(step: int = 10 * MS, tasks: int = 400, **changes: Any) -> Trace:
    """A drain whose tasks take a step each, one after another, from the first second on."""
    load = changes.pop("workload", Workload(arrival="backlog", tasks=tasks))
    facts: dict[str, Any] = {
        "part": "throughput",
        "target": "shop@redis",
        "repetition": 0,
        "workload": load,
        "contract": "store",
        "ending": "all ran",
    }
    return Trace(
        header=Header(**facts | changes),
        intended=empty_times(tasks),
        enqueue_begin=array("q", range(1, tasks + 1)),
        enqueue_end=array("q", range(2, tasks + 2)),
        started=array("q", (SECOND + step * number for number in range(tasks))),
        finished=array("q", (SECOND + step * (number + 1) for number in range(tasks))),
    )


def usage(**cores: float) -> tuple[Usage, ...]:
    """Samples at the begin and after four seconds, in which each group used so many processors."""
    return tuple(
        Usage(at=SECOND + 4 * SECOND * turn, group=group, resident_bytes=0, cpu_seconds=4 * turn * share)  # type: ignore[arg-type]
        for turn in (0, 1)
        for group, share in cores.items()
    )


@pytest.mark.parametrize(
    ("cores", "name"),
    [
        ({"workers": 0.95, "store": 0.2, "producers": 0.0}, "client CPU"),
        ({"workers": 0.3, "store": 0.95, "producers": 0.0}, "store"),
        ({"workers": 0.3, "store": 0.2, "producers": 0.9}, "producer"),
    ],
)
def test_a_processor_binds(cores: dict[str, float], name: str) -> None:
    """The group that uses its processor to the limit is what binds."""
    found = binding(drain(usage=usage(**cores)))

    assert found is not None
    assert found.name == name


def sampled(*cores: float, group: str = "workers", busiest: tuple[float, ...] = ()) -> tuple[Usage, ...]:
    """Samples of a group at each second, between which all its processes and its busiest used so many processors."""
    return tuple(
        Usage(
            at=SECOND * (number + 1),
            group=group,  # type: ignore[arg-type]
            resident_bytes=0,
            cpu_seconds=sum(cores[:number]),
            busiest=busiest[number - 1] if busiest and number else None,
        )
        for number in range(len(cores) + 1)
    )


@pytest.mark.parametrize(
    ("processors", "workers", "share"),
    [
        # A main process at 30 % beside a worker process that fills its processor.
        (8.0, sampled(1.3, 1.3, busiest=(1.0, 1.0)), 1.0),
        # Four worker processes at 45 % fill two processors.
        (2.0, sampled(1.8, 1.8, busiest=(0.45, 0.45)), 0.9),
        # The interpreter of a process never rests, and some of its threads run outside of it.
        (8.0, sampled(1.3, 1.3, busiest=(1.3, 1.3)), 1.0),
        # A main process and its child, neither of which fills a processor.
        (8.0, sampled(1.4, 1.4, busiest=(0.7, 0.7)), 0.7),
        # A main process and its child that are each busy for half of the time, one after another or in turn.
        (8.0, sampled(1.0, 0.6, busiest=(1.0, 0.6)), 0.8),
        # A control group can allow less than a processor.
        (0.5, sampled(0.5, 0.5, busiest=(0.25, 0.25)), 1.0),
    ],
)
def test_the_busiest_process_or_the_machine(processors: float, workers: tuple[Usage, ...], share: float) -> None:
    """The limit of a group is one processor for its busiest process, or the processors of the machine for all."""
    trace = drain(usage=workers, processors=processors)

    assert limits(trace)["client CPU"] == pytest.approx(share)


def test_a_helper_does_not_hide_a_busy_backend() -> None:
    """A backend of PostgreSQL at 95 % binds a drain, whatever the server's other processes use."""
    store = sampled(1.01, 1.01, group="store", busiest=(0.95, 0.95))
    bound = binding(drain(usage=store, processors=8.0, target="shop@postgresql"))

    assert bound is not None
    assert (bound.name, bound.share) == ("store", pytest.approx(0.95))


def test_the_pool_of_a_producer_is_no_producer_above_its_whole() -> None:
    """A producer with a pool of processes has the share of all of them."""
    trace = drain(usage=sampled(1.44, 1.44, group="producers", busiest=(0.72, 0.72)), processors=2.0)

    assert limits(trace)["producer"] == pytest.approx(0.72)
    assert binding(trace) is None


def test_rabbitmq_can_use_all_processors() -> None:
    """The one process of RabbitMQ runs on all processors of the machine; Redis runs on one."""
    store = sampled(1.0, 1.0, group="store", busiest=(1.0, 1.0))
    trace = drain(usage=store, processors=4.0, target="shop@rabbitmq")
    on_redis = drain(usage=store, processors=4.0, target="shop@redis")

    assert limits(trace)["store"] == pytest.approx(0.25)
    assert limits(on_redis)["store"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("cores", "share"),
    [
        # The drain is over at the end of the fourth second.
        ((0.9, 0.9, 0.9, 0.9, 0.0, 0.0), 0.9),
        ((0.1, 0.1, 0.1, 0.1, 1.0, 1.0), 0.1),
        # There is no sample at the end or after it.
        ((0.9, 0.9, 0.9), 0.9),
    ],
)
def test_use_after_the_end_does_not_count(cores: tuple[float, ...], share: float) -> None:
    """Neither the ceilings after a drain nor the idle time before them change what binds it."""
    samples = sampled(*cores, busiest=cores)
    ran = drain(usage=samples, processors=2.0)
    boxed = drain(usage=samples, processors=2.0, ending="box", workload=Workload(arrival="backlog", tasks=400, box=4.0))
    machine = drain(usage=sampled(*cores, group="machine"))

    assert limits(ran)["client CPU"] == pytest.approx(share)
    assert limits(boxed)["client CPU"] == pytest.approx(share)
    assert foreign_cores(machine) == pytest.approx(share)


def test_a_drain_that_is_too_short_to_sample() -> None:
    """A drain whose processes were sampled once while it ran may have been near a limit."""
    short = drain(tasks=10, usage=sampled(1.0, 1.0)[1:])

    assert (bound := binding(short)) is not None
    assert (bound.name, bound.share) == ("too short to sample", 0.0)


def test_older_traces_have_the_declared_processes() -> None:
    """Without the busiest process, the declared processes are the limit; an exceeded limit is none."""
    declared = drain(usage=sampled(1.8, 1.8), worker_processes=2)
    exceeded = drain(usage=sampled(1.39, 1.39))

    assert limits(declared)["client CPU"] == pytest.approx(0.9)
    assert "client CPU" not in limits(exceeded)
    assert binding(exceeded) is None


def test_commits_bind() -> None:
    """A drain whose two commits a task fill the rate of one connection is bound by it, and four times that is not."""
    rates = {"before": 210.0, "after": 200.0}
    near = drain(ceilings=(Ceiling(name="commits of postgresql", **rates),), target="shop@postgresql")
    far = replace(near, header=replace(near.header, slots=4))

    assert (found := binding(near)) is not None
    assert found.name == "one connection's commit rate"
    assert limits(far)[found.name] == pytest.approx(limits(near)[found.name] / 4)


def test_what_was_exceeded_is_no_limit() -> None:
    """A drain with more commits than its ceiling allows is not bound by that ceiling."""
    ceiling = Ceiling(name="commits of postgresql", before=120.0, after=120.0)
    over = drain(ceilings=(ceiling,), target="shop@postgresql", usage=usage(workers=0.3))

    assert "one connection's commit rate" not in limits(over)
    assert binding(over) is None


def test_a_nap_binds() -> None:
    """A worker that naps after each task is bound by its poll interval; one that works on is not."""
    assert (found := binding(drain(step=100 * MS, poll_seconds=0.1))) is not None
    assert found.name == "poll interval"
    assert binding(drain(step=1 * MS, poll_seconds=0.1, usage=usage(workers=0.3))) is None


def test_nothing_binds_without_a_rate() -> None:
    """A session that lost a task has no limits."""
    lost = drain(usage=usage(workers=1.0), ending="quiet")

    assert limits(lost) == {}


def test_ceilings_that_differ() -> None:
    """A session is unstable if a ceiling changed by more than 15 %, in any direction."""

    def with_ceiling(before: float, after: float) -> Trace:
        return drain(ceilings=(Ceiling(name="commits of sqlite", before=before, after=after),))

    assert instability(with_ceiling(100.0, 114.0)) == ""
    assert "commits of sqlite" in instability(with_ceiling(100.0, 116.0))
    assert "commits of sqlite" in instability(with_ceiling(116.0, 100.0))


def test_other_programs() -> None:
    """What the machine used and the session did not is other programs'; a given server cannot be told from them."""
    busy = drain(usage=usage(workers=0.9, store=0.2, producers=0.0, driver=0.1, machine=2.0))
    given = replace(busy, header=replace(busy.header, contract="store, as the given server is set"))

    assert foreign_cores(busy) == pytest.approx(0.8)
    assert "0.8 processors" in instability(busy)
    assert (foreign_cores(given), instability(given)) == (None, "")


def comparable(target: str, steps: Sequence[int], *, unstable: bool = False) -> list[Trace]:
    """Return five drains with these milliseconds from task to task; the machine can have changed in the first."""
    ceilings = (Ceiling(name="commands of redis", before=100.0, after=150.0),)
    return [
        drain(step=step * MS, target=target, repetition=number, ceilings=ceilings if unstable and not number else ())
        for number, step in enumerate(steps)
    ]


def test_an_unstable_row_has_a_place_only_by_a_large_margin() -> None:
    """A row with an unstable session is marked, and a row is ahead of it only if it is more than twice as good."""
    fast, near, far = (
        comparable("fast@redis", [10] * 5),
        comparable("near@redis", [19] * 5, unstable=True),
        comparable("far@redis", [25] * 5, unstable=True),
    )

    alone, unplaced = standings(map(session, [*fast, *near]), REGISTRY)
    assert (alone.status, alone.place) == ("not ordered: no other row has a place", "")
    assert unplaced.status.startswith("unstable: 1 of 5 sessions (commands of redis a second were")
    assert unplaced.place == ""

    first, second, unplaced = standings(map(session, [*near, *far, *fast]), REGISTRY)
    assert [row.target for row in (first, second, unplaced)] == ["fast@redis", "far@redis", "near@redis"]
    assert (first.status, first.place) == ("place 1", "1")
    assert second.status.startswith("place 2; unstable: 1 of 5 sessions (commands of redis a second were")
    assert unplaced.place == ""


def test_a_withheld_row_has_a_place_only_by_a_large_margin() -> None:
    """All sessions count: the best of the slower row against the worst of the faster one."""
    fast = comparable("fast@redis", [10, 10, 11, 12, 12])
    near = comparable("near@redis", [20, 30, 30, 30, 30])
    far = comparable("far@redis", [30, 40, 40, 40, 40])

    rows = standings(map(session, [*fast, *near]), REGISTRY)
    assert [row.place for row in rows] == ["", ""]
    rows = standings(map(session, [*far, *fast]), REGISTRY)
    assert [(row.target, row.place) for row in rows] == [("fast@redis", "1"), ("far@redis", "2")]
    assert all(is_withheld(row, row.headline) for row in rows)
    tied = standings(map(session, [*far, *near, *fast]), REGISTRY)
    assert [row.place for row in tied] == ["1", "2", ""]


def test_an_unstable_rate_is_withheld_too() -> None:
    """Sessions far apart have no median in the table, whether or not the machine changed."""
    ceilings = (Ceiling(name="commands of redis", before=100.0, after=150.0),)
    traces = [
        drain(step=(10 + 5 * number) * MS, target=target, repetition=number, ceilings=ceilings, is_floor=is_floor)
        for number in range(5)
        for target, is_floor in (("shop@redis", False), ("floor-redis@redis", True))
    ]
    floor, shop = standings(map(session, traces), REGISTRY)

    assert is_withheld(floor, floor.headline)
    assert is_withheld(shop, shop.headline)
    words = "withheld: sessions differ by a factor of 3.00, more than 1.15; unstable: 5 of 5 sessions (commands"
    assert shop.status.startswith(words)
    assert floor.status.startswith(f"floor, {words}")


def test_what_runs_after_the_box_is_left() -> None:
    """Workers go on while results are looked up: those tasks did not run in time, and say nothing on the rate."""
    box = Workload(arrival="backlog", tasks=400, box=2.0)
    trace = drain(tasks=400, workload=box, ending="box")
    for number in range(200, 400):
        late = 8 * SECOND + 20 * MS * (number - 200)
        trace.started[number] += late
        trace.finished[number] += late
    fate = session(trace)

    assert (fate.ran, fate.left, fate.fault) == (200, 200, "")
    assert slowdown(trace) == pytest.approx(1.0, abs=0.05)


def test_rate_over_time() -> None:
    """A drain that gets slower shows it, second by second and in one ratio."""
    even, slower = drain(tasks=400), drain(tasks=400)
    for number in range(200, 400):
        # The second half takes three times as long.
        slower.started[number] += 20 * MS * (number - 200)
        slower.finished[number] += 20 * MS * (number - 199)

    assert slowdown(even) == pytest.approx(1.0, abs=0.05)
    assert slowdown(slower) == pytest.approx(1 / 3, abs=0.05)
    seconds = [(at - min(slower.started)) // SECOND for at in slower.finished]
    assert seconds.count(0) > 2 * seconds.count(4)


def test_a_backlog_that_was_not_enqueued_whole() -> None:
    """A producer that was cut off leaves tasks that do not exist: the rate is of those that ran."""
    part = drain(tasks=400)
    for number in range(200, 400):
        for column in (part.enqueue_begin, part.enqueue_end, part.started, part.finished):
            column[number] = NEVER

    assert rate(part) == pytest.approx(100.0)


def open_loop(service: int, tasks: int = 1_000, step: int = 10 * MS, **changes: Any) -> Trace:
    """An open loop at equal steps, whose tasks one worker runs one after another, each for `service` nanoseconds."""
    load = Workload(arrival="rate", tasks=tasks, rate=SECOND / step, share=50)
    trace = drain(tasks=tasks, workload=load, part="latency", **changes)
    free = 0
    for number in range(tasks):
        due = SECOND + number * step
        start = max(due, free)
        free = start + service
        trace.intended[number], trace.enqueue_begin[number], trace.enqueue_end[number] = due, due, due + 1
        trace.started[number], trace.finished[number] = start, free
    return trace


def test_capacity() -> None:
    """A target sustains a rate that it can serve, and none at which its backlog grows or its tasks start late."""
    assert is_sustained(open_loop(9 * MS))
    assert not is_sustained(open_loop(11 * MS))
    late = open_loop(5 * MS)
    for number in range(20):
        late.started[number] += 3 * SECOND
    assert not is_sustained(late)
    # A worker that looks every five seconds may start a task as late as that.
    assert is_sustained(replace(late, header=replace(late.header, poll_seconds=5.0)))


def test_capacity_needs_a_producer_and_a_history() -> None:
    """A session whose producer did not keep up, or that lost a task, sustains nothing."""
    behind = open_loop(5 * MS)
    for number in range(500):
        behind.enqueue_begin[number] += 100 * MS
    lost = open_loop(5 * MS, ending="quiet")

    assert not is_sustained(behind)
    assert not is_sustained(lost)


def shape(workers: int, concurrency: int, rate: float) -> Standing:
    """The standing of one shape."""
    load = Workload(arrival="backlog", tasks=400, workers=workers, concurrency=concurrency)
    [row] = standings([session(drain(step=round(SECOND / rate), workload=load))], REGISTRY)
    return row


def test_the_knee() -> None:
    """The knee is the total before the one that gains less than 5 %, with the best shape of that total."""
    rows = [shape(1, 1, 100), shape(2, 1, 190), shape(1, 2, 120), shape(4, 1, 195), shape(1, 4, 130), shape(8, 1, 300)]

    assert (found := knee(rows)) is not None
    assert (total(found.workload), found.workload.workers) == (2, 2)
    assert knee([]) is None
