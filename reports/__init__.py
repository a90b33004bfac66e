"""Reads run folders and turns them into verdicts and tables."""
