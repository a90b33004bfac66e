"""A task that fails is run three times in all."""

# ruff: noqa: F821 -- it stands below the settings

TASKS = {"default": {**TASKS["default"], "OPTIONS": {"attempts": 3}}}
