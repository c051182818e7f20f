"""Record expensive function calls once and replay them ever after, with no code in the tests."""
