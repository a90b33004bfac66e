"""The default of five attempts."""

del TASKS["default"]["OPTIONS"]["DEFAULT_MAX_ATTEMPTS"]
