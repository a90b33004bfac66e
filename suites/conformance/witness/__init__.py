"""A Django app for producers and workers: it writes down what really happens, independent of what a backend reports."""
