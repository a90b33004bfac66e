"""The names of all verbs, for whoever plans a run without Django's settings."""

RESULT_VERBS = ("create", "evolve", "pickle", "unpickle", "refresh")
BACKEND_VERBS = ("enqueue", "aenqueue", "get_result", "aget_result", "refresh")
