"""The ordering suite: the costs to sort and to queue results, with and without an order of their own."""
