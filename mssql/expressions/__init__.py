"""The T-SQL of Django's expressions, one module per family."""
