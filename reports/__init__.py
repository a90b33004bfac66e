"""What it says: reads run folders and turns them into verdicts and tables."""
