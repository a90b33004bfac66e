"""The environment of a process that times enqueue() with pytest-benchmark.

It stands apart from the timed functions, which only a pytest with the plugin can import.
"""

TARGET = "TASKGAUGE_TIMED_TARGET"
"""The environment variable with the name of the target."""
FLOOR = "TASKGAUGE_TIMED_FLOOR"
"""The environment variable with the path of a floor's class; empty for a target."""
