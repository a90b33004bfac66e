"""One session: starts a target's store, producer and workers, sends the workload, and returns the trace."""

from taskgauge.suites.sessions.session.session_plan import SessionPlan
from taskgauge.suites.sessions.session.session_run import Session, run_session

__all__ = ["Session", "SessionPlan", "run_session"]
