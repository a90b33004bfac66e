"""The Django app that connects the event log to the signals and the logger of the target's framework."""

from django.apps import AppConfig


class EventLogConfig(AppConfig):
    """The last app in every process of a target."""

    name = "taskgauge.suites.conformance.tasks"
    label = "taskgauge_event_log"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers of the signals, and observe the framework's logger."""
        from taskgauge.suites.conformance import framework  # noqa: PLC0415 -- needs the settings
        from taskgauge.suites.conformance.event_log import logs, receivers  # noqa: PLC0415

        receivers.connect()
        logs.observe(framework.FRAMEWORK)
