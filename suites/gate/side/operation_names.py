"""The names of all operations, importable without Django's settings to plan a run."""

RESULT_VERBS = ("create", "evolve", "pickle", "unpickle", "refresh")
BACKEND_VERBS = ("enqueue", "aenqueue", "get_result", "aget_result", "refresh")
