"""A value to one pickle and back: what C and dill cannot do, or bring back as another."""
