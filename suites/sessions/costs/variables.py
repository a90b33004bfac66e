"""The environment variables by which a session tells its processes what to count and to time."""

GATE = "TASKGAUGE_GATE"
"""The path of the gate: as long as the file exists, started tasks wait."""
STEPS = "TASKGAUGE_STEPS"
"""The folder in which each process keeps the times of its steps."""
