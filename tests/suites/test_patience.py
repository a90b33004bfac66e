"""How long a target is waited for."""

from taskgauge.suites.conformance.patience import Patience


def test_what_runs_nothing_is_waited_for_briefly() -> None:
    """After five waits in vain with nothing run meanwhile, not before."""
    patience = Patience(extra=1.0)
    for _ in range(5):
        assert 30.0 == patience.limit(30.0, executions=2)
        patience.waited_in_vain(executions=2)
    assert 3.0 == patience.limit(30.0, executions=2)
    assert 2.0 == patience.limit(2.0, executions=2)


def test_one_task_that_runs_restores_it() -> None:
    """Also while the last of those waits went on."""
    patience = Patience(extra=1.0)
    for _ in range(5):
        patience.waited_in_vain(executions=0)
    assert 30.0 == patience.limit(30.0, executions=1)
    for executions in (2, 3, 4, 5, 6):
        patience.waited_in_vain(executions)
    assert 30.0 == patience.limit(30.0, executions=6)
