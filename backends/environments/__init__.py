"""Python environments: what is installed here, and what a target still needs."""
