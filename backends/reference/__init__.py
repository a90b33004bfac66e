"""Reference backends: real task backends, in process, that make their results of the classes they are given."""

from taskgauge.backends.reference.immediate import ReferenceImmediateBackend
from taskgauge.backends.reference.memory import ReferenceMemoryBackend
from taskgauge.backends.reference.process import ReferenceProcessBackend

__all__ = ["ReferenceImmediateBackend", "ReferenceMemoryBackend", "ReferenceProcessBackend"]
