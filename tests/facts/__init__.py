"""Facts about SQL Server, each with the recording of a real server that it was read from."""
