"""BCK: the class that BACKEND names, its attributes and methods, and the place where it keeps tasks."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from asgiref.sync import async_to_sync

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import refusal, requirement
from taskgauge.suites.conformance.outcomes import (
    Deviation,
    NotApplicable,
    WorksUndeclared,
    exception_of,
    same,
    seen_through,
    true,
)
from taskgauge.suites.conformance.probes.lifecycle import check_another_instance, check_another_thread
from taskgauge.suites.conformance.project import ALIAS, ONE
from taskgauge.suites.conformance.reconfigured import ABSENT, SECOND, reconfigured
from taskgauge.suites.conformance.threads import in_a_thread

DJANGO = "django.tasks"
EARLY = "taskgauge_early"


def _settings_of(alias: str) -> dict[str, Any]:
    from django.conf import settings  # noqa: PLC0415 -- settings first

    settings_of_alias: dict[str, Any] = settings.TASKS[alias]
    return settings_of_alias


@requirement("BCK-01")
def test_the_class_is_a_backend_of_django_tasks(target: TargetHarness) -> None:
    """The class is a subclass of Django's own base class, with its own `enqueue()`."""
    base = import_module(f"{DJANGO}.backends.base").BaseTaskBackend
    backend_class = type(target.backend)
    what = f"{backend_class.__module__}.{backend_class.__qualname__}"
    expected = f"a subclass of {base.__module__}.{base.__qualname__}"
    own_base = target.api.base_backend
    if own_base is not base and issubclass(backend_class, own_base):
        seen = (
            f"one of {own_base.__module__}.{own_base.__qualname__}: its tasks, results, exceptions and signals are not "
            "Django's"
        )
    else:
        seen = f"one of {', '.join(base_class.__qualname__ for base_class in backend_class.__bases__)}"
    true(what, issubclass(backend_class, base), expected=expected, seen=seen)
    true(
        "enqueue()",
        backend_class.enqueue is not base.enqueue,
        expected="implemented by the backend",
        seen="the abstract one of the base class",
    )
    try:
        incomplete = type("Incomplete", (backend_class,), {"enqueue": base.enqueue})
        incomplete(ALIAS, _settings_of(ALIAS))
    except Exception:  # TypeError, or the refusal of a backend that allows no subclass
        return
    raise Deviation("a subclass whose enqueue() is abstract", expected="TypeError", seen="an instance")


@requirement("BCK-02")
def test_it_is_constructed_from_alias_and_settings(target: TargetHarness) -> None:
    """The handler passes the alias and the whole entry of TASKS; a strict backend may refuse a further key."""
    queues = {"QUEUES": ["default", SECOND, SECOND]}
    further = {"TASKGAUGE": "a key that nobody reads"}
    with reconfigured({ALIAS: {}, SECOND: {**queues, **further}}):
        is_strict = exception_of(lambda: target.api.task_backends[SECOND]) is not None
    with reconfigured({ALIAS: {}, SECOND: queues if is_strict else {**queues, **further}}):
        backend = target.api.task_backends[SECOND]
        same("alias", backend.alias, SECOND)
        same("queues", backend.queues, {"default", SECOND})
        same("type of options", type(backend.options), dict)
        same("alias of the other", target.backend.alias, ALIAS)


@requirement("BCK-02")
def test_it_can_be_constructed_directly(target: TargetHarness) -> None:
    """The constructor accepts both arguments by their documented names."""
    # The settings have the alias, too: a backend may look its own settings up by its alias.
    with reconfigured({ALIAS: {}, SECOND: {"QUEUES": ["default"]}}):
        backend = type(target.backend)(alias=SECOND, params=_settings_of(SECOND))
        same("alias", backend.alias, SECOND)
        same("queues", backend.queues, {"default"})
        same("type of options", type(backend.options), dict)


@requirement("BCK-03")
def test_options_are_those_of_the_settings(target: TargetHarness) -> None:
    """`backend.options` equals OPTIONS of the settings."""
    same("options", target.backend.options, _settings_of(ALIAS).get("OPTIONS", {}))


@requirement("BCK-03")
def test_a_further_option_is_there(target: TargetHarness) -> None:
    """`backend.options` keeps an unknown option; a strict backend may refuse it."""
    options = {**_settings_of(ALIAS).get("OPTIONS", {}), "taskgauge_further": [1, 2]}
    with reconfigured({ALIAS: {"OPTIONS": options}}):
        same("options", _constructed(target).options, options)


@requirement("BCK-03")
def test_no_options_are_an_empty_dict(target: TargetHarness) -> None:
    """Without OPTIONS, `backend.options` is an empty dict; a backend may require OPTIONS."""
    with reconfigured({ALIAS: {"OPTIONS": ABSENT}}):
        same("options", _constructed(target).options, {})


def _constructed(target: TargetHarness) -> Any:
    try:
        return target.backend
    except Exception as error:
        raise NotApplicable(f"the backend refuses such options: {type(error).__name__}: {error}") from error


def _id_from(what: str, call: Callable[[], Any], *, may_be_refused: bool = False) -> str | None:
    """Return the id of the result that the call gives; None for an exception that is not about its arguments."""
    try:
        return str(call().id)
    except Exception as error:
        if may_be_refused and not isinstance(error, TypeError):
            return None
        seen = f"{type(error).__name__}: {error}"[:300]
        raise Deviation(what, expected="a result", seen=seen) from error


@requirement("BCK-05")
def test_enqueue_takes_its_arguments_both_ways(target: TargetHarness) -> None:
    """`enqueue()` and `aenqueue()` accept their arguments by position and by keyword."""
    task = target.tasks().note
    methods: dict[str, Callable[..., Any]] = {
        "enqueue": target.backend.enqueue,
        "aenqueue": async_to_sync(target.backend.aenqueue),
    }
    for name, call in methods.items():
        for keywords in (False, True):
            key = target.submitted.new_key()
            arguments: dict[str, Any] = {"task": task, "args": (key,), "kwargs": {}}
            what = f"{name}(task, args, kwargs), {'by keyword' if keywords else 'by position'}"
            enqueue = partial(call, **arguments) if keywords else partial(call, *arguments.values())
            result_id = _id_from(what, enqueue)
            true(what, result_id, expected="a result with an id", seen=result_id)


@requirement("BCK-05")
def test_look_ups_take_their_argument_both_ways(target: TargetHarness) -> None:
    """`get_result()` and `aget_result()` accept the id by position and by keyword."""
    run = target.submit(target.tasks().note)
    methods: dict[str, Callable[..., Any]] = {
        "get_result": target.backend.get_result,
        "aget_result": async_to_sync(target.backend.aget_result),
    }
    for name, call in methods.items():
        for what, look in {
            f"{name}(result_id)": partial(call, run.id),
            f"{name}(result_id=…)": partial(call, result_id=run.id),
        }.items():
            result_id = _id_from(what, look, may_be_refused=True)
            if result_id is not None:
                same(what, result_id, run.id)


@requirement("BCK-05")
def test_validation_and_checks_take_their_arguments_by_name(target: TargetHarness) -> None:
    """`validate_task(task=…)` returns None for a valid task."""
    same("validate_task(task=…)", target.backend.validate_task(task=target.tasks().note), None)
    same("validate_task(…)", target.backend.validate_task(target.tasks().note), None)


@requirement("BCK-06")
@refusal("supports_get_result", "BCK-06")
def test_looking_results_up_is_not_implemented(target: TargetHarness) -> None:
    """All six calls raise NotImplementedError if supports_get_result is False."""
    task = target.tasks().note
    run = target.submit(task)
    backend, result = target.backend, run.result
    calls: dict[str, Callable[[], Any]] = {
        "backend.get_result()": lambda: backend.get_result(run.id),
        "backend.aget_result()": lambda: async_to_sync(backend.aget_result)(run.id),
        "task.get_result()": lambda: task.get_result(run.id),
        "task.aget_result()": lambda: async_to_sync(task.aget_result)(run.id),
        "result.refresh()": result.refresh,
        "result.arefresh()": async_to_sync(result.arefresh),
    }
    works = []
    for name, call in calls.items():
        try:
            call()
        except NotImplementedError:
            continue
        except Exception as error:
            seen = f"{type(error).__name__}: {error}"[:300]
            raise Deviation(name, expected="NotImplementedError", seen=seen) from error
        works.append(name)
    if works:
        raise WorksUndeclared(f"supports_get_result is False, and in the thread that enqueued {', '.join(works)} works")


@requirement("BCK-07")
def test_each_thread_has_an_instance_of_its_own(target: TargetHarness) -> None:
    """Each thread gets one instance, as long as the settings stay."""
    handler = target.api.task_backends

    def look() -> tuple[Any, Any]:
        return handler[ALIAS], handler[ALIAS]

    first, again = in_a_thread(look)
    true("two look-ups in one thread", first is again, expected="the same instance", seen="two")
    true("instances of two threads", first is not handler[ALIAS], expected="two", seen="the same instance")
    same("alias in another thread", first.alias, ALIAS)


@requirement("BCK-07")
def test_another_instance_knows_what_was_enqueued(target: TargetHarness) -> None:
    """An instance that is made by hand finds a result in the thread that enqueued its task."""
    if not target.flag("supports_get_result"):
        raise NotApplicable("supports_get_result is False")
    check_another_instance(target)


@requirement("BCK-07")
def test_what_one_instance_takes_all_others_know(target: TargetHarness) -> None:
    """A result is found from the enqueueing thread, from another thread, and through an instance made by hand."""
    if not target.flag("supports_get_result"):
        raise NotApplicable("supports_get_result is False")
    key = target.submitted.new_key()

    def enqueue() -> tuple[Any, Exception | None]:
        result = target.tasks().note.enqueue(key)
        return result, exception_of(lambda: target.backend.get_result(str(result.id)))

    result, error = in_a_thread(enqueue)
    run = target.submitter.accept(key, result)
    if error is not None:
        raise NotApplicable(f"what was enqueued is not found even where it was, which is said elsewhere: {error!r}")
    by_hand = type(target.backend)(alias=ALIAS, params=_settings_of(ALIAS))
    looks: dict[str, Callable[[], Any]] = {
        "get_result() here": lambda: target.backend.get_result(run.id),
        "get_result() in another thread": lambda: in_a_thread(lambda: target.backend.get_result(run.id)),
        "get_result() of another instance": lambda: by_hand.get_result(run.id),
    }
    with seen_through("RES-01", partial(check_another_thread, target)):
        for what, look in looks.items():
            same(what, _id_from(what, look), run.id)


@requirement("BCK-07")
def test_a_task_outlives_the_instance_that_took_it(working: TargetHarness) -> None:
    """A task runs after the thread that enqueued it has ended."""
    key = working.submitted.new_key()
    run = working.submitter.accept(key, in_a_thread(lambda: working.tasks().note.enqueue(key)))
    run.end()


@requirement("BCK-08")
def test_it_can_be_instantiated_before_the_apps_are_ready(target: TargetHarness) -> None:
    """The models of the first app can import a module of tasks."""
    app = target.project.folder / f"{EARLY}_app"
    app.mkdir(exist_ok=True)
    (app / "__init__.py").touch()
    (app / "models.py").write_text("from taskgauge.suites.conformance.tasks import basic as basic\n", encoding="utf-8")
    (target.project.folder / f"{EARLY}.py").write_text(
        f'from {ONE} import *\n\nINSTALLED_APPS = ["{app.name}", *INSTALLED_APPS]\n', encoding="utf-8"
    )
    paths = target.run_in_subprocess(
        "taskgauge.suites.conformance.remote_calls.setup_calls:module_paths", "basic", settings=EARLY
    )
    true(
        "tasks of such an app",
        target.tasks().note.module_path in paths,
        expected=target.tasks().note.module_path,
        seen=paths,
    )
