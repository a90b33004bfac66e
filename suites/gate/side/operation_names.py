"""The names of all operations, importable without Django's settings to plan a run."""

RESULT_OPERATIONS = ("create", "evolve", "pickle", "unpickle", "refresh")
BACKEND_OPERATIONS = ("enqueue", "aenqueue", "get_result", "aget_result", "refresh")
