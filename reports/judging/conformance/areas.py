"""The areas of requirements."""

AREAS = {
    "TSK": "Task",
    "VAL": "Validation",
    "BCK": "Backend",
    "ENQ": "Enqueueing",
    "ARG": "Arguments",
    "PRI": "Priority",
    "DEF": "Deferral",
    "QUE": "Queues",
    "RES": "Results",
    "RET": "Return values",
    "ERR": "Failures",
    "CTX": "Context",
    "SIG": "Signals",
    "ASY": "Async",
    "SET": "Settings",
    "CHK": "Checks",
    "TXN": "Transactions",
    "WRK": "Worker",
    "PKL": "Pickling",
    "BLT": "Built-in",
}
"""The titles of the areas of requirements."""
