"""Tasks that use the database, correctly and incorrectly."""

from django.db import IntegrityError, connections, transaction

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, raising, started, until_there


@task
def count_rows(key: str, text: str) -> int:
    """Record and return the number of rows with this text."""
    from taskgauge.suites.conformance.tasks.models import Row  # noqa: PLC0415 -- needs the apps

    rows = Row.objects.filter(text=text).count()
    started(key, rows=rows)
    finished(key)
    return rows


@task
def count_rows_in(key: str, text: str, alias: str) -> int:
    """Record and return the number of rows with this text in a database."""
    from taskgauge.suites.conformance.tasks.models import Row  # noqa: PLC0415 -- needs the apps

    rows = Row.objects.using(alias).filter(text=text).count()
    started(key, rows=rows)
    finished(key)
    return rows


@task
def fail_in_atomic(key: str, text: str) -> None:
    """Write a text twice inside a transaction, which the table forbids."""
    from taskgauge.suites.conformance.tasks.models import Row  # noqa: PLC0415 -- needs the apps

    started(key)
    try:
        with transaction.atomic():
            Row.objects.create(text=text)
            Row.objects.create(text=text)
    except IntegrityError as error:
        raising(key, error)
        raise


@task
def leave_broken(key: str, text: str) -> None:
    """Turn autocommit off and return inside a transaction that an error has broken."""
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
    """Wait for a file, so that each of these tasks needs its own worker, and add a row to the database."""
    from taskgauge.suites.conformance.tasks.models import Row  # noqa: PLC0415 -- needs the apps

    started(key)
    until_there(path)
    Row.objects.create(text=text)
    finished(key)


@task
def close_connections_together(key: str, path: str) -> None:
    """Wait for a file in the same way, and close all connections of the worker, in whatever state they are."""
    started(key)
    until_there(path)
    for connection in connections.all():
        connection.close()
    finished(key)
