"""The static site of run folders: its pages, their texts and their badges."""
