"""What was claimed about Django's task objects, and how a run decides it."""
