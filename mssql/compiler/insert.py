"""INSERT: bulk_create() with keys in row order, ignore_conflicts and update_conflicts."""

from __future__ import annotations

from itertools import chain
from typing import Any, Iterator, Sequence

from django.db import ProgrammingError
from django.db.models import Model
from django.db.models.options import Options
from django.db.models.sql import compiler

from mssql.compat import DatabaseDefault, conflict_action, db_default, primary_key_fields
from mssql.compiler.assignment import assigned
from mssql.compiler.data_errors import FieldValue, fields_named
from mssql.compiler.duplicates import CHECK, Keys, duplicates_named
from mssql.compiler.lost_keys import is_identity, require_keys
from mssql.compiler.returning import POSITION, Returning
from mssql.compiler.select import SQLCompiler
from mssql.expressions.folding import check
from mssql.expressions.interfaces import AnyField, Params, SqlWithParams
from mssql.expressions.predicates import as_value
from mssql.tsql.identifiers import collation_name, derived_column
from mssql.tsql.limits import MAX_ROWS_OF_VALUES

Fields = Sequence[AnyField]
# The compiled values of an object.
Row = Sequence[SqlWithParams]
_DEFAULT: SqlWithParams = ("DEFAULT", ())


class SQLInsertCompiler(compiler.SQLInsertCompiler, SQLCompiler):
    """INSERT, or MERGE if an INSERT cannot do it: several keys in order, or an upsert."""

    query: Any
    _keys: Keys | None = None  # of an upsert of several rows

    def as_sql(self) -> list[SqlWithParams]:  # type: ignore[override]
        fields, rows = self._fields_and_rows()
        action = conflict_action(self.query)
        if action == "ignore" and fields:
            keys = [
                key
                for key in _unique_keys(self.query.get_meta())
                if all(field in fields for field in key)
            ]
            # A row that is left out for one key must not count for another key of a later row. So
            # with several keys there is a statement per row.
            chunks = [rows] if len(keys) < 2 else [[row] for row in rows]
            return [self._insert_absent(fields, chunk, keys) for chunk in chunks]
        if action == "update":
            return [self._upsert(fields, rows)]
        if len(rows) > 1 and (self.returning_fields or not fields):
            identity = self._identity(fields)
            if identity is not None:
                return [self._insert_in_order(fields, rows, identity)]
            return [self._merge(fields, rows, match="1 = 0", update="")]
        return [self._insert(fields, rows)]

    def execute_sql(self, *args: Any, **kwargs: Any) -> Any:
        equal_keys = duplicates_named(lambda: self._keys, self.connection, self.query)
        with fields_named(self._values, self.connection), equal_keys:
            rows = super().execute_sql(*args, **kwargs)
        require_keys(rows, self.returning_fields or (), self.query.get_meta(), self.connection)
        return rows

    def _values(self) -> Iterator[FieldValue]:
        for obj in self.query.objs:
            for field in self.query.fields:
                yield field, getattr(obj, field.attname, None)

    # The parts of the statement.

    @property
    def _table(self) -> str:
        return self.quote_name(self.query.get_meta().db_table)

    def _columns(self, fields: Fields) -> str:
        return ", ".join(self.quote_name(str(field.column)) for field in fields)

    def _fields_and_rows(self) -> tuple[list[AnyField], list[Row]]:
        """Return the fields to insert, and the row of each object."""
        fields = list(self.query.fields)
        columns = []
        for field in list(fields):
            values = [self._prepared(field, obj) for obj in self.query.objs]
            if all(isinstance(value, DatabaseDefault) for value in values):
                fields.remove(field)  # the column's default does it
            else:
                columns.append([self._cell(field, value) for value in values])
        return fields, list(zip(*columns)) or [() for _ in self.query.objs]

    def _prepared(self, field: AnyField, obj: Model) -> Any:
        value = self.pre_save_val(field, obj)
        return value if isinstance(value, DatabaseDefault) else self.prepare_value(field, value)

    def _cell(self, field: AnyField, value: object) -> SqlWithParams:
        if isinstance(value, DatabaseDefault):
            return _DEFAULT
        return assigned(field, as_value(value, or_null=True), self)

    def _source(self, fields: Fields, rows: Sequence[Row]) -> SqlWithParams:
        """Return the rows as a derived table, each with its position."""
        lines: list[str] = []
        params: list[Any] = []
        for position, row in enumerate(rows):
            cells = [self._without_default(field, cell) for field, cell in zip(fields, row)]
            lines.append(f"({', '.join([*(sql for sql, _ in cells), str(position)])})")
            params.extend(chain.from_iterable(cell_params for _, cell_params in cells))
        columns = ", ".join([*_source_columns(fields), f"[{POSITION}]"])
        return f"(VALUES {', '.join(lines)}) AS [source] ({columns})", params

    def _without_default(self, field: AnyField, cell: SqlWithParams) -> SqlWithParams:
        """Return the value for a derived table, which does not support DEFAULT."""
        if cell is _DEFAULT:
            return self._cell(field, self.prepare_value(field, db_default(field)))
        return cell

    # The statements.

    def _insert(self, fields: Fields, rows: Sequence[Row]) -> SqlWithParams:
        into = f" ({self._columns(fields)})" if fields else ""
        params: Params
        if not fields:
            values, params = "DEFAULT VALUES", []
        elif len(rows) > MAX_ROWS_OF_VALUES:
            source, params = self._source(fields, rows)
            values = f"SELECT {', '.join(_source_columns(fields))} FROM {source}"
        else:
            lines = (f"({', '.join(sql for sql, _ in row)})" for row in rows)
            values = f"VALUES {', '.join(lines)}"
            params = [param for row in rows for _, cell_params in row for param in cell_params]
        returning = self._returning()
        output = f" {returning.output}" if returning else ""
        statement = f"INSERT INTO {self._table}{into}{output} {values}"
        return self._batch(fields, [statement], params, returning)

    def _identity(self, fields: Fields) -> AnyField | None:
        """Return the field whose values the server generates and returns, or None."""
        identities = [
            field
            for field in self.returning_fields or ()
            if is_identity(field) and field not in fields
        ]
        return identities[0] if fields and identities else None

    def _insert_in_order(
        self, fields: Fields, rows: Sequence[Row], identity: AnyField
    ) -> SqlWithParams:
        """Return an INSERT that generates the identity's values in the order of the rows.

        "The behavior of the IDENTITY function", https://support.microsoft.com/kb/273586, and
        https://learn.microsoft.com/sql/t-sql/statements/insert-transact-sql (Best practices)
        """
        source, params = self._source(fields, rows)
        returning = Returning(self.returning_fields or (), self, identity=identity)
        statement = (
            f"INSERT INTO {self._table} ({self._columns(fields)}) {returning.output} "
            f"SELECT {', '.join(_source_columns(fields))} FROM {source} ORDER BY [{POSITION}]"
        )
        return self._batch(fields, [statement], params, returning)

    def _merge(
        self, fields: Fields, rows: Sequence[Row], match: str, update: str, keys: Fields = ()
    ) -> SqlWithParams:
        """Return a MERGE that inserts the rows, and updates those that match.

        It changes no row if two rows have equal `keys`.
        """
        source, params = self._source(fields, rows)
        if keys and len(rows) > 1:
            self._keys = Keys(
                (source, params),
                [_collated(key, fields) for key in keys],
                [_source_column(key, fields) for key in keys if key.null],
            )
            source = self._keys.source_without_duplicates
        if fields:
            values = ", ".join(f"[source].{column}" for column in _source_columns(fields))
            insert = f"INSERT ({self._columns(fields)}) VALUES ({values})"
        else:
            insert = "INSERT DEFAULT VALUES"
        returning = self._returning(position=f"[source].[{POSITION}]")
        # Without HOLDLOCK neither of two sessions may find a match.
        hint = " WITH (HOLDLOCK)" if update else ""
        parts = [
            f"MERGE INTO {self._table}{hint} AS [target] USING {source} ON {match}",
            f"WHEN MATCHED THEN UPDATE SET {update}" if update else "",
            f"WHEN NOT MATCHED THEN {insert}",
            returning.output if returning else "",
        ]
        statements = [" ".join(filter(None, parts))]
        if self._keys is not None:
            statements.append(CHECK)
        # A MERGE must be terminated (error 10713).
        return self._batch(fields, statements, params, returning, terminator=";")

    def _upsert(self, fields: Fields, rows: Sequence[Row]) -> SqlWithParams:
        keys = self.query.unique_fields
        self._require_unique_key(keys)
        if all(key in fields for key in keys):
            match = self._equal(keys, fields)
        else:
            match, keys = "1 = 0", ()  # the server generates a new key for every row
        update = ", ".join(
            f"{self.quote_name(str(field.column))} = [source].{_source_column(field, fields)}"
            for field in self.query.update_fields
        )
        return self._merge(fields, rows, match, update, keys)

    def _require_unique_key(self, keys: Fields) -> None:
        """Raise ProgrammingError unless the columns are a key: MERGE itself accepts any."""
        meta = self.query.get_meta()
        if set(keys) not in map(set, _unique_keys(meta)):
            names = ", ".join(key.name for key in keys)
            raise ProgrammingError(
                f"unique_fields=[{names}] is not a unique key of {meta.label}. Name a unique "
                "field, or the fields of unique_together, a UniqueConstraint or the primary key."
            )

    def _insert_absent(
        self, fields: Fields, rows: Sequence[Row], keys: Sequence[Fields]
    ) -> SqlWithParams:
        """Return an INSERT of the rows whose keys are new to the table and to earlier rows."""
        source, params = self._source(fields, rows)
        conditions = [
            # The range lock of HOLDLOCK keeps the key absent until the row is inserted.
            f"NOT EXISTS (SELECT 1 FROM {self._table} AS [target] WITH (UPDLOCK, HOLDLOCK)"
            f" WHERE {self._equal(key, fields)})"
            for key in keys
        ]
        if len(keys) == 1 and len(rows) > 1:
            partition = ", ".join(_collated(key, fields) for key in keys[0])
            first = ["[source].[_occurrence] = 1"]
            first += [f"{_source_column(key, fields)} IS NULL" for key in keys[0] if key.null]
            conditions.append(f"({' OR '.join(first)})")
            source = (
                f"(SELECT *, ROW_NUMBER() OVER (PARTITION BY {partition} ORDER BY [{POSITION}])"
                f" AS [_occurrence] FROM {source}) AS [source]"
            )
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        columns = ", ".join(_source_columns(fields))
        into = f"INSERT INTO {self._table} ({self._columns(fields)})"
        statement = f"{into} SELECT {columns} FROM {source}{where}"
        return self._batch(fields, [statement], params, None)

    def _equal(self, keys: Fields, fields: Fields) -> str:
        return " AND ".join(
            f"[target].{self.quote_name(str(key.column))} = [source].{_source_column(key, fields)}"
            for key in keys
        )

    def _returning(self, position: str = "") -> Returning | None:
        if not self.returning_fields:
            return None
        return Returning(self.returning_fields, self, position)

    def _batch(
        self,
        fields: Fields,
        statements: Sequence[str],
        params: Params,
        returning: Returning | None,
        terminator: str = "",
    ) -> SqlWithParams:
        """Return the batch of an INSERT that allows its keys and returns its rows."""
        check(params)
        batch = list(statements)
        if any(map(is_identity, fields)):
            on_off = f"SET IDENTITY_INSERT {self._table}"
            batch = [f"{on_off} ON", *batch, f"{on_off} OFF"]
        if returning:
            batch = [returning.declaration, *batch, returning.selection]
        end = terminator if len(batch) == len(statements) else ""
        return "; ".join(batch) + end, tuple(params)


def _source_columns(fields: Fields) -> list[str]:
    """Return the names of the columns of the derived table."""
    return [derived_column(number) for number, _ in enumerate(fields, start=1)]


def _source_column(field: AnyField, fields: Fields) -> str:
    return _source_columns(fields)[list(fields).index(field)]


def _collated(field: AnyField, fields: Fields) -> str:
    """Return the column of the source with the collation of the table's column."""
    collation = getattr(field, "db_collation", None)
    column = _source_column(field, fields)
    return f"{column} COLLATE {collation_name(collation, 'db_collation')}" if collation else column


def _unique_keys(meta: Options[Model]) -> list[tuple[AnyField, ...]]:
    """Return the model's unique keys, each as its fields."""
    keys = [primary_key_fields(meta.model)]
    keys += [(field,) for field in meta.local_concrete_fields if field.unique]
    named = [*meta.unique_together, *(c.fields for c in meta.total_unique_constraints)]
    keys += [tuple(meta.get_field(name) for name in names) for names in named]
    return list(dict.fromkeys(keys))
