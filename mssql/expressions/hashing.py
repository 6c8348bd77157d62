"""Hash functions: lower-case hexadecimal digests of a text's UTF-8 bytes, as on other databases."""

from __future__ import annotations

from typing import Any

from django.db import NotSupportedError
from django.db.models.functions import MD5, SHA1, SHA224, SHA256, SHA384, SHA512

from mssql.expressions.dispatch import SqlWithParams, fill, tsql

# Algorithm and length of the digest in hexadecimal digits; SHA-224 and SHA-384 do not exist.
# https://learn.microsoft.com/sql/t-sql/functions/hashbytes-transact-sql
_ALGORITHMS = {
    MD5: ("MD5", 32),
    SHA1: ("SHA1", 40),
    SHA256: ("SHA2_256", 64),
    SHA512: ("SHA2_512", 128),
}

_UTF8 = "Latin1_General_100_CI_AS_SC_UTF8"


@tsql(*_ALGORITHMS)
def digest(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """HASHBYTES. nvarchar is UTF-16, so the text is made UTF-8 first, which 2019 has brought."""
    if not connection.server.has_utf8_collations:
        raise NotSupportedError(
            f"{type(node).__name__}() needs SQL Server 2019 or later: {connection.server.product} "
            "cannot turn a text into UTF-8. Hash it in Python instead."
        )
    algorithm, length = next(_ALGORITHMS[cls] for cls in type(node).__mro__ if cls in _ALGORITHMS)
    text = f"CAST({{0}} COLLATE {_UTF8} AS varchar(max))"
    template = f"LOWER(CONVERT(char({length}), HASHBYTES('{algorithm}', {text}), 2))"
    return fill(template, compiler, *node.get_source_expressions())


@tsql(SHA224, SHA384)
def missing_digest(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """Refuse what HASHBYTES has not."""
    raise NotSupportedError(
        f"SQL Server has no {type(node).__name__}. Use SHA256 or SHA512, or hash in Python."
    )
