"""JSON values as rows of OPENJSON, and predicates over them.

JSON_VALUE returns NULL for a text over 4,000 characters, for null and for a missing key, and does
not distinguish 1 from "1". OPENJSON returns every value in full, with its type.
https://learn.microsoft.com/sql/t-sql/functions/openjson-transact-sql
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Sequence

from mssql.expressions.interfaces import SqlWithParams

NULL, STRING, NUMBER, BOOLEAN, ARRAY, OBJECT = range(6)

# Levels down to which two documents are compared if only the server can read their structure.
MAX_LEVELS = 8
# The largest integer up to which a float distinguishes neighbours.
_EXACT_FLOAT = 2**53


@dataclass(frozen=True)
class Row:
    """One JSON value: a row of OPENJSON, whose alias contains its depth."""

    depth: int
    letter: str = "j"

    @property
    def alias(self) -> str:
        """The alias of the table of the row."""
        return f"[{self.letter}{self.depth}]"

    @property
    def key(self) -> str:
        """Its key in the outer object, or its position in the outer array."""
        return f"{self.alias}.[key]"

    @property
    def type(self) -> str:
        """Its type: 0 null, 1 string, 2 number, 3 boolean, 4 array, 5 object."""
        return f"{self.alias}.[type]"

    @property
    def value(self) -> str:
        """A string's text; the JSON of a number, boolean, array or object; NULL for null."""
        return f"{self.alias}.[value]"

    @property
    def child(self) -> Row:
        """A row for the values inside."""
        return Row(self.depth + 1, self.letter)

    @property
    def children(self) -> str:
        """The table of the values inside."""
        return self.children_as(self.child.alias)

    def children_as(self, alias: str) -> str:
        """Return the table of the values inside; empty for a scalar, which OPENJSON refuses."""
        container = f"CASE WHEN {self.type} IN ({ARRAY}, {OBJECT}) THEN {self.value} END"
        return f"OPENJSON({container}) AS {alias}"

    @property
    def json(self) -> str:
        """The value as JSON; NULL for null."""
        string = f"N'\"' + STRING_ESCAPE({self.value}, 'json') + N'\"'"
        return f"CASE {self.type} WHEN {STRING} THEN {string} ELSE {self.value} END"


def select(
    column: Callable[[Row], str],
    document: SqlWithParams,
    keys: Sequence[str],
    predicate: Callable[[Row], SqlWithParams] | None = None,
    root: Row = Row(0),
) -> SqlWithParams:
    """Return a SELECT of a column of the value under the keys of a document.

    A key is the name of a key in an object, or a position in an array, from its end if negative.
    """
    sql, document_params = document
    params = list(document_params)
    row = root
    # OPENJSON refuses a scalar document; in an array of one item every document is accepted.
    tables = [f"OPENJSON(N'[' + {sql} + N']') AS {row.alias}"]
    conditions = []
    for key in keys:
        tables.append(row.children)
        condition, key_params = _has_key(row, key)
        conditions.append(condition)
        params.extend(key_params)
        row = row.child
    if predicate is not None:
        condition, condition_params = predicate(row)
        conditions.append(condition)
        params.extend(condition_params)
    sql = f"SELECT {column(row)} FROM {' CROSS APPLY '.join(tables)}"
    return (f"{sql} WHERE {' AND '.join(conditions)}" if conditions else sql), params


def exists(
    document: SqlWithParams,
    keys: Sequence[str],
    predicate: Callable[[Row], SqlWithParams] | None = None,
) -> SqlWithParams:
    """Return the condition that the document has such a value under the keys."""
    sql, params = select(lambda row: "1", document, keys, predicate)
    return f"EXISTS ({sql})", params


def meets(
    document: SqlWithParams,
    keys: Sequence[str],
    predicate: Callable[[Row], SqlWithParams],
    root: Row = Row(0),
) -> SqlWithParams:
    """Return the condition that the value under the keys meets a predicate.

    It is UNKNOWN, not false, if there is no value: exclude() does not return such rows either.
    """
    condition, condition_params = predicate(Row(root.depth + len(keys), root.letter))
    truth = f"CASE WHEN {condition} THEN 1 ELSE 0 END"
    sql, params = select(lambda row: truth, document, keys, root=root)
    return f"({sql}) = 1", [*condition_params, *params]


def _has_key(row: Row, key: str) -> SqlWithParams:
    if not (key.startswith("-") and key[1:].isdigit()):
        return f"{row.child.key} = %s", [key]
    length = f"(SELECT COUNT(*) FROM {row.children_as('[all]')})"
    position = f"CAST({length} - {int(key[1:])} AS nvarchar(20))"
    return f"{row.child.key} = CASE {row.type} WHEN {ARRAY} THEN {position} ELSE %s END", [key]


def is_object_key(row: Row, key: str) -> SqlWithParams:
    """Return the predicate that the value is an object with this key."""
    has_key = f"EXISTS (SELECT 1 FROM {row.children} WHERE {row.child.key} = %s)"
    return f"({row.type} = {OBJECT} AND {has_key})", [key]


def equals(row: Row, value: Any) -> SqlWithParams:
    """Return the predicate that the row's value equals a Python one, in any order of keys."""
    if isinstance(value, dict):
        return _has_exactly(row, OBJECT, value.items())
    if isinstance(value, (list, tuple)):
        return _has_exactly(row, ARRAY, ((str(i), item) for i, item in enumerate(value)))
    if value is None:
        return f"{row.type} = {NULL}", []
    if isinstance(value, bool):
        return f"({row.type} = {BOOLEAN} AND {row.value} = N'{'true' if value else 'false'}')", []
    if isinstance(value, str):
        # As bytes, so that collation and trailing blanks do not matter.
        same = f"CAST({row.value} AS varbinary(max)) = CAST(%s AS varbinary(max))"
        return f"({row.type} = {STRING} AND {same})", [value]
    if isinstance(value, int) and abs(value) > _EXACT_FLOAT:
        return f"({row.type} = {NUMBER} AND {row.value} = %s)", [str(value)]
    return f"({row.type} = {NUMBER} AND TRY_CAST({row.value} AS float) = %s)", [float(value)]


def among(row: Row, items: Sequence[Any]) -> tuple[list[SqlWithParams], list[Any]]:
    """Return predicates that the row's value is one of the strings or one of the numbers.

    Each predicate has one parameter for all. The second list is the items of other types.
    """
    strings = [item for item in items if isinstance(item, str)]
    numbers = [item for item in items if _is_float(item)]
    predicates: list[SqlWithParams] = []
    if strings:
        texts = (
            "SELECT CAST([c0] AS varbinary(max)) FROM OPENJSON(%s) WITH ([c0] nvarchar(max) '$')"
        )
        same = f"CAST({row.value} AS varbinary(max)) IN ({texts})"
        predicates.append((f"({row.type} = {STRING} AND {same})", [json.dumps(strings)]))
    if numbers:
        floats = "SELECT [c0] FROM OPENJSON(%s) WITH ([c0] float '$')"
        same = f"TRY_CAST({row.value} AS float) IN ({floats})"
        predicates.append((f"({row.type} = {NUMBER} AND {same})", [json.dumps(numbers)]))
    return predicates, [item for item in items if not isinstance(item, str) and not _is_float(item)]


def _is_float(value: Any) -> bool:
    """Return whether a float represents the number exactly."""
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= _EXACT_FLOAT
    return isinstance(value, float) and math.isfinite(value)


def _has_exactly(row: Row, container: int, items: Iterable[tuple[str, Any]]) -> SqlWithParams:
    parts = [f"{row.type} = {container}"]
    params: list[Any] = []
    count = 0
    for key, item in items:
        condition, item_params = equals(row.child, item)
        parts.append(
            f"EXISTS (SELECT 1 FROM {row.children} WHERE {row.child.key} = %s AND {condition})"
        )
        params.extend([key, *item_params])
        count += 1
    parts.append(f"(SELECT COUNT(*) FROM {row.children}) = {count}")
    return f"({' AND '.join(parts)})", params


def contains(row: Row, value: Any, at_top: bool = True) -> SqlWithParams:
    """Return the predicate that the row's value contains a Python one.

    Containment is PostgreSQL's: objects by key, arrays by element, a scalar by equality; at the
    top, an array also contains its scalars.
    https://www.postgresql.org/docs/current/datatype-json.html#JSON-CONTAINMENT
    """
    if isinstance(value, dict):
        parts, params = [f"{row.type} = {OBJECT}"], []
        for key, item in value.items():
            condition, item_params = contains(row.child, item, at_top=False)
            parts.append(
                f"EXISTS (SELECT 1 FROM {row.children} WHERE {row.child.key} = %s AND {condition})"
            )
            params.extend([key, *item_params])
        return f"({' AND '.join(parts)})", params
    if isinstance(value, (list, tuple)):
        parts, params = [f"{row.type} = {ARRAY}"], []
        for item in value:
            condition, item_params = contains(row.child, item, at_top=False)
            parts.append(f"EXISTS (SELECT 1 FROM {row.children} WHERE {condition})")
            params.extend(item_params)
        return f"({' AND '.join(parts)})", params
    same, same_params = equals(row, value)
    if not at_top:
        return same, same_params
    element, element_params = equals(row.child, value)
    is_element = f"EXISTS (SELECT 1 FROM {row.children} WHERE {element})"
    return f"({same} OR ({row.type} = {ARRAY} AND {is_element}))", [*same_params, *element_params]


def contained_by(row: Row, value: Any, at_top: bool = True) -> SqlWithParams:
    """Return the predicate that a Python value contains the row's."""
    if isinstance(value, dict):
        options: list[SqlWithParams] = [
            (f"({row.child.key} = %s AND {sql})", [key, *params])
            for key, (sql, params) in (
                (key, contained_by(row.child, item, at_top=False)) for key, item in value.items()
            )
        ]
        return _has_only(row, OBJECT, options)
    if isinstance(value, (list, tuple)):
        options = [contained_by(row.child, item, at_top=False) for item in value]
        within, params = _has_only(row, ARRAY, options)
        scalars = [item for item in value if not isinstance(item, (dict, list, tuple))]
        if not at_top or not scalars:
            return within, params
        alternatives = [equals(row, item) for item in scalars]
        sql = " OR ".join([within, *(sql for sql, _ in alternatives)])
        return f"({sql})", [*params, *(p for _, several in alternatives for p in several)]
    return equals(row, value)


def _has_only(row: Row, container: int, options: Sequence[SqlWithParams]) -> SqlWithParams:
    other = f" WHERE NOT ({' OR '.join(sql for sql, _ in options)})" if options else ""
    rest = f"NOT EXISTS (SELECT 1 FROM {row.children}{other})"
    return f"({row.type} = {container} AND {rest})", [p for _, several in options for p in several]


def contains_row(whole: Row, part: Row, levels: int = MAX_LEVELS) -> str:
    """Return the predicate that one row's value contains another's, as in contains().

    The SQL repeats itself per level. A value nested deeper fails with a conversion error.
    """
    is_element = f"EXISTS (SELECT 1 FROM {whole.children} WHERE {_same_scalar(whole.child, part)})"
    return f"({_contains(whole, part, levels)} OR ({whole.type} = {ARRAY} AND {is_element}))"


def _contains(whole: Row, part: Row, levels: int) -> str:
    if not levels:
        deeper = f"CONCAT(N'JSON nested deeper than {MAX_LEVELS} levels: type ', {part.type})"
        within = f"CAST({deeper} AS int) = 1"
    else:
        inner = _contains(whole.child, part.child, levels - 1)
        same_key = f"({whole.type} = {ARRAY} OR {whole.child.key} = {part.child.key})"
        match = f"EXISTS (SELECT 1 FROM {whole.children} WHERE {same_key} AND {inner})"
        within = f"NOT EXISTS (SELECT 1 FROM {part.children} WHERE NOT {match})"
    scalar = _same_scalar(whole, part)
    containment = f"CASE WHEN {whole.type} < {ARRAY} THEN 0 WHEN {within} THEN 1 ELSE 0 END = 1"
    return f"({scalar} OR ({whole.type} = {part.type} AND {containment}))"


def _same_scalar(one: Row, other: Row) -> str:
    texts = " = ".join(f"CAST({row.value} AS varbinary(max))" for row in (one, other))
    numbers = " = ".join(f"TRY_CAST({row.value} AS float)" for row in (one, other))
    return (
        f"({one.type} = {other.type} AND ({one.type} = {NULL}"
        f" OR ({one.type} IN ({STRING}, {BOOLEAN}) AND {texts})"
        f" OR ({one.type} = {NUMBER} AND {numbers})))"
    )
