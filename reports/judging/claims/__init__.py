"""Claims about Django's task objects, and the rules by which a run decides them."""
