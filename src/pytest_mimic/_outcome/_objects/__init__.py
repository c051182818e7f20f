"""The caller's objects: which can be told apart, how they are reached, and the states they have."""
