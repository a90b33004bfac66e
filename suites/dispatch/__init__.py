"""Dispatch: tasks of each result type through the reference backends, in living processes that take turns."""
