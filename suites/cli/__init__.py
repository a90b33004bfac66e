"""The commands: their options, what they run, and their exit codes."""
