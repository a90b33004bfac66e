"""The default of three attempts, with a shorter delay between them."""

for alias in TASKS.values():
    alias["OPTIONS"] |= {"MAX_ATTEMPTS": 3, "BACKOFF_INITIAL": 0.5}
