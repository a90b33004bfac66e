"""Memory of the processes that run tasks, and their connections at the store."""
