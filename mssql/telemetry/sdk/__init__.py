"""All that depends on private names of OpenTelemetry's API and SDK.

Private names reduce the cost of a statement's span and measurement several times. They are used
with the versions that were tested (`versions`). With other versions, and if a name is missing, the
public API and SDK produce the same telemetry at a higher cost.
"""
