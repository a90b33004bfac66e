"""Questions about subclasses: the fields and properties that a backend's author can add or override."""

from collections.abc import Callable
from typing import Any

from taskgauge.suites.shapes.behaviour.backend import ALIAS, keeping
from taskgauge.suites.shapes.behaviour.objects import result_arguments, result_in, task_arguments
from taskgauge.suites.shapes.behaviour.question import Answer, Question, expect, no, works, yes
from taskgauge.suites.shapes.behaviour.subclasses import (
    decorated,
    is_decorated,
    subclass,
    undecorated_subclass,
    with_field,
)
from taskgauge.suites.shapes.variants import Variant


def _both(variant: Variant, attempt: Callable[[type[Any], dict[str, Any]], None]) -> Answer:
    """Try with Task and with TaskResult, with arguments of their constructors."""
    arguments = {
        variant.Task: task_arguments(variant.tasks.add),
        variant.TaskResult: result_arguments(variant, result_in(variant, "READY")),
    }
    for base, values in arguments.items():
        answer = works(lambda base=base, values=values: attempt(base, values))  # type: ignore[misc]
        if answer.answer == "no":
            return no(f"{base.__name__}: {answer.detail}")
    return answer


def field_without_default(variant: Variant) -> Answer:
    """Declare a required field; create objects with and without it."""

    def attempt(base: type[Any], values: dict[str, Any]) -> None:
        extended = with_field(base, "Extended")
        expect(extended(**values, extra=42).extra == 42, "the field does not hold what it was given")
        try:
            extended(**values)
        except TypeError:
            return
        expect(False, "the constructor does not insist on the field")

    return _both(variant, attempt)


def field_with_default(variant: Variant) -> Answer:
    """Declare a field with a default; create objects with and without it."""

    def attempt(base: type[Any], values: dict[str, Any]) -> None:
        extended = with_field(base, "Extended", default=7)
        expect(extended(**values).extra == 7, "the default is not there")
        expect(extended(**values, extra=42).extra == 42, "the field does not hold what it was given")

    return _both(variant, attempt)


def field_counts_in_equality(variant: Variant) -> Answer:
    """Compare two objects that differ only in the added field."""

    def attempt(base: type[Any], values: dict[str, Any]) -> None:
        extended = with_field(base, "Extended", default=7)
        expect(extended(**values, extra=1) == extended(**values, extra=1), "equal objects differ")
        expect(extended(**values, extra=1) != extended(**values, extra=2), "objects that differ in the field are equal")

    return _both(variant, attempt)


def using_keeps_field(variant: Variant) -> Answer:
    """Change a Task of a subclass by using()."""
    with keeping(variant):

        def attempt() -> None:
            extended = with_field(variant.Task, "Extended")
            task = extended(**task_arguments(variant.tasks.add), extra=42)
            changed = task.using(priority=5, backend=ALIAS)
            expect(type(changed) is extended, f"using() gives a {type(changed).__name__}")
            expect(changed.priority == 5 and changed.extra == 42, "using() loses the field")

        return works(attempt)


def _overridden(variant: Variant, make: Callable[[], property]) -> Answer:
    """Try a property in a subclass that is decorated like its base, and in a subclass that is not decorated."""

    def attempt(write: Callable[..., type[Any]]) -> Answer:
        def read(base: type[Any], values: dict[str, Any]) -> None:
            # The backend that a Task names validates it, so the property must name a backend.
            with keeping(variant):
                overriding = write(base, "Overriding", {"backend": make()})
                expect(overriding(**values).backend == ALIAS, "the decorator drops the property silently")

        return _both(variant, read)

    answers = {"decorated": attempt(subclass)}
    if is_decorated(variant.Task):
        answers["not decorated"] = attempt(undecorated_subclass)
    able = [name for name, answer in answers.items() if answer.answer == "yes"]
    if not able:
        return no("; ".join(dict.fromkeys(answer.detail for answer in answers.values())))
    return yes(f"only if {able[0]}" if len(able) < len(answers) else "")


def property_read_only(variant: Variant) -> Answer:
    """Override `backend` by a property without a setter, which computes the value."""
    return _overridden(variant, lambda: property(lambda _self: ALIAS))


def property_with_setter(variant: Variant) -> Answer:
    """Override `backend` by a property whose setter takes the constructor's value."""
    return _overridden(variant, lambda: property(lambda _self: ALIAS, lambda _self, _value: None))


def super_without_arguments(variant: Variant) -> Answer:
    """Call super() in a method of a subclass whose decorator may create a new class."""

    def attempt(base: Any, values: dict[str, Any]) -> None:
        class Extended(base):  # type: ignore[misc]  # any shape's class
            def describe(self) -> str:
                return f"more than {super().__repr__()}"

        described = decorated(Extended)(**values).describe()
        expect(described.startswith("more than "), "the base's method is not called")

    return _both(variant, attempt)


QUESTIONS = (
    Question(
        id="subclass-field-without-default",
        text="May a subclass add a field without a default?",
        ask=field_without_default,
    ),
    Question(
        id="subclass-field-with-default", text="May a subclass add a field with a default?", ask=field_with_default
    ),
    Question(
        id="subclass-field-in-equality",
        text="Does equality see the field that a subclass adds?",
        ask=field_counts_in_equality,
    ),
    Question(
        id="subclass-field-in-using", text="Does using() keep the field that a subclass adds?", ask=using_keeps_field
    ),
    Question(
        id="subclass-property", text="May a subclass override a field by a read-only property?", ask=property_read_only
    ),
    Question(
        id="subclass-property-with-setter",
        text="May a subclass override a field by a property with a setter?",
        ask=property_with_setter,
    ),
    Question(
        id="subclass-super",
        text="May a subclass's method call super() without arguments?",
        ask=super_without_arguments,
    ),
)
