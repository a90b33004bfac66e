"""CHK: the system checks of a backend."""

from typing import Any

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, requirement
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable, same
from taskgauge.suites.conformance.project import ONE
from taskgauge.suites.conformance.reconfigured import TWO_ALIASES
from taskgauge.suites.conformance.remote_calls.setup_calls import what_is_seen
from taskgauge.suites.conformance.run_order import RunOrder

REMOTE_CALLS = "taskgauge.suites.conformance.remote_calls.setup_calls"
UNKNOWN_QUEUE = "taskgauge-unheard-of"
WITHOUT_APPS = "taskgauge_without_apps"
EVENT_LOG = "taskgauge.suites.conformance.event_log"


@requirement("CHK-01")
def test_check_returns_messages(target: TargetHarness) -> None:
    """`check()` returns an iterable of messages, for every call that the framework makes."""
    from django.core.checks import CheckMessage  # noqa: PLC0415 -- settings first

    for what, result in (
        ("check()", target.backend.check()),
        ("check(app_configs=None, databases=None)", target.backend.check(app_configs=None, databases=None)),
    ):
        try:
            messages = list(result)
        except TypeError as error:
            raise Deviation(what, expected="an iterable of check messages", seen=repr(result)) from error
        strange = [message for message in messages if not isinstance(message, CheckMessage)]
        same(f"what is no check message in {what}", strange, [])


def _checked(target: TargetHarness) -> dict[str, Any]:
    checks: dict[str, Any] = target.run_in_subprocess(f"{REMOTE_CALLS}:checks")
    return checks


@requirement("CHK-02")
def test_the_command_asks_every_backend(target: TargetHarness) -> None:
    """`manage.py check` with two aliases checks both backends."""
    same("the aliases that were checked", target.observe_once(_checked)["asked"], sorted(TWO_ALIASES))


@requirement("CHK-03")
def test_a_right_configuration_gets_no_message(target: TargetHarness) -> None:
    """`manage.py check --fail-level WARNING` in the target's own project prints nothing."""
    same("what is said", target.observe_once(_checked)["said"], "")


def _without_apps(target: TargetHarness) -> dict[str, Any]:
    """Return the outcome of a first use with no app installed but the event log."""
    (target.project.folder / f"{WITHOUT_APPS}.py").write_text(
        f'from {ONE} import *\n\nINSTALLED_APPS = ["{EVENT_LOG}"]\n', encoding="utf-8"
    )
    outcome: dict[str, Any] = target.run_in_subprocess(
        f"{REMOTE_CALLS}:first_use", target.submitted.new_key(), settings=WITHOUT_APPS
    )
    return outcome


@requirement("CHK-04")
@late(RunOrder.WRONG_SETTINGS)
def test_a_wrong_configuration_is_reported(target: TargetHarness) -> None:
    """A check reports missing settings, missing apps and an unknown queue, or the task is accepted.

    The test is late and without a worker, because an accepted task could stop a worker that has no such queue.
    """
    from django.conf import settings  # noqa: PLC0415 -- settings first

    if target.runs != "never":
        target.workers.stop()
    seen: dict[str, dict[str, str]] = dict(target.observe_once(_checked)["incomplete"])
    if set(settings.INSTALLED_APPS) != {EVENT_LOG}:
        seen["its apps not installed"] = target.observe_once(_without_apps)
    key, queues = target.submitted.new_key(), {"QUEUES": ["default", UNKNOWN_QUEUE]}
    seen["a queue that nobody has heard of"] = what_is_seen(queues, key=key, queue=UNKNOWN_QUEUE)
    for what, outcome in seen.items():
        same(f"what fails unreported, {what}", outcome["failed"], "")
    if not any(outcome["said"] for outcome in seen.values()):
        raise NotApplicable(f"nothing of this is wrong for it: {', '.join(seen)}")
