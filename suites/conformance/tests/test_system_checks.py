"""CHK: what system checks say of a backend."""

from typing import Any

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, requirement
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable, same
from taskgauge.suites.conformance.project import ONE
from taskgauge.suites.conformance.reconfigured import TWO_ALIASES
from taskgauge.suites.conformance.remote_calls.setup_calls import what_is_seen
from taskgauge.suites.conformance.run_order import RunOrder

ERRANDS = "taskgauge.suites.conformance.remote_calls.setup_calls"
UNHEARD_OF = "taskgauge-unheard-of"
WITHOUT_APPS = "taskgauge_without_apps"
WITNESS = "taskgauge.suites.conformance.event_log"


@requirement("CHK-01")
def test_check_returns_messages(target: TargetHarness) -> None:
    """However it is called by the framework."""
    from django.core.checks import CheckMessage  # noqa: PLC0415 -- settings first

    for what, found in (
        ("check()", target.backend.check()),
        ("check(app_configs=None, databases=None)", target.backend.check(app_configs=None, databases=None)),
    ):
        try:
            messages = list(found)
        except TypeError as error:
            raise Deviation(what, expected="an iterable of check messages", seen=repr(found)) from error
        strange = [one for one in messages if not isinstance(one, CheckMessage)]
        same(f"what is no check message in {what}", strange, [])


def _checked(target: TargetHarness) -> dict[str, Any]:
    found: dict[str, Any] = target.run_in_subprocess(f"{ERRANDS}:checks")
    return found


@requirement("CHK-02")
def test_the_command_asks_every_backend(target: TargetHarness) -> None:
    """`manage.py check` with two aliases."""
    same("the aliases that were checked", target.observe_once(_checked)["asked"], sorted(TWO_ALIASES))


@requirement("CHK-03")
def test_a_right_configuration_gets_no_message(target: TargetHarness) -> None:
    """`manage.py check --fail-level WARNING` in the target's own project."""
    same("what is said", target.observe_once(_checked)["said"], "")


def _without_apps(target: TargetHarness) -> dict[str, Any]:
    """Return what is seen with no app installed but the witness."""
    (target.project.folder / f"{WITHOUT_APPS}.py").write_text(
        f'from {ONE} import *\n\nINSTALLED_APPS = ["{WITNESS}"]\n', encoding="utf-8"
    )
    found: dict[str, Any] = target.run_in_subprocess(
        f"{ERRANDS}:first_use", target.submitted.new_key(), settings=WITHOUT_APPS
    )
    return found


@requirement("CHK-04")
@late(RunOrder.WRONG_SETTINGS)
def test_a_wrong_configuration_is_reported(target: TargetHarness) -> None:
    """Settings left out, apps left out, a queue that nobody has heard of: a check says so, or a task is accepted.

    After all others, and with no worker: what is accepted could be the end of one that knows no such queue.
    """
    from django.conf import settings  # noqa: PLC0415 -- settings first

    if target.runs != "never":
        target.workers.stop()
    seen: dict[str, dict[str, str]] = dict(target.observe_once(_checked)["incomplete"])
    if set(settings.INSTALLED_APPS) != {WITNESS}:
        seen["its apps not installed"] = target.observe_once(_without_apps)
    key, queues = target.submitted.new_key(), {"QUEUES": ["default", UNHEARD_OF]}
    seen["a queue that nobody has heard of"] = what_is_seen(queues, key=key, queue=UNHEARD_OF)
    for what, found in seen.items():
        same(f"what fails unreported, {what}", found["failed"], "")
    if not any(found["said"] for found in seen.values()):
        raise NotApplicable(f"nothing of this is wrong for it: {', '.join(seen)}")
