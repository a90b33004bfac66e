"""The parts and metrics of Taskgauge; to add a part or metric, add an entry here."""

from taskgauge.reports.run_folder.registry import Metric, Part, Registry

_OF_ALL_TARGETS = {"throughput", "enqueue", "idle", "round-trips"}
"""The parts that a run of all targets measures."""
_OF_DEFAULT_RUN = {"throughput", "enqueue", "idle"}
"""The parts of whole backends that a default run measures, on targets that need neither a server nor a package."""
PARTS = (
    Part(name="time", title="Time", suite="taskgauge.suites.shapes.time.test_time", files="pyperf"),
    Part(
        name="ordering",
        title="Ordering",
        suite="taskgauge.suites.shapes.sorting",
        subject="sort orders",
        baseline="key-tuple",
        control="key-tuple-again",
        files="pyperf",
    ),
    Part(name="memory", title="Memory", suite="taskgauge.suites.shapes.memory.test_memory"),
    Part(name="transport", title="Transport", suite="taskgauge.suites.shapes.transport.test_transport"),
    Part(name="dispatch", title="Dispatch", suite="taskgauge.suites.dispatch"),
    Part(name="behaviour", title="Behaviour", suite="taskgauge.suites.shapes.behaviour", control=None, files="answers"),
    Part(
        name="calls",
        title="call and acall",
        suite="taskgauge.suites.calls",
        subject="ways to call",
        baseline="func",
        control="func-again",
    ),
    *(
        Part(
            name=name,
            title=title,
            suite="taskgauge.suites.cluster"
            if name == "producers"
            else f"taskgauge.suites.sessions.test_{name.replace('-', '_')}",
            subject="targets",
            baseline="floor",
            control=None,
            files="traces",
            on_request=name not in _OF_DEFAULT_RUN,
            of_all_targets=name in _OF_ALL_TARGETS,
        )
        for name, title in (
            ("throughput", "Throughput of backends"),
            ("enqueue", "Enqueueing to backends"),
            ("order", "Order of execution"),
            ("growth", "Growth with waiting tasks and kept results"),
            ("leaks", "Memory and connections of a worker"),
            ("idle", "Idle workers: pick-up and cost"),
            ("latency", "Latency of backends under load"),
            ("round-trips", "Statements and commands for each task"),
            ("overhead", "Django's share of a task"),
            ("chart", "The published chart"),
            ("producers", "Producers on several hosts"),
        )
    ),
)

_TIMES = {
    "create-bare": "Create a result: the shape alone",
    "create": "Create a result, its arguments passed through normalize_json",
    "read-first": "Read a result's first attribute",
    "read-last": "Read a result's last attribute",
    "read-property": "Read a result's property",
    "read-task": "Read a result's task",
    "evolve-bare": "A new result with one field changed: the shape alone",
    "evolve": "A new result with one field changed, as each shape's library does it",
    "refresh-in-place": "Refresh all eight fields in place",
    "refresh-by-replacement": "Refresh all eight fields by a replacement",
    "equal": "Compare two equal results",
    "copy": "copy.copy of a result",
    "deepcopy": "copy.deepcopy of a result",
    "repr": "repr of a result",
    "task-create-bare": "Create a Task: the shape alone",
    "task-create": "Create a Task, validated by its backend",
    "task-read": "Read a Task's attributes",
    "task-evolve": "A new Task with one field changed",
    "task-equal": "Compare two equal Tasks",
    "task-hash": "Hash a Task",
    "task-pickle-dumps": "Pickle a Task",
    "task-pickle-loads": "Unpickle a Task",
    "context-create": "Create a TaskContext",
    "order-sort": "Sort results",
    "order-heapq": "Push to and pop from heapq",
    "order-priority-queue": "Put into and get from queue.PriorityQueue",
}
_PICKLES = {
    f"pickle-{operation}{suffix}-{protocol}": f"{title} results, protocol {protocol}{words}"
    for protocol in range(2, 6)
    for suffix, words in (("", ""), ("-batch", ", 1,000 at a time"))
    for operation, title in (("dumps", "Pickle"), ("loads", "Unpickle"))
}
_QUANTILES = tuple(
    Metric(
        name=f"{operation}-{name}",
        title=f"{title}, {quantile:.1%} quantile",
        unit="µs",
        quantile=quantile,
    )
    for name, quantile in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999))
    for operation, title in (
        ("enqueue", "Time of an enqueue"),
        ("start", "Time from enqueue to start"),
        ("lateness", "Time from due to start"),
        ("call", "Time of a call"),
    )
)

METRICS = (
    *(Metric(name=name, title=title, unit="ns") for name, title in _TIMES.items()),
    Metric(name="allocated-bytes", title="Bytes allocated for one result", unit="B/object", exact=True),
    Metric(name="allocations", title="Allocations for one result", unit="1/object", exact=True),
    Metric(name="resident-bytes", title="Resident bytes of one result, with all of them alive", unit="B/object"),
    Metric(name="collect", title="One full garbage collection with all results alive", unit="ns/object"),
    Metric(name="pickle-all", title="Pickle every result, 1,000 at a time", unit="ns/object"),
    Metric(name="pickle-bytes", title="Size of a pickle, for each result in it", unit="B/object", exact=True),
    Metric(name="pipe-rate", title="Results through a pipe to another process and back", unit="tasks/s", better="more"),
    Metric(name="pipe-bytes", title="Bytes through the pipe for each result", unit="B/task", exact=True),
    Metric(name="task-copies", title="Task objects on the other side of the pipe", unit="Task objects", exact=True),
    Metric(
        name="dispatch-rate", title="Tasks from the first enqueue to the last finish", unit="tasks/s", better="more"
    ),
    Metric(name="unaccounted", title="Tasks lost or doubled", unit="tasks", exact=True),
    Metric(name="enqueue-max", title="Longest enqueue", unit="µs"),
    Metric(name="lateness-max", title="Longest time from due to start", unit="µs"),
    Metric(name="start-max", title="Longest time from enqueue to start", unit="µs"),
    Metric(name="call-rate", title="Calls of a task's function", unit="calls/s", better="more"),
    Metric(name="loop-stall", title="Longest stall of the event loop", unit="ms"),
    Metric(
        name="overlap",
        title="Calls whose bodies ran at the same time, at most",
        unit="bodies at once",
        better="more",
        exact=True,
    ),
    *(Metric(name=name, title=title, unit="ns") for name, title in _PICKLES.items()),
    *_QUANTILES,
    Metric(name="drain-rate", title="Rate of a drain", unit="tasks/s", better="more"),
    Metric(
        name="drain-slowdown",
        title="Rate of the last quarter of a drain by that of the first",
        unit="ratio",
        better="more",
    ),
    Metric(name="sent-rate", title="Rate at which a host sent", unit="tasks/s", better="more"),
    Metric(name="offered-rate", title="Offered rate", unit="tasks/s", better="more"),
    Metric(
        name="capacity",
        title="Highest rate without a growing backlog and with 99% of starts within 1 s and a poll interval",
        unit="tasks/s",
        better="more",
    ),
    Metric(name="chart-seconds", title="Start of the worker's command to its end, or to the last finish", unit="s"),
    Metric(name="worker-cpu", title="Processor time of workers", unit="s/1,000 tasks"),
    Metric(name="store-cpu", title="Processor time of the store", unit="s/1,000 tasks"),
    Metric(name="worker-memory", title="Most resident memory of all workers", unit="MiB"),
    Metric(name="log-bytes", title="Output of workers", unit="B/1,000 tasks"),
    Metric(name="inversions", title="Pairs of tasks that started in the wrong order (50 % is chance)", unit="%"),
    Metric(name="tau", title="Kendall's tau of the order (1 is right, 0 is chance)", unit="tau", better="more"),
    Metric(name="priority-inversions", title="Pairs of different priority that started in the wrong order", unit="%"),
    Metric(
        name="starved-share",
        title="Tasks that started before ten earlier ones, of low priority or on a second queue",
        unit="%",
    ),
    Metric(name="starved-seconds", title="Time from the first start of all to the last start of these ten", unit="s"),
    Metric(
        name="claim-exponent",
        title="Growth of the time from one start to the next: exponent of the size",
        unit="exponent",
    ),
    Metric(name="enqueue-exponent", title="Growth of enqueue(): exponent of the size", unit="exponent"),
    Metric(name="lookup-exponent", title="Growth of get_result(): exponent of the size", unit="exponent"),
    Metric(name="reached", title="Largest size", unit="tasks", better="more"),
    *(
        Metric(name=f"{operation}-at-{size}", title=f"{title}, at {size:,}", unit="µs")
        for operation, title in (
            ("enqueue", "Median time of enqueue()"),
            ("claim", "Median time from one start to the next"),
            ("lookup", "Median time of get_result()"),
        )
        for size in (100, 1_000, 10_000, 100_000, 1_000_000)
    ),
    Metric(name="leaked-bytes", title="Resident memory that a worker process gains", unit="B/1,000 tasks"),
    Metric(name="leaked-blocks", title="Allocated blocks that a worker process gains", unit="1/1,000 tasks"),
    Metric(name="group-growth", title="Resident memory that all workers gain", unit="B/1,000 tasks"),
    Metric(name="connections", title="Open connections of workers at the store, at most", unit="connections"),
    Metric(name="driver-time", title="The producer's own work for one enqueue", unit="ns"),
    Metric(name="driver-share", title="The producer's own work beside an enqueue, in percent of its median", unit="%"),
    Metric(name="task-commands", title="Statements or commands of enqueue, claim and finish", unit="1/task"),
    Metric(name="enqueue-commands", title="Statements or commands of an enqueue", unit="1/task"),
    Metric(name="run-commands", title="Statements or commands of claim and finish", unit="1/task"),
    Metric(name="result-commands", title="Statements or commands of get_result", unit="1/call"),
    Metric(name="log-lines", title="Lines that a worker prints", unit="1/task"),
    Metric(name="idle-commands", title="Statements or commands of an idle worker", unit="1/h"),
    Metric(name="idle-cpu", title="Processor time of an idle worker", unit="s/h"),
    Metric(name="idle-log", title="Output of an idle worker", unit="B/h"),
    Metric(name="enqueue-django", title="Django's part of an enqueue", unit="µs"),
    Metric(name="enqueue-share", title="Django's share of an enqueue", unit="%"),
    Metric(name="execute-django", title="Django's part of an execution", unit="µs"),
    Metric(name="execute-share", title="Django's share of an execution", unit="%"),
    Metric(name="heartbeat-resolution", title="Longest stall of an idle event loop", unit="ms"),
)

REGISTRY = Registry(parts=PARTS, metrics=METRICS)
