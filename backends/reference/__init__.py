"""Reference backends: real in-process task backends that make their results from configurable classes."""

from taskgauge.backends.reference.immediate import ReferenceImmediateBackend
from taskgauge.backends.reference.memory import ReferenceMemoryBackend
from taskgauge.backends.reference.process import ReferenceProcessBackend

__all__ = ["ReferenceImmediateBackend", "ReferenceMemoryBackend", "ReferenceProcessBackend"]
