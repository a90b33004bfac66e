"""The tests of a target, one module for each chapter of the requirements."""
