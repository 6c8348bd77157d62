"""UPDATE and DELETE: counts of rows next to triggers, and rows that an UPDATE returns."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Iterator, Sequence

from django.db.models.sql import compiler
from django.db.models.sql.constants import CURSOR, MULTI
from django.db.models.sql.subqueries import DeleteQuery
from django.db.models.sql.where import WhereNode

from mssql import compat
from mssql.compat import FullResultSet
from mssql.compiler.assignment import AssignedField
from mssql.compiler.data_errors import FieldValue, fields_named
from mssql.compiler.returning import Returning
from mssql.compiler.select import SQLCompiler
from mssql.expressions.folding import within_limit
from mssql.expressions.interfaces import AnyField, SqlWithParams
from mssql.expressions.predicates import as_value


class ChangeCompiler(SQLCompiler):
    """A statement that changes rows. Its count is the last: results of triggers precede it."""

    def execute_sql(self, result_type: Any = MULTI, *args: Any, **kwargs: Any) -> Any:
        wants_count = result_type == compat.ROW_COUNT
        if not wants_count and result_type != CURSOR:
            return super().execute_sql(result_type, *args, **kwargs)
        cursor: Any = super().execute_sql(CURSOR, *args, **kwargs)
        if cursor is None:
            return None
        try:
            with self.connection.wrap_database_errors:
                count = cursor.pass_rows()
        except Exception:
            cursor.close()
            raise
        if not wants_count:
            return cursor
        cursor.close()
        return count


class SQLUpdateCompiler(compiler.SQLUpdateCompiler, ChangeCompiler):
    """UPDATE."""

    query: Any  # an UpdateQuery, of which django-stubs lack the values
    returning_fields: Sequence[AnyField] | None = None

    def as_sql(self) -> SqlWithParams:  # type: ignore[override]
        return within_limit(self._returning_sql if self.returning_fields else self._update_sql)

    def execute_sql(self, *args: Any, **kwargs: Any) -> Any:
        with fields_named(self._values, self.connection):
            return super().execute_sql(*args, **kwargs)

    def _values(self) -> Iterator[FieldValue]:
        return ((field, value) for field, _, value in self.query.values)

    def _update_sql(self) -> SqlWithParams:
        values = self.query.values
        self.query.values = [
            (AssignedField(field), model, as_value(value, or_null=True))
            for field, model, value in values
        ]
        try:
            return super().as_sql()
        finally:
            self.query.values = values

    def _returning_sql(self) -> SqlWithParams:
        """Return the UPDATE with OUTPUT, which precedes WHERE."""
        assert self.returning_fields is not None
        self.pre_sql_setup()
        assignments = self.query.clone()
        assignments.where = WhereNode()
        sql, params = assignments.get_compiler(self.using, self.connection).as_sql()
        if not sql:
            return "", ()
        returning = Returning(self.returning_fields, self)
        parts = [sql, returning.output]
        with suppress(FullResultSet):
            where, where_params = self.compile(self.query.where)
            parts.append(f"WHERE {where}")
            params = (*params, *where_params)
        return "; ".join((returning.declaration, " ".join(parts), returning.selection)), params


class SQLDeleteCompiler(compiler.SQLDeleteCompiler, ChangeCompiler):
    """DELETE."""

    query: DeleteQuery

    def as_sql(self) -> SqlWithParams:  # type: ignore[override]
        return within_limit(super().as_sql)
