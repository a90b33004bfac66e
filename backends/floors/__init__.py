"""Floors: the cheapest way to hand a number to a worker on each store, without Django and without a result.

A floor has a descriptor like a backend. Its class has `put(number)`, and its worker calls the function that the
environment names once for each number.
"""

from pathlib import Path

FLOORS = Path(__file__).parent
"""The folder of the floors' descriptors; `load_target(name, FLOORS)` reads them."""
