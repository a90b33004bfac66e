"""What runs inside each side's environment: Python's own library, Django and the thing under test, and nothing else.

The gate copies this folder beside its other temporary files and starts it under the name `taskgauge_side`, so that a
side needs no Taskgauge, and a Taskgauge that is under test never runs the measuring code of its own version.
"""
