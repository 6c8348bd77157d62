"""The soak: what holds under faults, for long, and in numbers. `make soak` runs it."""
