"""Load tests that also check: real clients of a running server, and rules over what they were shown."""
