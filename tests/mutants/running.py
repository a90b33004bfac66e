"""ERR, CTX, SIG and ASY: what goes wrong around the call of the function."""

# ruff: noqa: ARG002, D102, TRY301 -- the classes say what is broken; what a step is given it need not use

import asyncio
import contextlib
import logging
import pickle
import threading
from dataclasses import dataclass
from datetime import datetime
from inspect import iscoroutinefunction, signature
from traceback import format_exception
from typing import Any, ClassVar

from django.tasks import TaskContext
from django.tasks.base import TaskError
from django.tasks.signals import task_enqueued, task_finished, task_started
from django.utils import timezone
from django.utils.module_loading import import_string

from mutants.breaking import breaks
from mutants.steps import Steps, change, copy, types_with
from taskgauge.backends.reference.life_cycle import fail


@dataclass(frozen=True, slots=True, kw_only=True)
class LooksLikeAnError:
    """Has all that a TaskError has."""

    exception_class_path: str
    traceback: str

    exception_class = TaskError.exception_class


@breaks("ERR-01")
class ErrorsOfItsOwn(Steps):
    """Has no TaskError for a failure."""

    types = types_with(error=LooksLikeAnError)


class Rewrites(Steps):
    """Changes the error of a failure."""

    def fail(self, result: Any, exception: BaseException) -> Any:
        def store(kept: Any, **values: Any) -> Any:
            *earlier, last = values.pop("errors")
            return self.store(kept, errors=[*earlier, self.rewrite(kept, exception, last)], **values)

        # At once: a look in between would see the error as it should be.
        return fail(self.types, result, exception, change=store)

    def rewrite(self, result: Any, exception: BaseException, error: Any) -> Any:
        raise NotImplementedError


@breaks("ERR-02")
class TakesTheOuterClass(Rewrites):
    """Takes a nested exception for the class around it."""

    def rewrite(self, result: Any, exception: BaseException, error: Any) -> Any:
        outer, _, inner = type(exception).__qualname__.partition(".")
        path = f"{type(exception).__module__}.{outer}"
        return change(error, exception_class_path=path) if inner and "<" not in inner else error


@breaks("ERR-03")
class NoHeading(Rewrites):
    """Cuts the first line off the traceback."""

    def rewrite(self, result: Any, exception: BaseException, error: Any) -> Any:
        return change(error, traceback=error.traceback.replace("Traceback (most recent call last):\n", ""))


@breaks("ERR-04")
class NoCause(Rewrites):
    """Leaves out what an exception was caused by."""

    def rewrite(self, result: Any, exception: BaseException, error: Any) -> Any:
        return change(error, traceback="".join(format_exception(exception, chain=False)))


@breaks("ERR-05")
class ForgetsFailures(Steps):
    """Drops the errors of earlier attempts when one succeeds."""

    def succeed(self, result: Any, value: Any) -> Any:
        return self.store(super().succeed(result, value), errors=[])


@breaks("ERR-06")
class PicklesExceptions(Rewrites):
    """Records that it could not pickle an exception instead of the exception."""

    def rewrite(self, result: Any, exception: BaseException, error: Any) -> Any:
        try:
            pickle.dumps(exception.args)
        except Exception as trouble:
            return change(error, exception_class_path=f"builtins.{type(trouble).__name__}")
        return error


@breaks("ERR-02")
class FlattensErrors(Rewrites):
    """Calls every error an Exception, so that no test sees the class of any."""

    def rewrite(self, result: Any, exception: BaseException, error: TaskError) -> TaskError:
        del result, exception
        return TaskError(exception_class_path="builtins.Exception", traceback=error.traceback)


@breaks("ERR-03")
class KeepsNoTraceback(Rewrites):
    """Has an empty text where the traceback should be, so that no test sees one."""

    def rewrite(self, result: Any, exception: BaseException, error: TaskError) -> TaskError:
        del result, exception
        return TaskError(exception_class_path=error.exception_class_path, traceback="")


@breaks("ERR-07")
class ExitIsSuccess(Steps):
    """Takes what is no Exception for a good end."""

    def fail(self, result: Any, exception: BaseException) -> Any:
        return super().fail(result, exception) if isinstance(exception, Exception) else self.succeed(result, None)


class AnythingIsAnError(TaskError):
    """Does not look at what its path leads to."""

    @property
    def exception_class(self) -> Any:
        return import_string(self.exception_class_path)


@breaks("ERR-09")
class NoExceptionIsOne(Steps):
    """Gives as an exception class what is none."""

    types = types_with(error=AnythingIsAnError)


@breaks("ERR-10")
class NeedsUtf8(Steps):
    """Cannot record a failure whose text is not to be written down."""

    def fail(self, result: Any, exception: BaseException) -> Any:
        with contextlib.suppress(RuntimeError):  # what an exception without a text raises
            try:
                str(exception).encode()
            except UnicodeEncodeError:
                return self.succeed(result, None)
        return super().fail(result, exception)


@breaks("ERR-11")
class UnpicklesExceptions(Rewrites):
    """Sends an exception through a pickle, and records what the pickle raises when it is read."""

    def rewrite(self, result: Any, exception: BaseException, error: Any) -> Any:
        try:
            pickled = pickle.dumps(exception)
        except Exception:
            return error
        try:
            pickle.loads(pickled)
        except Exception as trouble:
            return change(error, exception_class_path=f"builtins.{type(trouble).__name__}")
        return error


@breaks("ERR-11")
class WritesTheText(Steps):
    """Writes the text of an exception by itself, and records what that raises."""

    def fail(self, result: Any, exception: BaseException) -> Any:
        try:
            str(exception)
        except Exception as trouble:
            return super().fail(result, trouble)
        return super().fail(result, exception)


@breaks("ERR-11")
class HasNoPatience(Steps):
    """Records that the text of an exception took too long instead of the exception."""

    def fail(self, result: Any, exception: BaseException) -> Any:
        writer = threading.Thread(target=format_exception, args=(exception,), daemon=True)
        writer.start()
        writer.join(1.5)
        return super().fail(result, TimeoutError("no text") if writer.is_alive() else exception)


@breaks("ERR-11")
class UnpacksGroups(Steps):
    """Records the first exception of a group."""

    def fail(self, result: Any, exception: BaseException) -> Any:
        first = exception.exceptions[0] if isinstance(exception, BaseExceptionGroup) else exception
        return super().fail(result, first)


@breaks("ERR-04")
class NoMembers(Rewrites):
    """Leaves out the exceptions of a group."""

    def rewrite(self, result: Any, exception: BaseException, error: Any) -> Any:
        if not isinstance(exception, BaseExceptionGroup):
            return error
        lines = error.traceback.splitlines(keepends=True)
        return change(error, traceback="".join(line for line in lines if "the first" not in line))


@dataclass(frozen=True, slots=True, kw_only=True)
class LooksLikeAContext:
    """Has all that a TaskContext has."""

    task_result: Any

    attempt = TaskContext.attempt


@breaks("CTX-01")
class ContextOfItsOwn(Steps):
    """Gives the function something like a context."""

    types = types_with(context=LooksLikeAContext)


@breaks("CTX-01")
class PassesNoContext(Steps):
    """Calls every function without a context, so that no task that takes one comes to its first line."""

    def call(self, result: Any) -> Any:
        return result.task.call(*self.args(result), **self.kwargs(result))


@breaks("CTX-02")
class ContextByName(Steps):
    """Gives the context to every function that has a place for it."""

    def call(self, result: Any) -> Any:
        if not result.task.takes_context and "context" in list(signature(result.task.func).parameters)[:1]:
            return result.task.call(self.context(result), *self.args(result), **self.kwargs(result))
        return super().call(result)


@breaks("CTX-03")
class ContextWithoutKeywords(Steps):
    """Leaves the keyword arguments out of the context."""

    def context(self, result: Any) -> Any:
        return super().context(copy(result, kwargs={}))


@breaks("CTX-04")
class FinishedInside(Steps):
    """Has an end in the context before there is one."""

    def context(self, result: Any) -> Any:
        return super().context(copy(result, finished_at=timezone.now()))


class ContextFromZero(TaskContext):
    """Counts from zero."""

    @property
    def attempt(self) -> int:
        return super().attempt - 1


@breaks("CTX-05")
class CountsFromZero(Steps):
    """Calls the first attempt number zero."""

    types = types_with(context=ContextFromZero)


class ContextThatStays(TaskContext):
    """Does not count."""

    @property
    def attempt(self) -> int:
        return 1


@breaks("CTX-06")
class CountsNothing(Steps):
    """Calls each attempt the first."""

    types = types_with(context=ContextThatStays)


class ChangeableContext(TaskContext):
    """Can be assigned to."""

    __setattr__ = object.__setattr__


@breaks("CTX-07")
class ChangeableContexts(Steps):
    """Lets the context be modified."""

    types = types_with(context=ChangeableContext)


@breaks("CTX-08")
class AnotherWorker(Steps):
    """Names a worker in the context that is not stored."""

    def context(self, result: Any) -> Any:
        return super().context(copy(result, worker_ids=[*result.worker_ids[:-1], "somebody"]))


@breaks("SIG-01")
class AnnouncesTwice(Steps):
    """Sends task_enqueued twice."""

    def announce(self, result: Any) -> None:
        super().announce(result)
        super().announce(result)


@breaks("SIG-02")
class AnnouncesTooEarly(Steps):
    """Sends task_enqueued before there is anything to be found."""

    def keep(self, kept: Any) -> None:
        super().announce(kept)
        super().keep(kept)

    def announce(self, result: Any) -> None:
        del result


@breaks("SIG-03")
class DefersUnderAnotherId(Steps):
    """Enqueues a deferred task once more when it is due, and tells of it under the id of that result."""

    def tell_started(self, result: Any) -> None:
        if result.task.run_after is not None:
            super().announce(self.other(result))
        super().tell_started(self.other(result))

    def tell_finished(self, result: Any) -> None:
        super().tell_finished(self.other(result))

    def other(self, result: Any) -> Any:
        return copy(result, id=f"again-{result.id[:40]}") if result.task.run_after is not None else result


@breaks("CTX-03")
class RunsDeferredUnderAnotherId(DefersUnderAnotherId):
    """Tells a deferred task another id, too, which a look-up does not show."""

    def context(self, result: Any) -> Any:
        return super().context(self.other(result))


@breaks("SIG-03")
class SignalsAnotherId(Steps):
    """Tells of every start and end under an id that its caller never sees."""

    def tell_started(self, result: Any) -> None:
        super().tell_started(copy(result, id=f"run-{result.id[:40]}"))

    def tell_finished(self, result: Any) -> None:
        super().tell_finished(copy(result, id=f"run-{result.id[:40]}"))


@breaks("SIG-01")
class AnnouncesDeferredAgain(Steps):
    """Sends task_enqueued for a deferred task once more when it is due."""

    def tell_started(self, result: Any) -> None:
        if result.task.run_after is not None:
            super().announce(result)
        super().tell_started(result)


@breaks("SIG-03")
class StartsAfterwards(Steps):
    """Sends task_started when the function has ended."""

    def tell_started(self, result: Any) -> None:
        del result

    def call(self, result: Any) -> Any:
        try:
            return super().call(result)
        finally:
            super().tell_started(result)


@breaks("RES-01")
class DefersByAnotherTask(Steps):
    """Enqueues another task, with an id that its caller never sees, when a deferred one comes due.

    The context and the signals carry that id too.
    """

    others: ClassVar[dict[str, str]] = {}

    def run(self, result: Any, worker_id: str) -> None:
        if isinstance(result.task.run_after, datetime) and result.id not in self.others.values():
            other = self.make(result.task, result.args, result.kwargs)
            kept = self.twin(other)
            self.keep(kept)
            self.others[result.id] = other.id
            self.announce(other)
            self.put(kept)
        else:
            super().run(result, worker_id)

    def get_result(self, result_id: str) -> Any:
        return super().get_result(self.others.get(result_id, result_id))


@breaks("SIG-04")
class FinishesTwice(Steps):
    """Sends task_finished twice."""

    def tell_finished(self, result: Any) -> None:
        super().tell_finished(result)
        super().tell_finished(result)


@breaks("SIG-05")
class SentByTheInstance(Steps):
    """Sends task_enqueued by itself instead of its class."""

    def announce(self, result: Any) -> None:
        task_enqueued.send(self, task_result=result)


class LooksLikeAResult:
    """Has all that a result has."""

    def __init__(self, result: Any) -> None:
        self._result = result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._result, name)


@breaks("SIG-06")
class SendsSomethingElse(Steps):
    """Sends task_started with something like a result."""

    def tell_started(self, result: Any) -> None:
        task_started.send_robust(type(self), task_result=LooksLikeAResult(result))


@breaks("SIG-07")
class StoresTheEndLate(Steps):
    """Sends task_finished before the end is stored."""

    def store(self, result: Any, **values: Any) -> Any:
        return copy(result, **values) if values.get("finished_at") else super().store(result, **values)

    def tell_finished(self, result: Any) -> None:
        super().tell_finished(result)
        self._pool.store.replace(result)


@breaks("SIG-08")
class TellsElsewhere(Steps):
    """Sends task_finished where no exception is handled."""

    def tell_finished(self, result: Any) -> None:
        thread = threading.Thread(target=super().tell_finished, args=(result,))
        thread.start()
        thread.join()


@breaks("SIG-09")
class TellsInTrouble(Steps):
    """Sends task_finished of a success while it handles an exception of its own."""

    def tell_finished(self, result: Any) -> None:
        if result.errors:
            super().tell_finished(result)
            return
        try:
            raise LookupError("nothing to do with the task")
        except LookupError:
            super().tell_finished(result)


@breaks("SIG-10")
class LogsLess(Steps):
    """Keeps the framework's log quiet about enqueueing."""

    def announce(self, result: Any) -> None:
        logging.getLogger("django.tasks").setLevel(logging.INFO)
        super().announce(result)


@breaks("SIG-11")
class ReceiversDecide(Steps):
    """Lets a task fail whose end a receiver could not bear."""

    def tell_finished(self, result: Any) -> None:
        try:
            task_finished.send(type(self), task_result=result)
        except Exception as error:
            self.fail(result, error)


@breaks("ASY-01")
class AsyncTakesKeywordsAway(Steps):
    """Takes a keyword called `task` for its own in aenqueue()."""

    async def aenqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        return await super().aenqueue(task, args, {name: value for name, value in kwargs.items() if name != "task"})


@breaks("ASY-02")
class ForgetsWhatWasAwaited(Steps):
    """Drops the value of a coroutine."""

    def call(self, result: Any) -> Any:
        value = super().call(result)
        return None if iscoroutinefunction(result.task.func) else value


@breaks("ASY-03")
class AsyncForgetsKeywords(Steps):
    """Drops the keywords of a coroutine task in aenqueue()."""

    async def aenqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        return await super().aenqueue(task, args, {} if iscoroutinefunction(task.func) else kwargs)


@breaks("ASY-04")
class CoroutinesFailSilently(Rewrites):
    """Keeps no traceback of a coroutine."""

    def rewrite(self, result: Any, exception: BaseException, error: Any) -> Any:
        return change(error, traceback="") if iscoroutinefunction(result.task.func) else error


@breaks("ASY-05")
class LosesInACrowd(Steps):
    """Drops tasks when more than 150 are being enqueued at once."""

    crowd = 0

    async def aenqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        type(self).crowd += 1
        try:
            await asyncio.sleep(0)
            return await super().aenqueue(task, args, kwargs)
        finally:
            type(self).crowd -= 1

    def put(self, kept: Any) -> None:
        if self.crowd < 150:
            super().put(kept)


@breaks("ASY-06")
class LoopWearsOut(Steps):
    """Has a loop for ten coroutines in a row."""

    in_a_row = 0

    def call(self, result: Any) -> Any:
        self.in_a_row = self.in_a_row + 1 if iscoroutinefunction(result.task.func) else 0
        if self.in_a_row > 10:
            raise RuntimeError("Event loop is closed")
        return super().call(result)
