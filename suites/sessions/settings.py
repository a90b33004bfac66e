"""The Django settings that every target of a session starts from; the target's own fragment follows them."""

from taskgauge.suites.sessions.costs.recording import record

SECRET_KEY = "taskgauge measures with servers of its own, so this key protects nothing"  # noqa: S105
USE_TZ = True
TIME_ZONE = "UTC"
INSTALLED_APPS: list[str] = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES: dict[str, object] = {}

record()
