"""The calls suite: a task's function called directly, by call() and acall(), and in threads."""
