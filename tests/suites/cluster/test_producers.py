"""Producers and workers on several hosts, each with a network namespace, a name and a clock of its own."""

import shutil
from pathlib import Path

import pytest
from cluster_hosts import Network, Start, command_line, is_over, tree, wait_for

from taskgauge.reports.metrics.host_rates import clock_step, combined_rate, offset_error
from taskgauge.reports.run_folder.traces import Trace, read_trace

pytestmark = [pytest.mark.slow, pytest.mark.services]

TARGET = "django-tasks-redis@redis"
ONE_WAY_NS = 1_000_000
"""The delay of each link in each direction, in nanoseconds."""
STEP = """
import os, time
_real, _flag = time.monotonic_ns, os.environ.get("CLOCK_STEP_FLAG")
def _stepped():
    return _real() + (5_000_000_000 if os.path.exists(_flag) else 0)
if _flag:
    time.monotonic_ns = _stepped
"""
"""A clock that jumps ahead by 5 s once a file exists, in all processes of a host."""


@pytest.fixture
def redis(network: Network, tmp_path: Path) -> str:
    """Start a Redis in the hub's namespace; return its URL as all hosts reach it."""
    pytest.importorskip("django_tasks_redis")
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is None:
        pytest.skip("redis-server is not installed")
    options = ("--bind", network.address, "--protected-mode", "no", "--save", "", "--appendonly", "no")
    network.run("hub", binary, *options, "--dir", tmp_path)
    return f"redis://{network.address}:6379/0"


def join(network: Network, *hosts: str) -> None:
    """Wait until the workers of these hosts have joined the scheduler."""
    log = network.folder / "scheduler.txt"
    wait_for(lambda: log.read_text().count("Register worker") == len(hosts))


def sessions(folder: Path) -> list[list[Trace]]:
    """Return the traces of the target's sessions, those of one session together."""
    traces = [read_trace(path) for path in sorted((folder / "producers").glob(f"*{TARGET}*.trace.gz"))]
    numbers = sorted({trace.header.repetition for trace in traces})
    return [[trace for trace in traces if trace.header.repetition == number] for number in numbers]


def test_producers_and_a_worker(network: Network, start: Start, redis: str, tmp_path: Path) -> None:
    """Three hosts send over links of 1 ms, one clock is 1000 s ahead, and one host works: each time is of one clock."""
    network.delay(ONE_WAY_NS / 1e9)
    address = network.scheduler()
    network.worker("ash")
    network.worker("birch", offset=1000)
    network.worker("cedar")
    join(network, *network.hosts)

    words = ("bench", "--quick", "--part", "producers", "--target", TARGET, "--working-hosts", 1, "--out", "run")
    command = start(*words, "--cluster", address, prefix=network.inside("hub"), TASKGAUGE_REDIS_URL=redis)
    code, out, error = command.end()

    assert 0 == code, out + error
    alone, paced, together, unpaced, worked = sessions(tmp_path / "run")
    assert [1, 1, 3, 3, 3] == [len(traces) for traces in (alone, paced, together, unpaced, worked)]
    agents = {trace.header.agent.host: trace.header.agent for trace in unpaced if trace.header.agent}
    assert agents.keys() == {"ash", "birch", "cedar"}
    offsets = {host: agent.before.ns / 1e9 for host, agent in agents.items() if agent.before}
    assert offsets["birch"] == pytest.approx(1000, abs=1)
    assert offsets["ash"] == pytest.approx(0, abs=1)
    assert all(clock_step(agent) is None for agent in agents.values())
    # Each message goes there and back, and so does each enqueue at least once.
    assert all(offset_error(agent) >= ONE_WAY_NS for agent in agents.values())
    for trace in (*alone, *unpaced):
        times = zip(trace.enqueue_begin, trace.enqueue_end, strict=True)
        assert min(end - begin for begin, end in times if end) >= 2 * ONE_WAY_NS
    # A machine that is busy may make a producer late, which then gives no rate, and says so.
    combined = combined_rate(unpaced)
    assert combined.rate is not None, combined.reason
    assert combined.share > 0.9
    # A host is told its own share: three of them are due to send three times as much.
    counts = [sum(trace.header.agent.sent for trace in session if trace.header.agent) for session in (paced, together)]
    assert counts[1] >= 2.9 * counts[0]
    # Every task ran exactly once, on the one host with workers; its own tasks have a start on its own clock.
    assert not any(trace.header.reason for trace in worked)
    for trace in worked:
        agent = trace.header.agent
        assert agent is not None
        assert agent.sent > 0
        assert (len(agent.elsewhere), sum(at > 0 for at in trace.started)) == (
            (0, agent.sent) if agent.workers else (agent.sent, 0)
        )
        # A task goes to the store and to its host. Without the offsets, a thousand seconds would stand here.
        assert all(2 * ONE_WAY_NS - agent.elsewhere_error <= time < 60e9 for time in agent.elsewhere)
    report = (tmp_path / "run/report.md").read_text()
    assert f"({combined.rate / (combined_rate(alone).rate or 0):.2f} times the rate of one host), where all" in report
    assert "The bound of the rate: " in report


@pytest.mark.parametrize("trouble", ["clock", "host"])
def test_trouble_in_a_window(network: Network, start: Start, redis: str, tmp_path: Path, trouble: str) -> None:
    """A clock that steps, or a host that is killed, in mid-run: no rate, the reason, and the rest is kept."""
    address = network.scheduler()
    own = tmp_path / "site"
    own.mkdir()
    (own / "sitecustomize.py").write_text(STEP)
    flag = tmp_path / "stepped"
    network.worker("ash")
    birch = network.worker("birch", PYTHONPATH=str(own), CLOCK_STEP_FLAG=str(flag))
    join(network, "ash", "birch")

    words = ("bench", "--part", "producers", "--target", TARGET, "--out", "run", "--cluster", address)
    command = start(*words, prefix=network.inside("hub"), TASKGAUGE_REDIS_URL=redis)
    # birch has a producer from the third session on.
    wait_for(lambda: [child for child in tree(birch.pid) if "host_producer" in command_line(child)])
    [producer] = [child for child in tree(birch.pid) if "host_producer" in command_line(child)]
    wait_for(lambda: producer.is_running() and producer.num_ctx_switches().voluntary > 200)
    if trouble == "clock":
        flag.touch()
    else:
        birch.kill()

    code, out, error = command.end()
    assert (0 if trouble == "clock" else 4) == code, out + error
    alone, _, together, *_ = sessions(tmp_path / "run")
    assert combined_rate(alone).rate is not None
    reason = combined_rate(together).reason
    expected = "the clock of birch stepped by +5.0" if trouble == "clock" else "birch: it went away"
    assert expected in reason
    assert expected in (tmp_path / "run/report.md").read_text()
    wait_for(lambda: is_over(producer), 120)
