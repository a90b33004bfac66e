"""A suite that cannot be imported."""

raise RuntimeError("this suite is broken")
