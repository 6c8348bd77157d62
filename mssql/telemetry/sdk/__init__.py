"""All that depends on private names of OpenTelemetry's API and SDK.

Private names make a statement's span and measurement several times cheaper. They are used with the
versions that they were tested with (`versions`); with others, and if a name is missing, the public
API and SDK do the same at a higher cost.
"""
