"""The planner's statistics of PostgreSQL.

In a server that is in use, autovacuum keeps them within about a minute of every change. A table that was filled a
moment ago has none, so that a claim may sort all waiting tasks instead of reading an index. A session makes them
itself: what it measures must not depend on whether autovacuum came in time.
"""

from contextlib import closing

from taskgauge.suites.sessions.errors import PreparationFailed
from taskgauge.suites.sessions.session.processes import SessionProcesses

CONDITION = "statistics of the planner"
"""The name of the condition that says that there are none."""
MISSING = "none, as psycopg is not installed"


def refresh_statistics(processes: SessionProcesses) -> dict[str, str]:
    """Make the statistics of a session's database; return the condition of its figures if that is not possible.

    Raise PreparationFailed if the server refuses.
    """
    if "postgresql" not in processes.target.kinds:
        return {}
    try:
        import psycopg  # noqa: PLC0415 -- only where this store is used
    except ImportError:
        return {CONDITION: MISSING}
    try:
        with closing(psycopg.connect(processes.project.placeholders["postgresql"], autocommit=True)) as connection:
            connection.execute("ANALYZE")
    except psycopg.Error as error:
        raise PreparationFailed(f"ANALYZE: {' '.join(str(error).split())}") from error
    return {}
