"""What `@task` is given for a task that is retried, as threadmill's documentation has it."""

from datetime import timedelta

from threadmill.retry import ExponentialBackoff

OPTIONS = {
    "retry": ExponentialBackoff(base_delay=timedelta(seconds=0.1), max_delay=timedelta(seconds=1), max_retries=3),
}
