"""TSK and PKL: Task classes with one thing broken."""

# ruff: noqa: D102 -- the classes say what is broken

import os
from collections.abc import Callable
from dataclasses import fields, replace
from inspect import iscoroutinefunction
from typing import Any, ClassVar

from django.tasks import Task
from django.utils.module_loading import import_string

from mutants.breaking import breaks
from mutants.steps import Steps


class Announced(Task):
    """What `task_class` says, and what is never made."""

    def __new__(cls, **given: Any) -> Task:
        return Task(**given) if cls is Announced else super().__new__(cls)


@breaks("TSK-01")
class MakesPlainTasks(Steps):
    """Makes tasks of another class than the one it names."""

    task_class = Announced


class VagueTask(Task):
    """Has None where nothing was said."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.takes_context:
            object.__setattr__(self, "takes_context", None)


@breaks("TSK-02", also={"VAL-06": "it looks at `takes_context` of a task that has none"})
class VagueDefaults(Steps):
    """Says of a task neither that it takes the context nor that it does not."""

    task_class = VagueTask


class PermissiveTask(Task):
    """Takes any option."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{field.name: given[field.name] for field in fields(self) if field.name in given})


@breaks("TSK-04", since=(6, 1))
class TakesAnyOption(Steps):
    """Accepts options that no Task has."""

    task_class = PermissiveTask


class ChangeableTask(Task):
    """Can be assigned to."""

    __setattr__ = object.__setattr__


@breaks("TSK-05")
class ChangeableTasks(Steps):
    """Lets tasks be modified."""

    task_class = ChangeableTask


class ForgetfulTask(Task):
    """Has no priority once it is deferred."""

    def using(self, **changes: Any) -> Any:
        if changes.get("run_after") is not None:
            changes = {"priority": 0, **changes}
        return super().using(**changes)


@breaks("TSK-06")
class UsingChangesMore(Steps):
    """Sets the priority back when a time is given."""

    task_class = ForgetfulTask


class ClearableTask(Task):
    """Takes None at its word."""

    def using(self, **changes: Any) -> Any:
        changed = super().using(**changes)
        return replace(changed, run_after=None) if changes.get("run_after", 0) is None else changed


@breaks("TSK-07")
class NoneClears(Steps):
    """Clears the time where None is given."""

    task_class = ClearableTask


class UnlabelledTask(Task):
    """Keeps Django's own fields only."""

    def using(self, **changes: Any) -> Any:
        own = {field.name: field.default for field in fields(self) if field.name not in Task.__dataclass_fields__}
        return replace(super().using(**changes), **own)


@breaks("TSK-08", since=(6, 1))
class UsingLosesFields(Steps):
    """Forgets what a project added to the Task."""

    task_class = UnlabelledTask


class NameTask(Task):
    """Finds its function by name."""

    known: ClassVar[dict[tuple[str, bool], Callable[..., Any]]] = {}

    def call(self, *args: Any, **kwargs: Any) -> Any:
        return super(NameTask, replace(self, func=self.known[self.key])).call(*args, **kwargs)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.known.setdefault(self.key, self.func)

    @property
    def key(self) -> tuple[str, bool]:
        return self.func.__name__, iscoroutinefunction(self.func)


@breaks("TSK-09")
class RegistryByName(Steps):
    """Runs the first function of a name for all that are called so."""

    task_class = NameTask


class MislaidTask(Task):
    """Names the function instead of the Task, where it takes the context."""

    @property
    def module_path(self) -> str:
        return f"{super().module_path}.func" if self.takes_context else super().module_path


@breaks(
    "TSK-10",
    also={
        "PKL-01": "a pickled Task is found by its path",
    },
)
class PathOfTheFunction(Steps):
    """Gives a path that leads to no Task."""

    task_class = MislaidTask


class CallableTask(Task):
    """Runs when it is called, as DEP 14 had it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.call(*args, **kwargs)


@breaks("TSK-11")
class CallableTasks(Steps):
    """Makes tasks that can be called."""

    task_class = CallableTask


class UnhashableTask(Task):
    """Compares, and has no hash."""

    __hash__ = None


@breaks("TSK-12")
class UnhashableTasks(Steps):
    """Makes tasks that cannot be keys."""

    task_class = UnhashableTask


class TimelessTask(Task):
    """Leaves its time behind when it is pickled."""

    def __reduce__(self) -> Any:
        rebuild, (given,) = super().__reduce__()
        return rebuild, ({**given, "run_after": None},)


@breaks("PKL-01", since=(6, 1))
class PickleLosesTime(Steps):
    """Pickles a deferred task as one that is not."""

    task_class = TimelessTask


class NarrowTask(Task):
    """Leaves a project's own fields behind when it is pickled."""

    def __reduce__(self) -> Any:
        rebuild, (given,) = super().__reduce__()
        return rebuild, ({name: given[name] for name in given if name in Task.__dataclass_fields__},)


@breaks("PKL-03", since=(6, 1))
class PickleLosesFields(Steps):
    """Pickles the fields of Django's own Task only."""

    task_class = NarrowTask


def rebuild_here(pid: int, rebuild: Callable[[Any], Any], given: dict[str, Any]) -> Any:
    """Rebuild a task in the process that pickled it."""
    if pid != os.getpid():
        raise RuntimeError("of another process")
    return rebuild(given)


class LocalTask(Task):
    """Cannot leave its process."""

    def __reduce__(self) -> Any:
        rebuild, (given,) = super().__reduce__()
        return rebuild_here, (os.getpid(), rebuild, given)


@breaks("PKL-04", since=(6, 1))
class PickleStaysHere(Steps):
    """Pickles what no other process can load."""

    task_class = LocalTask


class CarelessTask(Task):
    """Imports its path, and looks at nothing."""

    @classmethod
    def _reconstruct(cls, kwargs: dict[str, Any]) -> Any:
        return cls(**{**kwargs, "func": import_string(kwargs["func"]).func})


@breaks("PKL-05", since=(6, 1))
class UnpicklesCarelessly(Steps):
    """Raises what the import happens to raise."""

    task_class = CarelessTask


class TrustingTask(Task):
    """Is loaded as it was."""

    @classmethod
    def _reconstruct(cls, kwargs: dict[str, Any]) -> Any:
        task = object.__new__(cls)
        for name, value in {**kwargs, "func": import_string(kwargs["func"]).func}.items():
            object.__setattr__(task, name, value)
        return task


@breaks("PKL-06", also={"PKL-05": "what is no Task is not noticed either"}, since=(6, 1))
class UnpicklesUnvalidated(Steps):
    """Loads tasks that are not valid any more."""

    task_class = TrustingTask


class OddTask(Task):
    """Says in its own way that it cannot be pickled."""

    def __reduce__(self) -> Any:
        raise RuntimeError("no")


@breaks("PKL-07", before=(6, 1))
class PicklingRaisesAnything(Steps):
    """Raises something else than PicklingError."""

    task_class = OddTask
