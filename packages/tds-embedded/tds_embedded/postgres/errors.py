"""PostgreSQL's errors as SQL Server's.

Follows "PostgreSQL Error Codes", https://www.postgresql.org/docs/18/errcodes-appendix.html, and
"Database Engine events and errors" for the numbers they become. Any other error is one of the
embedded server, sent as number 59999 with PostgreSQL's text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import psycopg

from tds_embedded.error_texts import MESSAGES
from tds_embedded.errors import SqlServerError, error

INTERNAL = 59999
TEMPORARY = "dbo.#"  # how the name of a temporary table begins
PRELUDE = "MSSQL"  # the SQLSTATE under which the prelude raises SQL Server's own numbers


class Constraint(Protocol):
    """A catalog's description of a constraint or index."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str:
        """PRIMARY KEY, UNIQUE KEY, FOREIGN KEY, CHECK, or INDEX for a unique index."""

    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def table(self) -> str:
        """schema.table of the table it belongs to."""

    @property
    def target(self) -> tuple[str, tuple[str, ...]]:
        """schema.table and columns that a foreign key refers to."""

    @property
    def widths(self) -> tuple[int | None, ...]:
        """The lengths of the columns whose values are padded with blanks, None for others."""


@dataclass(frozen=True)
class Statement:
    """The failed statement, for the text of the error.

    verb: INSERT, UPDATE, DELETE, MERGE, ALTER TABLE, ... constraint: finds a constraint by
    PostgreSQL's schema, table and constraint name. It is called only after the statement has been
    rolled back.
    """

    verb: str = ""
    database: str = ""
    constraint: Callable[[str, str, str], Constraint | None] = field(default=lambda s, t, c: None)


UNKNOWN = Statement()


def to_sql_server(violation: psycopg.Error, statement: Statement = UNKNOWN) -> SqlServerError:
    """Return SQL Server's error for one of PostgreSQL's."""
    code = violation.sqlstate or ""
    if code == PRELUDE:
        return _from_prelude(violation)
    handler = _HANDLERS.get(code)
    problem = handler(violation, statement) if handler is not None else None
    if problem is not None:
        return problem
    if violation.sqlstate is None and isinstance(violation, psycopg.DataError):
        return internal(violation)  # psycopg's own, of a value
    if violation.sqlstate is None or code.startswith(("08", "57P")):
        return error(596)
    return internal(violation)


def internal(violation: psycopg.Error) -> SqlServerError:
    """Return an error without a mapping: PostgreSQL should not have got the statement."""
    message = violation.diag.message_primary or str(violation)
    text = f"PostgreSQL's {violation.sqlstate}: {message}"
    return SqlServerError(INTERNAL, f"Error of the embedded server, not of SQL Server: {text}")


def _from_prelude(violation: psycopg.Error) -> SqlServerError:
    """MESSAGE is the number and, after a point, the state; DETAIL the arguments, of which the last
    may contain a `|`."""
    text, _, state = (violation.diag.message_primary or "0").partition(".")
    number = int(text)
    if number not in MESSAGES:
        return internal(violation)
    count = MESSAGES[number][1].count("{}")
    arguments = (violation.diag.message_detail or "").split("|", max(count - 1, 0))
    return error(
        number, *arguments, *[""] * (count - len(arguments)), state=int(state) if state else None
    )


# --- Constraints -------------------------------------------------------------------------------

_TABLE_VARIABLE = re.compile(r".*\.#(@.*)~\d+$")
_KEY = re.compile(r"^Key \((?P<columns>.*?)\)=\((?P<values>.*)\) ", re.DOTALL)


def _table(violation: psycopg.Error) -> str:
    schema, table = violation.diag.schema_name or "dbo", violation.diag.table_name or ""
    return _shown(f"{_schema(schema)}.{table}")


def _shown(table: str) -> str:
    """Return a table's name as in messages: that of a table variable without its number."""
    match = _TABLE_VARIABLE.match(table)
    return f"dbo.{match[1]}" if match else table


def _schema(name: str) -> str:
    """Temporary tables are in a special schema of PostgreSQL."""
    return "dbo" if name.startswith("pg_temp") else name


def _constraint(violation: psycopg.Error, statement: Statement) -> Constraint | None:
    diagnosis = violation.diag
    if not diagnosis.constraint_name:
        return None
    return statement.constraint(
        diagnosis.schema_name or "", diagnosis.table_name or "", diagnosis.constraint_name
    )


def _unique(violation: psycopg.Error, statement: Statement) -> SqlServerError:
    constraint = _constraint(violation, statement)
    name = constraint.name if constraint else violation.diag.constraint_name or ""
    table = _shown(constraint.table) if constraint else _table(violation)
    values = key_values(violation, constraint.widths if constraint else ())
    if "could not create unique index" in (violation.diag.message_primary or ""):
        return error(1505, table, name, values)
    kind = constraint.kind if constraint else "UNIQUE KEY"
    if kind == "INDEX":
        return error(2601, table, name, values)
    return error(2627, kind, name, table, values)


def key_values(violation: psycopg.Error, widths: Sequence[int | None] = ()) -> str:
    """Return the values of a duplicate key, as in messages: char and nchar with their blanks."""
    match = _KEY.match(violation.diag.message_detail or "")
    values = (match["values"] if match else "").split(", ")
    if len(values) == len(widths):
        values = [
            value.ljust(width) if width is not None and value != "null" else value
            for value, width in zip(values, widths, strict=True)
        ]
    return ", ".join("<NULL>" if value == "null" else value for value in values)


def _foreign_key(violation: psycopg.Error, statement: Statement) -> SqlServerError:
    """Return 547: for an insert with the referenced table, for a delete with the referring one."""
    constraint = _constraint(violation, statement)
    name = constraint.name if constraint else violation.diag.constraint_name or ""
    referring = "still referenced" in (violation.diag.message_detail or "")
    if constraint:
        table, columns = (constraint.table, constraint.columns) if referring else constraint.target
    else:
        named = re.search(r'table "([^"]*)"', violation.diag.message_detail or "")
        table, columns = f"dbo.{named[1] if named else ''}", ()
    kind = "REFERENCE" if referring else "FOREIGN KEY"
    if referring and table == _table(violation) and constraint and constraint.target[0] == table:
        kind = "SAME TABLE REFERENCE"
    verb = statement.verb or ("DELETE" if referring else "INSERT")
    return error(547, verb, kind, name, statement.database, table, _column(columns))


def _column(columns: tuple[str, ...]) -> str:
    return f", column '{columns[0]}'" if len(columns) == 1 else ""


def _check(violation: psycopg.Error, statement: Statement) -> SqlServerError:
    constraint = _constraint(violation, statement)
    name = constraint.name if constraint else violation.diag.constraint_name or ""
    table = _shown(constraint.table) if constraint else _table(violation)
    verb = statement.verb or "INSERT"
    if "is violated by some row" in (violation.diag.message_primary or ""):
        verb = "ALTER TABLE"
    columns = _column(constraint.columns) if constraint else ""
    database = statement.database
    if table.startswith(TEMPORARY):
        database, table = "tempdb", table.removeprefix("dbo.")
    return error(547, verb, "CHECK", name, database, table, columns)


def _not_null(violation: psycopg.Error, statement: Statement) -> SqlServerError:
    verb = statement.verb if statement.verb in ("INSERT", "UPDATE") else "UPDATE"
    if statement.verb in ("", "MERGE"):
        verb = "INSERT"
    column = violation.diag.column_name or ""
    return error(515, column, f"{statement.database}.{_table(violation)}", verb)


# --- Values ------------------------------------------------------------------------------------

_INTEGERS = {"integer": "int", "bigint": "bigint", "smallint": "smallint"}


def _out_of_range(violation: psycopg.Error, statement: Statement) -> SqlServerError:
    message = violation.diag.message_primary or ""
    for postgres, name in _INTEGERS.items():
        if postgres in message:
            return error(8115, "expression", name)
    if "overflow" in message and "field" in message:
        return error(8115, "numeric", "numeric", state=8)
    if "interval" in message or "timestamp" in message or "date" in message:
        return error(517, "datetime2")
    if "value overflows numeric format" in message:
        return error(8115, "expression", "numeric")
    return error(8115, "expression", "float")


def _exhausted(violation: psycopg.Error, statement: Statement) -> SqlServerError:
    """Return the error of a sequence or an identity column after its last value."""
    match = re.search(r'sequence "([^"]*)"', violation.diag.message_primary or "")
    if statement.verb in ("INSERT", "MERGE"):
        last = re.search(r"\((-?\d+)\)$", violation.diag.message_primary or "")
        bits = int(last[1]).bit_length() if last else 32
        sql_type = "smallint" if bits <= 16 else "int" if bits <= 32 else "bigint"
        return error(8115, "IDENTITY", sql_type, state=1)
    return error(11728, match[1] if match else "")


def _bad_text(violation: psycopg.Error, statement: Statement) -> SqlServerError | None:
    message = violation.diag.message_primary or ""
    match = re.search(r'invalid input syntax for type ([^:]*): "(.*)"', message, re.DOTALL)
    if match is None:
        return None
    if match[1] == "uuid":
        return error(8169)
    if match[1] in ("json", "jsonb"):
        return error(13609, "u", 0)
    name = _INTEGERS.get(match[1])
    return error(245, "nvarchar", match[2], name) if name else error(8114, "nvarchar", "numeric")


def _bad_pattern(violation: psycopg.Error, statement: Statement) -> SqlServerError:
    return error(19300, "", violation.diag.message_primary)


def _too_many_rows(violation: psycopg.Error, statement: Statement) -> SqlServerError | None:
    message = violation.diag.message_primary or ""
    if "subquery" in message:
        return error(512)
    return error(8672) if "second time" in message else None


def _too_long_an_entry(violation: psycopg.Error, statement: Statement) -> SqlServerError | None:
    """Columns that an index includes count here, too."""
    if "index row size" not in (violation.diag.message_primary or ""):
        return None
    return error(40517, "an entry of an index of more than 2,700 bytes")


def _not_immutable(violation: psycopg.Error, statement: Statement) -> SqlServerError | None:
    if "is not immutable" not in (violation.diag.message_primary or ""):
        return None
    return error(40517, "a computed column that is not deterministic")


def _disk_full(violation: psycopg.Error, statement: Statement) -> SqlServerError:
    """PostgreSQL names a file, not an object. Sorts and hashes spill into tempdb."""
    is_temporary = "pgsql_tmp" in (violation.diag.message_primary or "")
    database = "tempdb" if is_temporary else statement.database
    return error(1105, violation.diag.table_name or "", database)


def _serialization(violation: psycopg.Error, statement: Statement) -> SqlServerError:
    return error(3960, _table(violation), statement.database)


def _duplicate_object(violation: psycopg.Error, statement: Statement) -> SqlServerError | None:
    match = re.search(
        r'(?:relation|type) "([^"]*)" already exists', violation.diag.message_primary or ""
    )
    return error(2714, match[1]) if match else None


def _duplicate_column(violation: psycopg.Error, statement: Statement) -> SqlServerError | None:
    match = re.search(
        r'column "([^"]*)" of relation "([^"]*)"', violation.diag.message_primary or ""
    )
    return error(2705, match[1], match[2]) if match else None


def _unsupported(violation: psycopg.Error, statement: Statement) -> SqlServerError:
    """Return the error of a feature that PostgreSQL does not support."""
    return error(40517, violation.diag.message_primary)


def _no_conversion(violation: psycopg.Error, statement: Statement) -> SqlServerError:
    """Return the error of a conversion that is not emulated."""
    return error(40517, violation.diag.message_primary)


def _no_overload(violation: psycopg.Error, statement: Statement) -> SqlServerError:
    """Return the error of a function or operator that is not emulated for a type."""
    return error(40517, violation.diag.message_primary)


_Handler = Callable[[psycopg.Error, Statement], "SqlServerError | None"]


def _always(number: int, *arguments: object) -> _Handler:
    def handler(violation: psycopg.Error, statement: Statement) -> SqlServerError:
        return error(number, *arguments)

    return handler


_HANDLERS: dict[str, _Handler] = {
    "0A000": _unsupported,
    "21000": _too_many_rows,
    "22001": _always(8152),
    "22003": _out_of_range,
    "22007": _always(241),
    "22008": _always(242, "nvarchar", "datetime2"),
    "22012": _always(8134),
    "2200H": _exhausted,
    "22013": _always(4194),
    "2201B": _bad_pattern,
    "2201E": _always(3623),
    "2201F": _always(3623),
    "2201W": _always(127),
    "2201X": _always(10742),
    "22P02": _bad_text,
    "23502": _not_null,
    "23503": _foreign_key,
    "23505": _unique,
    "23514": _check,
    "25006": _always(3906, "master"),
    "40001": _serialization,
    "40P01": _always(1205, 0),
    "42701": _duplicate_column,
    "42710": _duplicate_object,
    "42725": _no_overload,
    "42846": _no_conversion,
    "42883": _no_overload,
    "42P07": _duplicate_object,
    "42P17": _not_immutable,
    "42P20": _always(4109),
    "44000": _always(550),
    "53100": _disk_full,
    "53200": _always(701),
    "53300": _always(17300),
    "54000": _too_long_an_entry,
    "54001": _always(8623),
    "54023": _always(8003),
    "55P03": _always(1222),
    "57P01": _always(6005),
}
