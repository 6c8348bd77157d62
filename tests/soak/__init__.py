"""The soak: behaviour under faults, over time, and under load. `make soak` runs it."""
