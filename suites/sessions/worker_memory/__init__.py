"""Memory of the processes that run tasks, as the tasks themselves note it."""
