"""The ledger on real processes: what one change of one kind does to the counters."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from taskgauge.reports.run_folder.counters import compare
from taskgauge.reports.run_folder.gate_files import read_ledger
from taskgauge.reports.run_folder.run_file import Run
from taskgauge.suites.gate.available_operations import AvailableOperations
from taskgauge.suites.gate.gate_context import GateContext
from taskgauge.suites.gate.ledger import LedgerCounting, together
from taskgauge.suites.gate.problems import ProblemsFile, SideProblem
from taskgauge.suites.run_control.provenance import RunRecord

pytestmark = pytest.mark.slow

ENQUEUE, GET = "enqueue@toytasks", "get_result@toytasks"


def counted(context: GateContext) -> dict[str, Any]:
    """Count both sides; return what `ledger.json` says."""
    ledger = LedgerCounting(
        context, AvailableOperations(problems=ProblemsFile(context.run_folder), record=record_of(context))
    )
    for profile in context.profiles:
        for side in context.sides:
            ledger.count(profile, side)
    ledger.write()
    document: dict[str, Any] = json.loads((context.run_folder / "gate" / "ledger.json").read_text())
    return document


def record_of(context: GateContext) -> RunRecord:
    """Return a record for what is left out."""
    return RunRecord(context.run_folder, Run())


def test_equal_sides_count_the_same(context: Callable[..., GateContext]) -> None:
    """Three fresh processes a side with hash seeds of their own agree, and so do the sides."""
    found = counted(context((ENQUEUE, "get_result@toytasks")))

    assert found["missing"] == {"base": {}, "head": {}}
    base, head = found["base"]["get_result@toytasks"], found["head"]["get_result@toytasks"]
    assert len(set(base["bytecodes"] + head["bytecodes"])) == 1
    assert len(set(base["allocations"] + head["allocations"])) == 1
    assert base["statements"] == head["statements"] == []
    assert base["pickle_bytes"] == head["pickle_bytes"]
    assert len({*found["hash_seeds"]["base"], *found["hash_seeds"]["head"]}) == 6


def test_ids_that_are_random_are_no_difference(context: Callable[..., GateContext]) -> None:
    """A number of 16 bytes or of 17, a letter drawn again: sides that are alike count alike."""
    change = {"enqueueing": "result.args.append(__import__('uuid').uuid4())"}
    made = context((ENQUEUE, GET), base=change, **change)
    found = counted(made)

    [pickled] = set(found["base"][GET]["pickle_bytes"] + found["head"][GET]["pickle_bytes"])
    assert pickled > 100
    ledger = read_ledger(made.run_folder)
    assert ledger is not None
    outcomes = {
        (operation, each.counter): each.outcome
        for operation, base in ledger.base.items()
        for each in compare(base, ledger.head[operation])
    }
    assert (ENQUEUE, "bytes_per_object") in outcomes
    assert set(outcomes.values()) == {"PASS"}


@pytest.mark.parametrize(
    ("change", "counter"),
    [
        ("result.args.append([])", "bytes_per_object"),
        ("object.__setattr__(result, 'worker_ids', ['x' * 8, [1, 2]])", "allocations"),
        ("[number for number in range(40)]", "bytecodes"),
        ("result.task.get_backend()", "calls"),
    ],
)
def test_one_change_is_counted(change: str, counter: str, context: Callable[..., GateContext]) -> None:
    """More bytes, allocations, bytecodes or calls of head are more in every process."""
    found = counted(context((ENQUEUE,), enqueueing=change))

    base, head = found["base"][ENQUEUE][counter], found["head"][ENQUEUE][counter]
    if isinstance(base, list):
        assert max(base) < min(head)
    else:
        assert base < head


def test_statements_are_named(context: Callable[..., GateContext]) -> None:
    """One more statement of head is there by its text, without its values, and so is its commit."""
    more = """
from django.db import connection, transaction

def query(result):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 17, 'abc' || %s", [result.id])
"""
    found = counted(context((ENQUEUE, f"a{ENQUEUE}"), enqueueing="query(result)", more=more))

    # The awaited one runs in a thread of its own, whose connection was opened before.
    for operation in (ENQUEUE, f"a{ENQUEUE}"):
        assert found["base"][operation]["statements"] == []
        assert found["head"][operation]["statements"] == ["BEGIN", "SELECT ?, ? || %s", "COMMIT"]


def test_commands_are_named(context: Callable[..., GateContext]) -> None:
    """What a client of Redis packs is there by its name: single commands, and those of a pipeline."""
    pytest.importorskip("redis")
    more = """
import redis.connection

packer = redis.connection.PythonRespSerializer(6000, lambda value: str(value).encode())
"""
    send = "packer.pack('HSET', 'key', 'field', 1)"
    found = counted(
        context(
            (ENQUEUE,),
            base={"enqueueing": send, "more": more},
            enqueueing=f"{send}; packer.pack('LPUSH', 'key', 1)",
            more=more,
        )
    )

    assert found["base"][ENQUEUE]["commands"] == ["HSET"]
    assert found["head"][ENQUEUE]["commands"] == ["HSET", "LPUSH"]


def test_methods_of_amqp_are_named(context: Callable[..., GateContext]) -> None:
    """What AMQP's client sends is there by the name of its method, however it is passed."""
    pytest.importorskip("amqp")
    more = """
from amqp import spec
from amqp.abstract_channel import AbstractChannel

class Channel(AbstractChannel):
    def __init__(self):
        self.connection, self.channel_id = self, 1

    def frame_writer(self, *words):
        pass

channel = Channel()
"""
    send = "channel.send_method(spec.Basic.Publish); channel.send_method(sig=spec.Basic.Get)"
    found = counted(context((ENQUEUE,), enqueueing=send, more=more))

    assert found["base"][ENQUEUE]["commands"] is None
    assert found["head"][ENQUEUE]["commands"] == ["Basic.Publish", "Basic.Get"]


def test_a_operation_that_head_lacks(context: Callable[..., GateContext]) -> None:
    """It is missing on head with its reason, and what both have is counted."""
    found = counted(context(more="KEEPS_RESULTS = False"))

    assert set(found["head"]) == {ENQUEUE, "aenqueue@toytasks"}
    assert found["missing"]["base"] == {}
    assert found["missing"]["head"]["get_result@toytasks"] == "ToyBackend has supports_get_result = False"


def test_a_operation_that_a_side_has_no_more(context: Callable[..., GateContext]) -> None:
    """An operation that a process had is missing in none after it: the side fails in it."""
    made = context((ENQUEUE,))
    available = AvailableOperations(problems=made.problems, record=record_of(made))

    assert not available.has("base", GET, "it never was there")
    assert available.has("head", ENQUEUE, None)
    with pytest.raises(SideProblem) as caught:
        available.has("head", ENQUEUE, "ValueError: no more")
    assert (caught.value.side, caught.value.kind, caught.value.operation) == ("head", "raises", ENQUEUE)
    assert made.problems.found == []


def test_processes_together() -> None:
    """Numbers of all processes are kept; texts that most agree on stand for all; what nobody counts is none."""
    one = {"bytecodes": 10, "statements": ["A"], "bytes_per_object": 8, "pickle_bytes": None}
    other = {"bytecodes": 11, "statements": ["A", "B"], "bytes_per_object": 16, "pickle_bytes": None}

    assert together([one, other, one]) == {
        "bytecodes": [10, 11, 10],
        "statements": ["A"],
        "bytes_per_object": [8, 16, 8],
        "pickle_bytes": None,
    }
