"""Commands as values: what a client can ask, and how its bytes become that."""
