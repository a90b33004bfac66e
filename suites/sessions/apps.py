"""The Django app of a session: Celery's workers find the task in the modules `tasks` of apps."""

from django.apps import AppConfig


class SessionsConfig(AppConfig):
    """An app with a label of its own: `sessions` is Django's."""

    name = "taskgauge.suites.sessions"
    label = "taskgauge_sessions"
