"""The default of five attempts."""

TASKS["default"]["OPTIONS"] = {"DEFAULT_MAX_ATTEMPTS": 5}
