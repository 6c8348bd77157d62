"""All that depends on private names of OpenTelemetry's API and SDK."""
