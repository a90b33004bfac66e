"""A task that fails is run three times in all."""

TASKS = {"default": {**TASKS["default"], "OPTIONS": {"attempts": 3}}}
