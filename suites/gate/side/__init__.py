"""The measuring code in each side's environment; it imports only Python's library, Django and the thing under test.

The gate copies this folder to a temporary one and starts it under the name `taskgauge_side`. So a side needs no
Taskgauge, and a Taskgauge under test does not run the measuring code of its own version.
"""
