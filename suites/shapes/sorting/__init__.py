"""The ordering suite: what it costs to sort results and to queue them, comparable and not."""
