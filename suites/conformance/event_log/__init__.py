"""The event log: the records that tasks and signal receivers write themselves, whatever a backend reports."""
