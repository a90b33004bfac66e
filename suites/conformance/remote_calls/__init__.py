"""Remote calls: functions that run in a separate process, as a target's producers do."""
