"""The module `tasks` of the app, which imports all tasks of this suite for backends that must know them beforehand.

Django needs no such module; Celery's `autodiscover_tasks()` does.
"""

import pkgutil
from importlib import import_module

from taskgauge.suites.conformance import framework as api
from taskgauge.suites.conformance import tasks

for _module in pkgutil.iter_modules(tasks.__path__, f"{tasks.__name__}."):
    try:
        import_module(_module.name)
    except api.InvalidTask:
        continue  # the backend does not support this kind of task, so no test enqueues it
