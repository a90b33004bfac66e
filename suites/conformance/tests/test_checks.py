"""CHK: what system checks say of a backend."""

from typing import Any

import pytest

from taskgauge.suites.conformance.harness.running_target import RunningTarget
from taskgauge.suites.conformance.marks import requirement
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable, same
from taskgauge.suites.conformance.project import ONE
from taskgauge.suites.conformance.reconfigured import AFTER_ALL, TWO_ALIASES
from taskgauge.suites.conformance.remote_calls.setup_calls import what_is_seen

ERRANDS = "taskgauge.suites.conformance.remote_calls.setup_calls"
UNHEARD_OF = "taskgauge-unheard-of"
WITHOUT_APPS = "taskgauge_without_apps"
WITNESS = "taskgauge.suites.conformance.event_log"


@requirement("CHK-01")
def test_check_returns_messages(target: RunningTarget) -> None:
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


def _checked(target: RunningTarget) -> dict[str, Any]:
    found: dict[str, Any] = target.elsewhere(f"{ERRANDS}:checks")
    return found


@requirement("CHK-02")
def test_the_command_asks_every_backend(target: RunningTarget) -> None:
    """`manage.py check` with two aliases."""
    same("the aliases that were checked", target.once(_checked)["asked"], sorted(TWO_ALIASES))


@requirement("CHK-03")
def test_a_right_configuration_gets_no_message(target: RunningTarget) -> None:
    """`manage.py check --fail-level WARNING` in the target's own project."""
    same("what is said", target.once(_checked)["said"], "")


def _without_apps(target: RunningTarget) -> dict[str, Any]:
    """Return what is seen with no app installed but the witness."""
    (target.project.folder / f"{WITHOUT_APPS}.py").write_text(
        f'from {ONE} import *\n\nINSTALLED_APPS = ["{WITNESS}"]\n', encoding="utf-8"
    )
    found: dict[str, Any] = target.elsewhere(f"{ERRANDS}:first_use", target.new_key(), settings=WITHOUT_APPS)
    target.disturbed.add(found["id"])
    return found


@requirement("CHK-04")
@pytest.mark.last(AFTER_ALL)
def test_a_wrong_configuration_is_reported(target: RunningTarget) -> None:
    """Settings left out, apps left out, a queue that nobody has heard of: a check says so, or a task is accepted.

    After all others, and with no worker: what is accepted could be the end of one that knows no such queue.
    """
    from django.conf import settings  # noqa: PLC0415 -- settings first

    if target.runs != "never":
        target.not_working()
    seen: dict[str, dict[str, str]] = dict(target.once(_checked)["incomplete"])
    if set(settings.INSTALLED_APPS) != {WITNESS}:
        seen["its apps not installed"] = target.once(_without_apps)
    key, queues = target.new_key(), {"QUEUES": ["default", UNHEARD_OF]}
    seen["a queue that nobody has heard of"] = what_is_seen(queues, key=key, queue=UNHEARD_OF)
    target.disturbed.update(one["id"] for one in seen.values())
    for what, found in seen.items():
        same(f"what fails unreported, {what}", found["failed"], "")
    if not any(found["said"] for found in seen.values()):
        raise NotApplicable(f"nothing of this is wrong for it: {', '.join(seen)}")
