"""Tasks that use the database, well and badly."""

from django.db import IntegrityError, connections, transaction

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started, until_there


@task
def count_rows(key: str, text: str) -> int:
    """Write down and return how many rows of this text can be seen."""
    from taskgauge.suites.conformance.tasks.models import Row  # noqa: PLC0415 -- needs the apps

    rows = Row.objects.filter(text=text).count()
    started(key, rows=rows)
    finished(key)
    return rows


@task
def fail_in_atomic(key: str, text: str) -> None:
    """Write one text twice, which the table forbids, inside a transaction."""
    from taskgauge.suites.conformance.tasks.models import Row  # noqa: PLC0415 -- needs the apps

    started(key)
    with transaction.atomic():
        Row.objects.create(text=text)
        Row.objects.create(text=text)


@task
def leave_broken(key: str, text: str) -> None:
    """Turn autocommit off and return in the middle of a transaction that an error has broken."""
    from taskgauge.suites.conformance.tasks.models import Row  # noqa: PLC0415 -- needs the apps

    started(key)
    Row.objects.create(text=text)
    transaction.set_autocommit(False)
    try:
        Row.objects.create(text=text)
    except IntegrityError:
        finished(key)


@task
def write_row_together(key: str, path: str, text: str) -> None:
    """Wait for a file, so that no worker can run two of these at once, and add a row to the database."""
    from taskgauge.suites.conformance.tasks.models import Row  # noqa: PLC0415 -- needs the apps

    started(key)
    until_there(path)
    Row.objects.create(text=text)
    finished(key)


@task
def close_connections_together(key: str, path: str) -> None:
    """Wait for a file likewise, and close what connections the worker has, whatever state they are in."""
    started(key)
    until_there(path)
    for connection in connections.all():
        connection.close()
    finished(key)
