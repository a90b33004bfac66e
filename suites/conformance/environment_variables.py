"""The environment variables by which all processes of a target know what they belong to."""

FRAMEWORK = "TASKGAUGE_FRAMEWORK"
"""Names the framework that the target belongs to."""
PAUSABLE = "TASKGAUGE_PAUSABLE"
"""Is not empty where the backend can be told to start no workers."""
EVENT_LOG = "TASKGAUGE_WITNESS"
"""Names the file that is the event log."""
