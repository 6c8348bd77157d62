"""Operations of SQL Server: names, limits, conversions of values, parts of SQL."""

from __future__ import annotations

import datetime
import uuid
from functools import lru_cache
from typing import Any, Iterable, Sequence

from django.conf import settings
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models.expressions import Expression
from django.utils import timezone

from mssql import compat
from mssql.expressions import dates, lookups, math
from mssql.expressions.interfaces import SqlWithParams
from mssql.expressions.joins import join_column
from mssql.expressions.predicates import is_predicate
from mssql.schema import foreign_keys
from mssql.tsql import identifiers, scripts
from mssql.tsql.limits import MAX_NAME_LENGTH
from mssql.tsql.literals import displayed_literal, literal


class DatabaseOperations(BaseDatabaseOperations):
    """The operations of SQL Server."""

    compiler_module = "mssql.compiler"
    connection: Any
    _get_limit_offset_params: Any

    cast_char_field_without_max_length = "nvarchar(max)"
    cast_data_types = {
        "AutoField": "int",
        "BigAutoField": "bigint",
        "SmallAutoField": "smallint",
        "CharField": "nvarchar(%(max_length)s)",
        "JSONField": "nvarchar(max)",  # of the type json, too: as text it can be compared
        "TextField": "nvarchar(max)",
    }
    # The log of queries shows it before a statement of QuerySet.explain().
    explain_prefix = "SET SHOWPLAN_XML ON;"

    # Names and limits

    quote_name = staticmethod(lru_cache(maxsize=4096)(identifiers.quote))

    def max_name_length(self) -> int:
        return MAX_NAME_LENGTH

    def bulk_batch_size(self, fields: Sequence[Any], objs: Sequence[Any]) -> int:
        """Return the number of rows that one statement has parameters for."""
        if not fields:
            return len(objs)  # rows of defaults: a MERGE takes any number
        columns = list(compat.flat_fields(fields))
        names = [getattr(field, "name", field) for field in columns]
        keys = len(names) - len(set(names))
        if keys:
            # bulk_update() names the key twice: for each object the key stands once in the WHERE
            # and, with the new value, once in the CASE of every field.
            per_object = keys + (keys + 1) * (len(names) - 2 * keys)
        else:
            per_object = len(columns)
        limit: int = self.connection.features.max_query_params
        return max(1, limit // per_object)

    # Clauses

    def limit_offset_sql(self, low_mark: int | None, high_mark: int | None) -> str:
        """Return TOP if there is no offset, otherwise OFFSET and FETCH.

        The compiler puts TOP after SELECT, and adds the ORDER BY that OFFSET requires.
        """
        fetch, offset = self._get_limit_offset_params(low_mark, high_mark)
        if not offset:
            return f"TOP ({fetch})"
        sql = f"OFFSET {offset} ROWS"
        return f"{sql} FETCH NEXT {fetch} ROWS ONLY" if fetch else sql

    def no_limit_value(self) -> None:
        return None

    def for_update_sql(
        self,
        nowait: bool = False,
        skip_locked: bool = False,
        of: Any = None,
        no_key: bool = False,
    ) -> str:
        """Return the table hints that lock rows; nothing if Django's compiler passes `of`.

        Each of those tables has its hints after its name, see SQLCompiler.table_hints(). An
        update lock lets others read the row, and foreign keys be checked against it.
        https://learn.microsoft.com/sql/t-sql/queries/hints-transact-sql-table
        """
        if of is not None:
            return ""
        hints = ["UPDLOCK", "ROWLOCK"]
        hints += ["NOWAIT"] if nowait else []
        # READPAST alone is refused (650) unless the session's isolation level is READ COMMITTED or
        # REPEATABLE READ.
        hints += ["READPAST", "READCOMMITTEDLOCK"] if skip_locked else []
        return f"WITH ({', '.join(hints)})"

    def pk_default_value(self) -> str:
        return "DEFAULT"

    def cache_key_culling_sql(self) -> str:
        key = self.quote_name("cache_key")
        return f"SELECT {key} FROM %s ORDER BY {key} OFFSET %%s ROWS FETCH NEXT 1 ROWS ONLY"

    def deferrable_sql(self) -> str:
        return ""

    def tablespace_sql(self, tablespace: Any, inline: bool = False) -> str:
        """Return the clause that puts a table or an index into a filegroup, one identifier.

        https://learn.microsoft.com/sql/relational-databases/databases/database-files-and-filegroups
        """
        return f"ON {identifiers.bracket(tablespace)}"

    def prepare_sql_script(self, sql: str) -> list[str]:
        """Split a script at its GO lines or, if there are none, into statements as Django does."""
        if scripts.has_separator(sql):
            return scripts.batches(sql)
        return super().prepare_sql_script(sql)

    # Lookups and operators

    def lookup_cast(self, lookup_type: str, internal_type: str | None = None) -> str:
        return lookups.text_cast(lookup_type, internal_type, self.connection)

    def prep_for_like_query(self, x: Any) -> str:
        """Escape the wildcards of LIKE, among them [."""
        return super().prep_for_like_query(x).replace("[", r"\[")

    def prep_for_iexact_query(self, x: Any) -> str:
        """Return the text unchanged: iexact is an equality."""
        return str(x)

    def prepare_join_on_clause(  # type: ignore[override]
        self, local_table: str, local_field: Any, remote_table: str, remote_field: Any
    ) -> tuple[Expression, Expression]:
        """Return the columns that a join compares; Django calls this since 5.0."""
        return join_column(local_table, local_field), join_column(remote_table, remote_field)

    def conditional_expression_supported_in_where_clause(self, expression: Any) -> bool:
        return is_predicate(expression)

    def combine_expression(self, connector: str, sub_expressions: list[str]) -> str:
        sql = math.combine(connector, sub_expressions)
        return super().combine_expression(connector, sub_expressions) if sql is None else sql

    def subtract_temporals(self, internal_type: str, lhs: SqlWithParams, rhs: SqlWithParams) -> Any:
        return dates.microseconds_between(lhs, rhs)

    def format_for_duration_arithmetic(self, sql: str) -> str:
        return sql

    # Dates and times

    def _in_time_zone(self, value: SqlWithParams, tzname: str | None) -> SqlWithParams:
        return dates.in_time_zone(value, tzname, self.connection)

    @compat.with_params(position=1)
    def date_extract_sql(self, lookup_type: str, sql: str, params: Any) -> Any:
        return dates.extract(lookup_type, (sql, params))

    @compat.with_params(position=1)
    def datetime_extract_sql(self, lookup_type: str, sql: str, params: Any, tzname: Any) -> Any:
        return dates.extract(lookup_type, self._in_time_zone((sql, params), tzname))

    @compat.with_params(position=1)
    def date_trunc_sql(self, lookup_type: str, sql: str, params: Any, tzname: Any = None) -> Any:
        return dates.truncate_to_date(lookup_type, self._in_time_zone((sql, params), tzname))

    @compat.with_params(position=1)
    def datetime_trunc_sql(self, lookup_type: str, sql: str, params: Any, tzname: Any) -> Any:
        value = self._in_time_zone((sql, params), tzname)
        return dates.truncate_to_datetime(lookup_type, value, self.connection.server.has_datetrunc)

    @compat.with_params(position=1)
    def time_trunc_sql(self, lookup_type: str, sql: str, params: Any, tzname: Any = None) -> Any:
        return dates.truncate_to_time(lookup_type, self._in_time_zone((sql, params), tzname))

    @compat.with_params(position=0)
    def datetime_cast_date_sql(self, sql: str, params: Any, tzname: Any) -> Any:
        sql, params = self._in_time_zone((sql, params), tzname)
        return f"CAST({sql} AS date)", params

    @compat.with_params(position=0)
    def datetime_cast_time_sql(self, sql: str, params: Any, tzname: Any) -> Any:
        sql, params = self._in_time_zone((sql, params), tzname)
        return f"CAST({sql} AS time)", params

    # Values in

    def adapt_datefield_value(self, value: Any) -> Any:
        return value

    def adapt_datetimefield_value(self, value: Any) -> Any:
        """Return the datetime as the driver binds it, in the time zone of the database.

        It is the same moment in a datetimeoffset column and in a datetime2.
        """
        if not isinstance(value, datetime.datetime):
            return value
        zone = self.connection.timezone
        if settings.USE_TZ:
            return value if timezone.is_naive(value) else value.astimezone(zone)
        return timezone.make_naive(value, zone) if timezone.is_aware(value) else value

    def adapt_timefield_value(self, value: Any) -> Any:
        if isinstance(value, datetime.time) and timezone.is_aware(value):
            raise ValueError("SQL Server backend does not support timezone-aware times.")
        return value

    # Values out

    def get_db_converters(self, expression: Any) -> list[Any]:
        converters = super().get_db_converters(expression)
        converter = _CONVERTERS.get(expression.output_field.get_internal_type())
        return [*converters, converter] if converter else converters

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """Return the statement with its parameters as T-SQL literals in their places.

        It is the statement that reached the cursor: an execute wrapper may have changed it.
        """
        sql, params = getattr(cursor, "executed", None) or (sql, params)
        if not params:
            return sql if params is None else sql % ()
        if isinstance(params, dict):
            return sql % {key: displayed_literal(value) for key, value in params.items()}
        return sql % tuple(displayed_literal(value) for value in params)

    # Rows that INSERT and UPDATE return

    def fetch_returned_insert_columns(self, cursor: Any, returning_params: Any) -> Any:
        return self.fetch_returned_rows(cursor, returning_params)[0]

    def fetch_returned_insert_rows(self, cursor: Any) -> Any:
        return self.fetch_returned_rows(cursor, ())

    def fetch_returned_rows(self, cursor: Any, returning_params: Any) -> Any:
        """Return the rows of the SELECT that ends the batch: those before are of a trigger."""
        rows: list[Any] = []
        while True:
            if cursor.description is not None:
                rows = cursor.fetchall()
            if not cursor.nextset():
                return rows

    def last_insert_id(self, cursor: Any, table_name: str, pk_name: str) -> Any:
        cursor.execute("SELECT CAST(IDENT_CURRENT(%s) AS bigint)", [self.quote_name(table_name)])
        return cursor.fetchone()[0]

    # Transactions

    def savepoint_create_sql(self, sid: str) -> str:
        return f"SAVE TRANSACTION {identifiers.savepoint_name(sid)}"

    def savepoint_rollback_sql(self, sid: str) -> str:
        # Rolling back to a savepoint takes it away, and Django may roll back to it again.
        name = identifiers.savepoint_name(sid)
        return f"ROLLBACK TRANSACTION {name}; SAVE TRANSACTION {name}"

    def start_transaction_sql(self) -> str:
        return "BEGIN TRANSACTION"

    def end_transaction_sql(self, success: bool = True) -> str:
        return "COMMIT TRANSACTION" if success else "ROLLBACK TRANSACTION"

    # Whole tables

    def sql_flush(
        self,
        style: Any,
        tables: Sequence[str],
        *,
        reset_sequences: bool = False,
        allow_cascade: bool = False,
    ) -> list[str]:
        """Return the statements that empty the tables.

        TRUNCATE is refused for a table that a foreign key points to (4712), so the rows are
        deleted while no foreign key of the tables is checked.
        """
        if not tables:
            return []
        names = [self.quote_name(table) for table in tables]
        with self.connection.cursor() as cursor:
            before, after = foreign_keys.around_deletion(cursor, names)
        statements = [f"DELETE FROM {name}" for name in names]
        if reset_sequences:
            statements += [_reseed(name, "0") for name in names]
        return [*before, *statements, *after]

    def sequence_reset_by_name_sql(self, style: Any, sequences: Iterable[Any]) -> list[str]:
        return [_reseed(self.quote_name(sequence["table"]), "0") for sequence in sequences]

    def sequence_reset_sql(self, style: Any, model_list: Iterable[Any]) -> list[str]:
        """Return the statements that let each identity go on after the largest value in use."""
        return [
            _reseed(self.quote_name(model._meta.db_table), None)
            for model in model_list
            if model._meta.auto_field is not None
        ]


def _reseed(table: str, value: str | None) -> str:
    """Return the statement that sets a table's identity, if it has one.

    An identity that was never used begins with its seed, which RESEED would replace by the value.
    https://learn.microsoft.com/sql/t-sql/database-console-commands/dbcc-checkident-transact-sql
    """
    name = literal(table)
    has_values = (
        "SELECT 1 FROM sys.identity_columns"
        f" WHERE object_id = OBJECT_ID({name}) AND last_value IS NOT NULL"
    )
    statement = f"DBCC CHECKIDENT ({name}, RESEED{f', {value}' if value else ''}) WITH NO_INFOMSGS"
    return f"IF EXISTS ({has_values}) {statement}"


def _to_bool(value: Any, expression: Any, connection: Any) -> Any:
    return bool(value) if value in (0, 1) else value


def _to_date(value: Any, expression: Any, connection: Any) -> Any:
    return value.date() if isinstance(value, datetime.datetime) else value


def _to_time(value: Any, expression: Any, connection: Any) -> Any:
    return value.time() if isinstance(value, datetime.datetime) else value


def _to_datetime(value: Any, expression: Any, connection: Any) -> Any:
    """Return an aware datetime under USE_TZ, whatever the column stores; otherwise a naive one.

    Naive ones are UTC to a datetimeoffset: as such they are stored and compared there.
    """
    if not isinstance(value, datetime.datetime):
        return value
    if settings.USE_TZ:
        if timezone.is_naive(value):
            return timezone.make_aware(value, connection.timezone)
        return value.astimezone(connection.timezone)
    if timezone.is_aware(value):
        return timezone.make_naive(value, datetime.timezone.utc)
    return value


def _to_uuid(value: Any, expression: Any, connection: Any) -> Any:
    return uuid.UUID(value) if isinstance(value, str) else value


def _to_bytes(value: Any, expression: Any, connection: Any) -> Any:
    return bytes(value) if isinstance(value, (bytearray, memoryview)) else value


_CONVERTERS = {
    **dict.fromkeys(("BooleanField", "NullBooleanField"), _to_bool),
    "BinaryField": _to_bytes,
    "DateField": _to_date,
    "DateTimeField": _to_datetime,
    "TimeField": _to_time,
    "UUIDField": _to_uuid,
}
