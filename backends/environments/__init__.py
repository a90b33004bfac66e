"""Python environments: their packages, and the packages that a target still needs."""
