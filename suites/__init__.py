"""The measuring side: the suites, the tasks that they run, and the command that runs them."""
