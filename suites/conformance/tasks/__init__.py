"""The tasks that run on a target; each writes down what it got, by a key that its enqueuer chose."""
