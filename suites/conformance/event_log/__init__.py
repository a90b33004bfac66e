"""The event log: what tasks and receivers of signals write down by themselves, whatever a backend reports."""
