"""The default of three attempts."""

for alias in TASKS.values():
    del alias["OPTIONS"]["MAX_ATTEMPTS"]
