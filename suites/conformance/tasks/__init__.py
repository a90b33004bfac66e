"""The tasks that run on a target; they write records into the event log, with the key that the producer chose."""
