"""What several tests do to a target, and what they look for."""
