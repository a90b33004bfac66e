"""Times the operations on results of each variant."""
