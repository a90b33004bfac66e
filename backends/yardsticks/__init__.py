"""Yardsticks: task queues without django.tasks, which the same producer drives and the same event log records.

A yardstick has a descriptor like a floor. Its class has `put(number)`, and its worker calls the function that the
environment names. The worker's words are what its documentation says for production.
"""

from pathlib import Path

YARDSTICKS = Path(__file__).parent
"""The folder of the yardsticks' descriptors; `load_target(name, YARDSTICKS)` reads them."""
PREFIX = "yardstick-"
"""The begin of the name of each yardstick."""
