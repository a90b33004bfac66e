"""The Django settings under which the suites create, copy and pickle tasks; no task runs under them."""

SECRET_KEY = "taskgauge measures in processes of its own, so this key protects nothing"  # noqa: S105
USE_TZ = True
INSTALLED_APPS: list[str] = []
DATABASES: dict[str, object] = {}

# DummyBackend accepts every option a task may carry (priority, run_after, coroutines),
# so each variant can be built with all its fields, and it executes nothing.
TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
