"""Connects the witness to the signals of the framework that the target uses."""

from django.apps import AppConfig


class WitnessConfig(AppConfig):
    """Installed in every process of a target, the last of its apps."""

    name = "taskgauge.suites.conformance.tasks"
    label = "taskgauge_witness"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen from the beginning."""
        from taskgauge.suites.conformance.event_log import receivers  # noqa: PLC0415 -- needs the settings

        receivers.connect()
