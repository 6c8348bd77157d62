"""The translator reads every significant field of the syntax tree: nothing is dropped."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from tds_embedded.catalog.tables import Sequence, Table, TableColumn
from tds_embedded.errors import SqlServerError
from tds_embedded.postgres.identifiers import quote
from tds_embedded.tsql import ast, translate
from tds_embedded.tsql.parse import parse
from tds_embedded.tsql.translate.values import predicate, source, value_of
from tds_embedded.types import SqlType
from tds_embedded_tests.tsql import (
    test_translate_dml,
    test_translate_functions,
    test_translate_queries,
)

COLUMNS = {
    "author": "id:int name:nvarchar age:int salary:decimal born:datetime2 active:bit code:varchar "
    "exact:nvarchar rating:float small:smallint tiny:tinyint spent:bigint photo:varbinary"
    " twice:int",
    "book": "id:int title:nvarchar author_id:int price:decimal pages:int",
}


_FACETS: dict[str, tuple[int | None, int | None]] = {"decimal": (10, 2), "datetime2": (None, 7)}


class Catalog:
    """The library's tables without a server."""

    version = (0, 0)

    def table(self, schema: str | None, name: str) -> Table | None:
        if name.lower() not in COLUMNS or schema not in (None, "dbo"):
            return None
        columns = []
        for each in COLUMNS[name.lower()].split():
            column, _, type = each.partition(":")
            length = 50 if "char" in type or type == "varbinary" else None
            precision, scale = _FACETS.get(type, (None, None))
            columns.append(
                TableColumn(
                    column,
                    quote(column),
                    SqlType(type, length, precision, scale),
                    identity=column == "id",
                    computed=column == "twice",
                )
            )
        return Table("dbo", name, f"dbo.{quote(name)}", 1, False, tuple(columns))

    def output_refusal(self, table: Table) -> tuple[int, str] | None:
        return None

    def is_synonym(self, schema: str | None, name: str) -> bool:
        return False

    def has_openjson(self) -> bool:
        return True

    def has_index(self, table: Table, name: str) -> bool:
        return False

    def table_of(self, database: str, schema: str | None, name: str) -> Table | None:
        return None

    def sequence(self, schema: str | None, name: str) -> Sequence | None:
        return None

    def type(self, schema: str | None, name: str) -> SqlType | None:
        return None


def corpus() -> Iterator[str]:
    for sql, _ in test_translate_queries.ANSWERS:
        yield sql
    for expression, _ in test_translate_functions.ANSWERS:
        yield f"SELECT {expression}"
    for module in (test_translate_dml, test_translate_functions, test_translate_queries):
        for _, sql in module.ERRORS:
            yield sql
    yield from MORE


MORE = [
    "SELECT TOP (5) PERCENT a.id AS x, $identity FROM dbo.author AS a WITH (UPDLOCK, INDEX (1))"
    " INNER HASH JOIN book b ON b.author_id = a.id OPTION (MAXDOP 2)",
    "INSERT TOP (2) INTO author (name) OUTPUT INSERTED.id, INSERTED.* SELECT title FROM book",
    "UPDATE TOP (2) a SET a.age += 1, @p = a.small = 3 OUTPUT DELETED.age FROM author a",
    "DELETE TOP (1) FROM author OUTPUT DELETED.id WHERE age IS NOT NULL OPTION (RECOMPILE)",
    "MERGE TOP (1) INTO author AS t USING book AS s ON t.id = s.id WHEN MATCHED THEN DELETE;",
    "WITH x (a) AS (SELECT 1) MERGE author WITH (HOLDLOCK) AS t USING x ON t.id = x.a"
    " WHEN MATCHED AND t.age > 1 THEN UPDATE SET t.age = DEFAULT"
    " WHEN NOT MATCHED THEN INSERT (name, age) VALUES (N'x', DEFAULT)"
    " OUTPUT $action, INSERTED.id OPTION (LOOP JOIN);",
    "SELECT SUM(age) OVER (PARTITION BY active ORDER BY id DESC ROWS BETWEEN 1 PRECEDING AND"
    " UNBOUNDED FOLLOWING), COUNT(DISTINCT age) FROM author GROUP BY age, active, id",
    "SELECT FIRST_VALUE(age) IGNORE NULLS OVER (ORDER BY id) FROM author",
    "SELECT TRIM(BOTH 'x' FROM name), name COLLATE Latin1_General_CS_AS FROM author",
    "SELECT CAST(born AS time(3)) AS t INTO #x FROM author ORDER BY t OFFSET 1 ROWS",
    "SELECT id FROM author WHERE age NOT BETWEEN 1 AND 2 AND name NOT LIKE 'a!_' ESCAPE '!'"
    " AND id NOT IN (SELECT 1) AND age IS DISTINCT FROM 1 AND NOT (id = 1 OR id = 2)",
    "SELECT j.a FROM OPENJSON(N'{}', '$.x') WITH (a int '$.y', b nvarchar(max) AS JSON) AS j",
    "SELECT k FROM OPENJSON(N'{}') AS j (k, v, t)",
    "SELECT s.v FROM STRING_SPLIT('a b', ' ', 1) AS s (v, o)",
    "SELECT d.x FROM (SELECT id FROM author) AS d (x)",
    "SELECT id FROM author FOR JSON PATH, ROOT('x'), INCLUDE_NULL_VALUES",
    "SELECT id FROM author FOR JSON PATH, WITHOUT_ARRAY_WRAPPER",
    "SELECT id FROM author FOR XML PATH('x')",
    "SELECT PARSE('1' AS int USING 'en-US'), TRY_PARSE('1' AS int)",
    "SELECT CONVERT(varchar(10), born, 120), TRY_CONVERT(int, name) FROM author",
    "SELECT born AT TIME ZONE 'UTC', NEXT VALUE FOR dbo.s FROM author",
    "SELECT JSON_OBJECT('a': 1 ABSENT ON NULL), JSON_ARRAY(1, NULL NULL ON NULL)",
    "SELECT a.*, COUNT(*) OVER w FROM author a WINDOW w AS (PARTITION BY a.id)",
    "SELECT age, COUNT(*) FROM author GROUP BY GROUPING SETS ((age, id), CUBE (age), ())",
    "SELECT CURRENT_TIMESTAMP, SYSTEM_USER, @@ROWCOUNT, @p",
    "SELECT @p += id FROM author",
]


class Reads:
    """Records which fields of which nodes are read while it is in force."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: set[tuple[int, str]] = set()
        for kind in _kinds():
            monkeypatch.setattr(kind, "__getattribute__", self._getter(), raising=False)

    def _getter(self) -> Any:
        def get(node: ast.Node, name: str) -> Any:
            self.seen.add((id(node), name))
            return object.__getattribute__(node, name)

        return get


def _kinds() -> list[type[ast.Node]]:
    return [
        kind
        for kind in vars(ast).values()
        if inspect.isclass(kind) and issubclass(kind, ast.Node) and dataclasses.is_dataclass(kind)
    ]


def _has_no_effect(node: ast.Node, name: str) -> bool:
    """Return whether a field has no effect: a position, or a hint for the optimizer."""
    return name in ("position", "end") or (isinstance(node, ast.QueryHint) and name == "arguments")


def _significant(node: Any) -> Iterator[tuple[Any, str]]:
    """Yield (node, field) for every field below `node` with another value than its default."""
    if isinstance(node, tuple):
        for each in node:
            yield from _significant(each)
    elif isinstance(node, ast.Node):
        for field in dataclasses.fields(node):
            value = object.__getattribute__(node, field.name)
            if value != field.default and value != () and not _has_no_effect(node, field.name):
                yield node, field.name
                yield from _significant(value)


@pytest.mark.parametrize("sql", list(corpus()))
def test_the_translator_reads_every_field_of_a_statement(
    sql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        statements = parse(sql, product="2022")
    except SqlServerError:
        return
    context = translate.Context(Catalog(), {"@p": SqlType("int")})
    reads = Reads(monkeypatch)
    for statement in statements:
        if not isinstance(statement, (ast.Select, ast.Insert, ast.Update, ast.Delete, ast.Merge)):
            continue
        try:
            translate.statement(statement, context)
        except SqlServerError:
            continue
        dropped = [
            f"{type(node).__name__}.{name}"
            for node, name in _significant(statement)
            if (id(node), name) not in reads.seen
        ]
        assert dropped == []


def test_the_corpus_reaches_every_kind_that_has_a_handler() -> None:
    """The test above covers only the nodes that the corpus contains."""
    reached: set[type] = set()

    def walk(node: Any) -> None:
        if isinstance(node, tuple):
            for each in node:
                walk(each)
        elif isinstance(node, ast.Node):
            reached.add(type(node))
            for field in dataclasses.fields(node):
                walk(getattr(node, field.name))

    for sql in corpus():
        try:
            walk(tuple(parse(sql, product="2022")))
        except SqlServerError:
            continue
    handled = {kind for family in (value_of, predicate, source) for kind in family.registry} - {
        object
    }
    only_in_later_products = {ast.PredicateFunction}
    made_by_the_translator = {ast.TracedSource}
    assert handled - reached - only_in_later_products - made_by_the_translator == set()


def test_a_kind_without_a_handler_is_refused() -> None:
    @dataclasses.dataclass(frozen=True, slots=True)
    class Novelty(ast.Expression):
        word: str = "new"

    with pytest.raises(SqlServerError) as raised:
        translate.scalar(Novelty(), translate.Context(Catalog()))
    assert raised.value.number == 40517
