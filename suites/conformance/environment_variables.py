"""The environment variables that all processes of a target read."""

FRAMEWORK = "TASKGAUGE_FRAMEWORK"
"""Names the framework that the target belongs to."""
PAUSABLE = "TASKGAUGE_PAUSABLE"
"""Is not empty if the backend can be told to start no workers."""
EVENT_LOG = "TASKGAUGE_EVENT_LOG"
"""Names the file of the event log."""
