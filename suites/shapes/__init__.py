"""The suite of result types: it measures the cost to create, read, copy, pickle, hold and send each shape."""
