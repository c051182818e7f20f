"""Streams and awaitables: recorded while they are consumed, and replayed as lazily."""
