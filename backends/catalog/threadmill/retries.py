"""The keyword arguments of `@task` for a task with retries, as in threadmill's documentation."""

from datetime import timedelta

from threadmill.retry import ExponentialBackoff

OPTIONS = {
    "retry": ExponentialBackoff(base_delay=timedelta(seconds=0.1), max_delay=timedelta(seconds=1), max_retries=3),
}
