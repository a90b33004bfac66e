"""The behaviour suite: what one can and cannot do with each shape, each answer given by code that tries it."""
