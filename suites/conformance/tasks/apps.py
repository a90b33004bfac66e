"""The Django app that connects the event log to the signals of the target's framework."""

from django.apps import AppConfig


class EventLogConfig(AppConfig):
    """The last app in every process of a target."""

    name = "taskgauge.suites.conformance.tasks"
    label = "taskgauge_event_log"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers of the signals."""
        from taskgauge.suites.conformance.event_log import receivers  # noqa: PLC0415 -- needs the settings

        receivers.connect()
