"""How it is measured: the suites, the tasks they run, and the command that runs them."""
