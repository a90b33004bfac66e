"""The behaviour suite: yes-or-no questions about each shape, answered by code that tries it."""
