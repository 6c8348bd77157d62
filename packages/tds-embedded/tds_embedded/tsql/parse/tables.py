"""CREATE TABLE and ALTER TABLE: columns, constraints, inline indexes.

Follows "CREATE TABLE" and "ALTER TABLE",
https://learn.microsoft.com/sql/t-sql/statements/create-table-transact-sql
"""

from __future__ import annotations

from tds_embedded.errors import SqlServerError
from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse import missing as parser_missing
from tds_embedded.tsql.parse.dml import DmlParser

WRONG_SCALE = 2751
CONSTRAINT_STARTS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "DEFAULT")


class TablesParser(DmlParser):
    names_constraints = True  # not those of a table variable

    def create_table(self, position: int) -> ast.CreateTable:
        """After CREATE TABLE."""
        name = self.object_name()
        elements = self.table_elements()
        if self.at("AS") and self.peek().word in parser_missing.TABLE_KINDS:
            raise self.missing("CREATE TABLE ... AS " + self.peek().word)
        filegroup = self._on_filegroup()
        if self.accept("TEXTIMAGE_ON"):
            self.name()
        options = self.options() if self.accept("WITH") else ()
        return ast.CreateTable(name, elements, filegroup, options, position=position)

    def table_elements(self) -> tuple[ast.TableElement, ...]:
        self.expect("(")
        elements = [self._table_element()]
        while self.accept(","):
            if self.at(")"):  # T-SQL lets a comma stand before the closing parenthesis
                break
            elements.append(self._table_element())
        self.expect(")")
        return tuple(elements)

    def _on_filegroup(self) -> str | None:
        if not self.accept("ON"):
            return None
        return self.expect_kind(lexer.NAME, lexer.QUOTED).value

    # --- WITH (...) options of tables and indexes ---

    def options(self) -> tuple[ast.Option, ...]:
        return self.in_parentheses(lambda: self.list_of(self._option))

    def _option(self) -> ast.Option:
        token = self.expect_kind(lexer.NAME, lexer.KEYWORD)
        value = None
        if self.accept("="):
            kinds = (lexer.NAME, lexer.KEYWORD, lexer.INTEGER, lexer.STRING, lexer.NATIONAL)
            value = self.expect_kind(*kinds).value
            if self.accept_any("MINUTES", "PERCENT"):
                pass
        return ast.Option(token.word, value and value.upper(), position=token.position)

    # --- Elements ---

    def _table_element(self) -> ast.TableElement:
        if self.at_any(*CONSTRAINT_STARTS):
            return self._table_constraint()
        if self.at("INDEX"):
            return self._inline_index()
        if self.at("PERIOD", "FOR"):
            raise self.missing("PERIOD FOR SYSTEM_TIME")
        return self._column_definition()

    def _constraint_name(self) -> str | None:
        if self.at("CONSTRAINT") and not self.names_constraints:
            raise self.fail()
        return self.name() if self.accept("CONSTRAINT") else None

    def _table_constraint(self) -> ast.Constraint:
        position = self.token.position
        name = self._constraint_name()
        if self.at_any("PRIMARY", "UNIQUE"):
            return self._unique(position, name, in_column=False)
        if self.accept("FOREIGN"):
            self.expect("KEY")
            columns = self.names_in_parentheses()
            return self._references(position, name, columns)
        if self.at("DEFAULT"):
            return self._default(position, name, in_column=False)
        return self._check(position, name)

    def _unique(self, position: int, name: str | None, *, in_column: bool) -> ast.UniqueConstraint:
        primary = self.expect_any("PRIMARY", "UNIQUE") == "PRIMARY"
        if primary:
            self.expect("KEY")
        clustering = self.accept_any("CLUSTERED", "NONCLUSTERED")
        columns: tuple[ast.IndexColumn, ...] = ()
        if not in_column:
            columns = self.index_columns()
        options: tuple[ast.Option, ...] = ()
        if self.at("WITH", "("):
            self.advance()
            options = self.options()
        filegroup = self._on_filegroup()
        clustered = None if clustering is None else clustering == "CLUSTERED"
        return ast.UniqueConstraint(
            primary, columns, name, clustered, options, filegroup, position=position
        )

    def index_columns(self) -> tuple[ast.IndexColumn, ...]:
        return self.in_parentheses(lambda: self.list_of(self._index_column))

    def _index_column(self) -> ast.IndexColumn:
        position = self.token.position
        name = self.name()
        descending = self.accept_any("ASC", "DESC") == "DESC"
        return ast.IndexColumn(name, descending, position=position)

    def _references(
        self, position: int, name: str | None, columns: tuple[str, ...]
    ) -> ast.ForeignKey:
        self.expect("REFERENCES")
        table = self.object_name()
        referenced = self.names_in_parentheses() if self.at("(") else ()
        actions = {"DELETE": "NO ACTION", "UPDATE": "NO ACTION"}
        while self.at("ON") and self.peek().word in actions:
            self.advance()
            event = self.advance().word
            actions[event] = self._referential_action()
        self._not_for_replication()
        return ast.ForeignKey(
            table,
            referenced,
            columns,
            name,
            actions["DELETE"],
            actions["UPDATE"],
            position=position,
        )

    def _referential_action(self) -> str:
        if self.accept("NO"):
            self.expect("ACTION")
            return "NO ACTION"
        if self.accept("SET"):
            return "SET " + self.expect_any("NULL", "DEFAULT")
        self.expect("CASCADE")
        return "CASCADE"

    def _not_for_replication(self) -> None:
        self.accept("NOT", "FOR", "REPLICATION")

    def _check(self, position: int, name: str | None) -> ast.CheckConstraint:
        self.expect("CHECK")
        self._not_for_replication()
        condition = self.in_parentheses(self.condition)
        return ast.CheckConstraint(condition, name, position=position)

    def _default(
        self, position: int, name: str | None, *, in_column: bool
    ) -> ast.DefaultConstraint:
        self.expect("DEFAULT")
        expression = self.expression()
        column = None
        if not in_column:
            self.expect("FOR")
            column = self.name()
        values = self.accept("WITH", "VALUES")
        return ast.DefaultConstraint(expression, name, column, values, position=position)

    def _inline_index(self) -> ast.InlineIndex:
        position = self.token.position
        self.expect("INDEX")
        name = self.name()
        unique = self.accept("UNIQUE")
        clustered = self.accept_any("CLUSTERED", "NONCLUSTERED") == "CLUSTERED"
        columns = self.index_columns() if self.at("(") else ()
        include = self.names_in_parentheses() if self.accept("INCLUDE") else ()
        where = self.where_clause()
        options: tuple[ast.Option, ...] = ()
        if self.at("WITH", "("):
            self.advance()
            options = self.options()
        filegroup = self._on_filegroup()
        return ast.InlineIndex(
            name, columns, unique, clustered, include, where, options, filegroup, position=position
        )

    def _column_definition(self) -> ast.ColumnDefinition:
        position = self.token.position
        name = self.name()
        if self.accept("AS"):
            return self._computed_column(position, name)
        type_ = self._column_type(name)
        column = _ColumnParts()
        while self._column_part(column):
            pass
        return ast.ColumnDefinition(
            name,
            type_,
            nullable=column.nullable,
            identity=column.identity,
            collation=column.collation,
            row_guid=column.row_guid,
            sparse=column.sparse,
            constraints=tuple(column.constraints),
            index=column.index,
            position=position,
        )

    def _column_type(self, column: str) -> ast.DataType:
        """The type. Raises 183 for a scale greater than its precision."""
        try:
            return self.data_type()
        except SqlServerError as raised:
            if raised.number != WRONG_SCALE:
                raise
            scale, precision = raised.arguments[1:]
            raise self.fail(183, scale, column, 0, precision) from None

    def _computed_column(self, position: int, name: str) -> ast.ColumnDefinition:
        expression = self.expression()
        persisted = self.accept("PERSISTED")
        column = _ColumnParts()
        while self._column_part(column):
            pass
        return ast.ColumnDefinition(
            name,
            None,
            computed=expression,
            persisted=persisted,
            nullable=column.nullable,
            constraints=tuple(column.constraints),
            index=column.index,
            position=position,
        )

    def _column_part(self, column: _ColumnParts) -> bool:
        """One of the parts that may follow a column's type, in any order."""
        position = self.token.position
        if self.accept("NULL"):
            column.nullable = True
        elif self.at("NOT", "NULL"):
            self.expect("NOT", "NULL")
            column.nullable = False
        elif self.accept("COLLATE"):
            column.collation = self.name()
        elif self.accept("IDENTITY"):
            column.identity = self._identity(position)
            self._not_for_replication()
        elif self.accept("ROWGUIDCOL"):
            column.row_guid = True
        elif self.accept("SPARSE"):
            column.sparse = True
        elif self.at("INDEX"):
            column.index = self._inline_index()
        elif self.at_any(*CONSTRAINT_STARTS, "REFERENCES"):
            column.constraints.append(self._column_constraint())
        else:
            self.refuse(*parser_missing.COLUMN_PARTS)
            return False
        return True

    def _identity(self, position: int) -> ast.Identity:
        if not self.accept("("):
            return ast.Identity(position=position)
        seed = self.integer()
        self.expect(",")
        increment = self.integer()
        self.expect(")")
        return ast.Identity(seed, increment, position=position)

    def _column_constraint(self) -> ast.Constraint:
        position = self.token.position
        name = self._constraint_name()
        if self.at_any("PRIMARY", "UNIQUE"):
            return self._unique(position, name, in_column=not self._at_key_columns())
        if self.at_any("FOREIGN", "REFERENCES"):
            columns: tuple[str, ...] = ()
            if self.accept("FOREIGN", "KEY") and self.at("("):
                columns = self.names_in_parentheses()
            return self._references(position, name, columns)
        if self.at("DEFAULT"):
            return self._default(position, name, in_column=True)
        return self._check(position, name)

    def _at_key_columns(self) -> bool:
        distance = 2 if self.at("PRIMARY") else 1
        if self.peek(distance).word in ("CLUSTERED", "NONCLUSTERED"):
            distance += 1
        return self.peek(distance).word == "("

    # --- ALTER TABLE ---

    def alter_table(self, position: int) -> ast.AlterTable:
        """After ALTER TABLE."""
        name = self.object_name()
        return ast.AlterTable(name, self._alter_table_action(), position=position)

    def _alter_table_action(self) -> ast.AlterTableAction:
        position = self.token.position
        check: bool | None = None
        if self.at("WITH"):
            self.advance()
            check = self.expect_any("CHECK", "NOCHECK") == "CHECK"
        if self.accept("ADD"):
            return self._add(position, check)
        if self.at_any("CHECK", "NOCHECK"):
            return self._check_constraints(position, bool(check))
        if check is not None:
            raise self.fail()
        if self.accept("ALTER"):
            self.expect("COLUMN")
            return self._alter_column(position)
        if self.accept("DROP"):
            return self._drop_elements(position)
        if self.at_any("ENABLE", "DISABLE") and self.peek().word in parser_missing.ALTER_TABLE:
            raise self.missing(self.peek().word)
        if self.accept("SWITCH"):
            self.expect("TO")
            return ast.SwitchTo(self.object_name(), position=position)
        if self.at_any("ENABLE", "DISABLE") and self.peek().word == "TRIGGER":
            enable = self.advance().word == "ENABLE"
            self.advance()
            names = () if self.accept("ALL") else self.names()
            return ast.EnableTriggers(enable, names, position=position)
        if self.accept("REBUILD"):
            options = self.options() if self.accept("WITH") else ()
            return ast.Rebuild(options, position=position)
        self.expect("SET")
        return ast.SetTableOptions(self.options(), position=position)

    def _add(self, position: int, check: bool | None) -> ast.AddElements:
        elements = self.list_of(self._table_element)
        return ast.AddElements(elements, check, position=position)

    def _check_constraints(self, position: int, check_existing: bool) -> ast.CheckConstraints:
        enable = self.advance().word == "CHECK"
        self.expect("CONSTRAINT")
        names = () if self.accept("ALL") else self.names()
        return ast.CheckConstraints(enable, names, check_existing, position=position)

    def _alter_column(self, position: int) -> ast.AlterColumn | ast.AlterColumnProperty:
        name = self.name()
        if verb := self.accept_any("ADD", "DROP"):
            self.refuse(*parser_missing.COLUMN_PARTS)
            word = self.expect_any("PERSISTED", "ROWGUIDCOL", "SPARSE")
            return ast.AlterColumnProperty(name, verb == "ADD", word, position=position)
        type_ = self.data_type()
        collation = self.name() if self.accept("COLLATE") else None
        nullable = None
        if self.accept("NULL"):
            nullable = True
        elif self.accept("NOT"):
            self.expect("NULL")
            nullable = False
        online = False
        if self.accept("WITH"):
            online = any(option.value == "ON" for option in self.options())
        return ast.AlterColumn(name, type_, collation, nullable, online, position=position)

    def _drop_elements(self, position: int) -> ast.DropElements:
        elements: list[ast.DropElement] = []
        kind = "CONSTRAINT"
        while True:
            start = self.token.position
            if written := self.accept_any("COLUMN", "CONSTRAINT"):
                kind = written
            if_exists = self.accept("IF", "EXISTS")
            elements.append(ast.DropElement(kind, self.name(), if_exists, position=start))
            if not self.accept(","):
                return ast.DropElements(tuple(elements), position=position)


class _ColumnParts:
    """What has been read of a column's definition."""

    def __init__(self) -> None:
        self.nullable: bool | None = None
        self.identity: ast.Identity | None = None
        self.collation: str | None = None
        self.row_guid = False
        self.sparse = False
        self.index: ast.InlineIndex | None = None
        self.constraints: list[ast.Constraint] = []
