"""The behaviour table: answers that are known, and proof that each kind of answer can come out otherwise."""

import sys
from types import SimpleNamespace

import django
import pytest

from taskgauge.suites.shapes.behaviour.question import Answer, Requirement, expect, works
from taskgauge.suites.shapes.behaviour.questions import BY_ID, QUESTIONS
from taskgauge.suites.shapes.behaviour.requirements import REQUIREMENTS
from taskgauge.suites.shapes.variants import load

PICKLES = django.VERSION >= (6, 1)


def answer(question: str, arm: str) -> Answer:
    """Ask one question of one arm."""
    return BY_ID[question].answer(load(arm))


def word(question: str, arm: str) -> str:
    """Ask one question of one arm, and return the word alone."""
    return answer(question, arm).answer


@pytest.mark.parametrize(
    ("question", "today", "namedtuple", "slots", "hand"),
    [
        ("task-assignment-refused", "yes", "yes", "no", "no"),
        ("result-assignment-refused", "yes", "yes", "no", "no"),
        ("misspelt-attribute-refused", "yes", "yes", "yes", "no"),
        ("object-setattr", "yes", "no", "yes", "yes"),
        ("decorator-in-place", "no", "no", "yes", "yes"),
        ("refresh-in-place", "yes", "no", "yes", "yes"),
        ("replace-keeps-return-value", "no", "yes", "no", "yes"),
        ("dataclasses-fields", "yes", "no", "yes", "no"),
        ("subclass-field-without-default", "yes", "no", "yes", "yes"),
        ("subclass-field-with-default", "yes", "no", "yes", "yes"),
        ("subclass-field-in-equality", "yes", "no", "yes", "no"),
        ("subclass-field-in-using", "yes", "no", "yes", "no"),
        ("subclass-property", "no", "yes", "no", "no"),
        ("subclass-property-with-setter", "yes", "yes", "yes", "yes"),
        ("equal-to-tuple", "no", "yes", "no", "no"),
        ("iterable", "no", "yes", "no", "no"),
        ("unpackable", "no", "yes", "no", "no"),
        ("len", "no", "yes", "no", "no"),
        ("ordered", "no", "yes", "no", "no"),
        ("task-hashable", "yes", "yes", "no", "yes"),
        ("result-hashable", "no", "no", "no", "no"),
        ("taken-for-a-list", "no", "yes", "no", "no"),
        ("percent-formatting", "yes", "no", "yes", "yes"),
        ("task-class", "yes", "yes", "yes", "yes"),
        ("isinstance-task-result", "yes", "no", "no", "no"),
        ("django-immediate", "yes", "no", "yes", "yes"),
    ],
)
def test_known_answers(question: str, today: str, namedtuple: str, slots: str, hand: str) -> None:
    """What is known of four shapes by reading their documentation is what the code finds out."""
    arms = ("today", "namedtuple", "slots-dataclass", "class")

    assert dict(zip(arms, (today, namedtuple, slots, hand), strict=True)) == {arm: word(question, arm) for arm in arms}


@pytest.mark.skipif(not PICKLES, reason="Django 6.0 cannot pickle a Task")
@pytest.mark.parametrize(
    ("question", "today", "namedtuple", "slots", "lazy"),
    [
        ("task-pickles", "yes", "yes", "yes", "yes"),
        ("result-pickles", "yes", "yes", "yes", "yes"),
        ("result-pickles-every-protocol", "yes", "yes", "no", "yes"),
        ("task-subclass-pickles", "yes", "no", "yes", "yes"),
        ("result-subclass-pickles", "yes", "no", "yes", "yes"),
        ("old-result-pickle", "no", "yes", "no", "no"),
        ("new-result-pickle", "yes", "no", "no", "yes"),
        ("old-task-pickle", "yes", "yes", "yes", "yes"),
        ("unpickled-shares-task", "no", "no", "no", "yes"),
        ("deepcopy-shares-task", "no", "no", "no", "yes"),
    ],
)
def test_known_pickles(question: str, today: str, namedtuple: str, slots: str, lazy: str) -> None:
    """Pickles of four shapes behave as their libraries say."""
    arms = ("today", "namedtuple", "slots-dataclass", "today-lazy")

    assert dict(zip(arms, (today, namedtuple, slots, lazy), strict=True)) == {arm: word(question, arm) for arm in arms}


@pytest.mark.skipif(PICKLES, reason="Django 6.1 and later pickle Tasks")
def test_no_pickles_before_django_61() -> None:
    """What needs a pickled Task is N/A on Django 6.0, breaks nothing there, and a lazy result pickles all the same."""
    for question in ("task-pickles", "result-pickles", "task-subclass-pickles"):
        found = answer(question, "namedtuple")
        assert (found.answer, found.breaks) == ("N/A", ())
    assert word("result-pickles", "today-lazy") == "yes"


@pytest.mark.parametrize("question", ["copy-replace", "copy-replace-keeps-return-value"])
def test_copy_replace_needs_python_313(question: str) -> None:
    """copy.replace is N/A before Python 3.13, and a class by hand has no `__replace__` after it."""
    assert word(question, "class") == ("no" if sys.version_info >= (3, 13) else "N/A")


def test_super_in_slotted_dataclass() -> None:
    """A dataclass with slots is made anew by its decorator; before Python 3.14 that broke super()."""
    assert word("subclass-super", "today") == ("yes" if sys.version_info >= (3, 14) else "no")
    assert word("subclass-super", "class") == "yes"


def test_broken_requirements_are_named() -> None:
    """The cell names what the shape breaks: also behind a yes, where the requirement asks for more."""
    assert answer("task-assignment-refused", "dataclass").breaks == ("TSK-05",)
    assert answer("task-assignment-refused", "namedtuple").breaks == ("TSK-05",)
    assert "AttributeError" in answer("task-assignment-refused", "namedtuple").detail
    assert answer("task-hashable", "attrs").breaks == ("TSK-12",)
    assert answer("refresh-in-place", "namedtuple-lazy").breaks == ("RES-09",)
    assert answer("result-assignment-refused", "msgspec").breaks == ("RES-11",)
    if PICKLES:
        assert answer("task-subclass-pickles", "namedtuple").breaks == ("PKL-03",)


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda requirement: requirement.id)
def test_today_breaks_nothing(requirement: Requirement) -> None:
    """Django's own classes do what Django asks for, and so does a second execution of their source."""
    if requirement.applies:
        requirement.check(load("today"))
        requirement.check(load("today-again"))


@pytest.mark.skipif(not PICKLES, reason="Django 6.0 cannot pickle a Task")
def test_broken_pickle_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A result whose pickle forgets a field, and a Task whose pickle forgets its priority, break their requirements."""
    variant = load("class")
    monkeypatch.setattr(
        variant.TaskResult, "__getstate__", lambda self: {**vars(self), "worker_ids": []}, raising=False
    )
    reduce_task = variant.Task.__reduce__

    def forgetful(task: object) -> object:
        rebuild, (kwargs,) = reduce_task(task)
        return rebuild, ({**kwargs, "priority": 0},)

    monkeypatch.setattr(variant.Task, "__reduce__", forgetful)

    found = answer("result-pickles", "class")
    assert (found.answer, found.breaks) == ("no", ("PKL-02",))
    # A task with the default priority hides it; the requirement asks for one that was changed.
    found = answer("task-pickles", "class")
    assert (found.answer, found.breaks) == ("yes", ("PKL-01",))
    assert "differs" in found.detail


def test_unequal_twins_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Task whose equality overlooks a field breaks TSK-12 although it is hashable."""
    variant = load("class")
    monkeypatch.setattr(variant.Task, "__eq__", lambda self, other: self.func is other.func)
    monkeypatch.setattr(variant.Task, "__hash__", lambda self: hash(self.func))

    found = answer("task-hashable", "class")

    assert (found.answer, found.breaks) == ("yes", ("TSK-12",))
    assert "equal" in found.detail


def test_forgetful_refresh_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refresh that forgets the asynchronous half breaks RES-09 although refresh() works."""

    async def arefresh(_self: object) -> None:
        return

    monkeypatch.setattr(load("slots-class").TaskResult, "arefresh", arefresh)

    found = answer("refresh-in-place", "slots-class")

    assert (found.answer, found.breaks) == ("yes", ("RES-09",))
    assert "arefresh" in found.detail


class OwnTask:
    """A Task that has Django's fields and nothing else."""

    def __init__(self, **fields: object) -> None:
        vars(self).update(fields)

    module_path = "nowhere"


OWN = SimpleNamespace(
    Task=OwnTask, **{name: getattr(load("class"), name) for name in ("TaskResult", "TaskContext", "TaskError")}
)


def test_a_shape_that_lacks_much_is_answered_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a brought variant cannot do is a no that says why, and breaks what it breaks."""
    monkeypatch.setitem(sys.modules, "own_variants", SimpleNamespace(OWN=OWN))
    variant = load("own_variants:OWN")

    answers = {question.id: question.answer(variant) for question in QUESTIONS}

    assert answers["decorator-in-place"].answer == "yes"
    assert answers["subclass-field-in-using"].detail == "AttributeError: 'Extended' object has no attribute 'using'"
    assert answers["refresh-in-place"].breaks == ("RES-09",)
    assert answers["django-immediate"].answer == "no"


def test_asking_leaves_nothing_behind() -> None:
    """Two times through all questions, in two orders, give the same answers: nothing is left behind."""
    variant = load("frozen-attrs")
    first = {question.id: question.answer(variant) for question in QUESTIONS}
    again = {question.id: question.answer(variant) for question in reversed(QUESTIONS)}

    assert first == again
    assert django.tasks.TaskResult is sys.modules["django.tasks.base"].TaskResult
    assert not hasattr(django.tasks.task_backends._connections, "behaviour")


def test_questions_are_distinct() -> None:
    """No two questions share an id or a text."""
    assert len(QUESTIONS) == len(BY_ID) == len({question.text for question in QUESTIONS})


def test_details_are_one_line_without_addresses() -> None:
    """What was raised is shown by its first line, the same in each process."""

    def fail() -> None:
        raise ValueError(f"{object()}\nsecond line")

    assert works(fail) == Answer(answer="no", detail="ValueError: <object object>")
    assert works(lambda: expect(False, "as expected")).detail == "as expected"
