"""Hash functions: lower-case hexadecimal digests of a text's UTF-8 bytes, as on other databases."""

from __future__ import annotations

from django.db import NotSupportedError
from django.db.models.expressions import Func
from django.db.models.functions import MD5, SHA1, SHA224, SHA256, SHA384, SHA512

from mssql.expressions.dispatch import Implementation, entry_for
from mssql.expressions.interfaces import Compiler, Connection, SqlWithParams
from mssql.expressions.templates import fill

# Algorithm and length of the digest in hexadecimal digits; SHA-224 and SHA-384 do not exist.
# https://learn.microsoft.com/sql/t-sql/functions/hashbytes-transact-sql
_ALGORITHMS = {
    MD5: ("MD5", 32),
    SHA1: ("SHA1", 40),
    SHA256: ("SHA2_256", 64),
    SHA512: ("SHA2_512", 128),
}

_UTF8 = "Latin1_General_100_CI_AS_SC_UTF8"


def digest(node: Func, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render HASHBYTES of the text in UTF-8: nvarchar is UTF-16. UTF-8 was added in 2019."""
    if not connection.server.has_utf8_collations:
        raise NotSupportedError(
            f"{type(node).__name__}() requires SQL Server 2019 or later: "
            f"{connection.server.product} cannot convert a text to UTF-8. Hash it in Python "
            "instead."
        )
    algorithm, length = entry_for(node, _ALGORITHMS)
    text = f"CAST({{0}} COLLATE {_UTF8} AS varchar(max))"
    template = f"LOWER(CONVERT(char({length}), HASHBYTES('{algorithm}', {text}), 2))"
    return fill(template, compiler, *node.get_source_expressions())


def missing_digest(node: Func, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Raise NotSupportedError for an algorithm that HASHBYTES lacks."""
    raise NotSupportedError(
        f"SQL Server has no {type(node).__name__}. Use SHA256 or SHA512, or hash in Python."
    )


TSQL: dict[type, Implementation] = {
    **dict.fromkeys(_ALGORITHMS, digest),
    SHA224: missing_digest,
    SHA384: missing_digest,
}
