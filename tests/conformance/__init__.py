"""Runs Django's own test suite against this backend: ``make conformance``."""
