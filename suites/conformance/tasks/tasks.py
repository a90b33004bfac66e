"""Where backends that must know every task beforehand look for an app's: it imports all tasks of this suite.

Django asks for no such module; Celery's `autodiscover_tasks()` does.
"""

import pkgutil
from importlib import import_module

from taskgauge.suites.conformance import framework as api
from taskgauge.suites.conformance import tasks

for _module in pkgutil.iter_modules(tasks.__path__, f"{tasks.__name__}."):
    try:
        import_module(_module.name)
    except api.InvalidTask:
        continue  # tasks of a kind that the backend does not support; no test enqueues these
