"""Is there room: plans, features, capacities and usage."""
