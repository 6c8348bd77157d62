"""ALTER TABLE.

Follows "ALTER TABLE", https://learn.microsoft.com/sql/t-sql/statements/alter-table-transact-sql
"""

from __future__ import annotations

from tds_embedded.tsql import ast
from tds_embedded.tsql.parse import unsupported
from tds_embedded.tsql.parse.names import object_name
from tds_embedded.tsql.parse.options import options, with_options
from tds_embedded.tsql.parse.tables import table_element
from tds_embedded.tsql.parse.tokens import Tokens
from tds_embedded.tsql.parse.types import data_type, optional_nullability


def alter_table(tokens: Tokens, position: int) -> ast.AlterTable:
    """Read ALTER TABLE from TABLE on."""
    tokens.expect("TABLE")
    name = object_name(tokens)
    return ast.AlterTable(name, _alter_table_action(tokens), position=position)


def _alter_table_action(tokens: Tokens) -> ast.AlterTableAction:
    position = tokens.position
    check: bool | None = None
    if tokens.at("WITH"):
        tokens.take()
        check = tokens.expect_any("CHECK", "NOCHECK") == "CHECK"
    if tokens.accept("ADD"):
        return _add(tokens, position, check)
    if tokens.at_any("CHECK", "NOCHECK"):
        return _check_constraints(tokens, position, bool(check))
    if check is not None:
        raise tokens.error()
    if tokens.accept("ALTER"):
        tokens.expect("COLUMN")
        return _alter_column(tokens, position)
    if tokens.accept("DROP"):
        return _drop_elements(tokens, position)
    if tokens.at_any("ENABLE", "DISABLE") and tokens.peek().word in unsupported.ALTER_TABLE:
        raise tokens.unsupported(tokens.peek().word)
    if tokens.accept("SWITCH"):
        tokens.expect("TO")
        return ast.SwitchTo(object_name(tokens), position=position)
    if tokens.at_any("ENABLE", "DISABLE") and tokens.peek().word == "TRIGGER":
        enable = tokens.take().word == "ENABLE"
        tokens.take()
        names = () if tokens.accept("ALL") else tokens.names()
        return ast.EnableTriggers(enable, names, position=position)
    if tokens.accept("REBUILD"):
        return ast.Rebuild(with_options(tokens), position=position)
    tokens.expect("SET")
    return ast.SetTableOptions(options(tokens), position=position)


def _add(tokens: Tokens, position: int, check: bool | None) -> ast.AddElements:
    elements = tokens.list_of(table_element)
    return ast.AddElements(elements, check, position=position)


def _check_constraints(tokens: Tokens, position: int, check_existing: bool) -> ast.CheckConstraints:
    enable = tokens.take().word == "CHECK"
    tokens.expect("CONSTRAINT")
    names = () if tokens.accept("ALL") else tokens.names()
    return ast.CheckConstraints(enable, names, check_existing, position=position)


def _alter_column(tokens: Tokens, position: int) -> ast.AlterColumn | ast.AlterColumnProperty:
    name = tokens.name()
    if verb := tokens.accept_any("ADD", "DROP"):
        tokens.refuse(*unsupported.COLUMN_PARTS)
        word = tokens.expect_any("PERSISTED", "ROWGUIDCOL", "SPARSE")
        return ast.AlterColumnProperty(name, verb == "ADD", word, position=position)
    column_type = data_type(tokens)
    collation = tokens.name() if tokens.accept("COLLATE") else None
    nullable = optional_nullability(tokens)
    online = any(option.value == "ON" for option in with_options(tokens))
    return ast.AlterColumn(name, column_type, collation, nullable, online, position=position)


def _drop_elements(tokens: Tokens, position: int) -> ast.DropElements:
    elements: list[ast.DropElement] = []
    kind = "CONSTRAINT"
    while True:
        start = tokens.position
        if word := tokens.accept_any("COLUMN", "CONSTRAINT"):
            kind = word
        if_exists = tokens.accept("IF", "EXISTS")
        elements.append(ast.DropElement(kind, tokens.name(), if_exists, position=start))
        if not tokens.accept(","):
            return ast.DropElements(tuple(elements), position=position)
