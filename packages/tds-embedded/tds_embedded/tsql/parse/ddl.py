"""CREATE, ALTER and DROP of everything but tables and routines, and what keeps a server running.

Follows "Transact-SQL statements",
https://learn.microsoft.com/sql/t-sql/statements/statements
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse import missing as parser_missing
from tds_embedded.tsql.parse.tables import TablesParser
from tds_embedded.tsql.walk import descendants

DROPPABLE = (
    "TABLE",
    "VIEW",
    "PROCEDURE",
    "FUNCTION",
    "TRIGGER",
    "SEQUENCE",
    "SYNONYM",
    "TYPE",
    "SCHEMA",
    "DATABASE",
    "STATISTICS",
)
PRINCIPALS = ("LOGIN", "USER", "ROLE")


class DdlParser(TablesParser):
    # --- DROP ---

    def drop(self) -> ast.Statement:
        position = self.token.position
        self.expect("DROP")
        if self.accept("PROC"):
            kind = "PROCEDURE"
        elif self.accept("INDEX"):
            return self._drop_index(position)
        elif self.at_any(*PRINCIPALS):
            return self._drop_principal(position)
        else:
            self.refuse(*parser_missing.OBJECTS)
            kind = self.expect_any(*DROPPABLE)
        if_exists = self.accept("IF", "EXISTS")
        names = self.list_of(self.object_name)
        return ast.DropObjects(kind, names, if_exists, position=position)

    def _drop_index(self, position: int) -> ast.DropIndex:
        if_exists = self.accept("IF", "EXISTS")
        found = self.list_of(self._dropped_index)
        indexes = tuple((name, table) for name, table, _ in found)
        has_options = any(options for *_, options in found)
        return ast.DropIndex(indexes, if_exists, has_options, position=position)

    def _dropped_index(self) -> tuple[str, ast.ObjectName, bool]:
        """The index, its table, and whether it has options."""
        name = self.object_name()
        if self.accept("ON"):
            table = self.object_name()
            has_options = self.at("WITH", "(")
            if has_options:
                self.advance()
                self.options()
            return name.name, table, has_options
        if len(name.parts) < 2:
            raise self.fail_at(name.position, 159)
        return name.name, ast.ObjectName(name.parts[:-1], position=name.position), False

    # --- Indexes and statistics ---

    def create_index(self, position: int, *, unique: bool, clustered: bool) -> ast.CreateIndex:
        """After CREATE [UNIQUE] [CLUSTERED | NONCLUSTERED]."""
        columnstore = self.accept("COLUMNSTORE")
        self.expect("INDEX")
        name = self.name()
        self.expect("ON")
        table = self.object_name()
        columns: tuple[ast.IndexColumn, ...] = ()
        if self.at("(") or not (columnstore and clustered):
            columns = self.index_columns()
        include = self.names_in_parentheses() if self.accept("INCLUDE") else ()
        where = self.where_clause()
        options = self.options() if self.accept("WITH") else ()
        filegroup = self._on_filegroup()
        return ast.CreateIndex(
            name,
            table,
            columns,
            unique,
            clustered,
            include,
            where,
            options,
            columnstore,
            filegroup,
            position=position,
        )

    def alter_index(self, position: int) -> ast.AlterIndex:
        """After ALTER INDEX."""
        name = None if self.accept("ALL") else self.name()
        self.expect("ON")
        table = self.object_name()
        self.refuse(*parser_missing.ALTER_INDEX)
        action = self.expect_any("REBUILD", "REORGANIZE", "DISABLE", "SET")
        options: tuple[ast.Option, ...] = ()
        if action == "SET" or (action != "DISABLE" and self.accept("WITH")):
            options = self.options()
        return ast.AlterIndex(name, table, action, options, position=position)

    def create_statistics(self, position: int) -> ast.CreateStatistics:
        """After CREATE STATISTICS."""
        name = self.name()
        self.expect("ON")
        table = self.object_name()
        columns = self.names_in_parentheses()
        where = self.where_clause()
        options = self._statistics_options()
        return ast.CreateStatistics(name, table, columns, where, options, position=position)

    def update_statistics(self) -> ast.UpdateStatistics:
        position = self.token.position
        self.expect("UPDATE", "STATISTICS")
        table = self.object_name()
        names: tuple[str, ...] = ()
        if self.at("("):
            names = self.names_in_parentheses()
        elif self.at_name():
            names = (self.name(),)
        return ast.UpdateStatistics(table, names, self._statistics_options(), position=position)

    def _statistics_options(self) -> tuple[ast.Option, ...]:
        return self.list_of(self._statistics_option) if self.accept("WITH") else ()

    def _statistics_option(self) -> ast.Option:
        position = self.token.position
        if self.accept("SAMPLE"):
            size = self.expect_kind(lexer.INTEGER).value
            unit = self.expect_any("PERCENT", "ROWS")
            return ast.Option("SAMPLE", f"{size} {unit}", position=position)
        word = self.expect_any("FULLSCAN", "NORECOMPUTE", "RESAMPLE", "ALL", "COLUMNS", "INDEX")
        return ast.Option(word, position=position)

    # --- Views, schemas, sequences, types, synonyms ---

    def create_view(self, position: int, mode: str) -> ast.CreateView:
        """After CREATE [OR ALTER] VIEW or ALTER VIEW."""
        name = self.object_name()
        columns = self._columns()
        attributes: tuple[str, ...] = ()
        if self.accept("WITH"):
            attributes = self.list_of(
                lambda: self.expect_any("ENCRYPTION", "SCHEMABINDING", "VIEW_METADATA")
            )
        self.expect("AS")
        ctes = self.common_table_expressions() if self.at("WITH") else ()
        query = self.query()
        specifications = (q for q in descendants(query) if isinstance(q, ast.QuerySpecification))
        if any(each.into for each in specifications):
            raise self.fail_at(position, 156, "INTO")
        check = self.accept("WITH", "CHECK", "OPTION")
        text = self.text_from(position)
        while self.accept(";"):
            pass
        if self.token.kind is not lexer.END:
            raise self.fail()  # a view is all of its batch
        return ast.CreateView(
            name, query, text, mode, columns, ctes, attributes, check, position=position
        )

    def text_from(self, position: int) -> str:
        """The batch's text from `position` to the last token read."""
        return self.sql[position : self.tokens[self.index - 1].end]

    def create_schema(self, position: int) -> ast.CreateSchema:
        """After CREATE SCHEMA."""
        if self.accept("AUTHORIZATION"):
            owner = self.name()
            return ast.CreateSchema(owner, owner, position=position)
        name = self.name()
        owner_name = self.name() if self.accept("AUTHORIZATION") else None
        return ast.CreateSchema(name, owner_name, position=position)

    def alter_schema(self, position: int) -> ast.TransferSchema:
        """After ALTER SCHEMA."""
        schema = self.name()
        self.expect("TRANSFER")
        kind = "OBJECT"
        if self.peek().word == "::":
            kind = self.expect_any("OBJECT", "TYPE")
            self.expect("::")
        return ast.TransferSchema(schema, self.object_name(), kind, position=position)

    def sequence(self, position: int, *, alter: bool) -> ast.Sequence:
        """After CREATE SEQUENCE or ALTER SEQUENCE."""
        name = self.object_name()
        type_ = self.data_type() if not alter and self.accept("AS") else None
        values: dict[str, int | bool | None] = {}
        while self._sequence_option(values):
            pass
        return ast.Sequence(
            name,
            alter,
            type_,
            start=values.get("START"),
            restart=values.get("RESTART"),
            increment=values.get("INCREMENT"),
            minimum=values.get("MINVALUE"),
            maximum=values.get("MAXVALUE"),
            cycle=None if values.get("CYCLE") is None else bool(values["CYCLE"]),
            cache=values.get("CACHE"),
            position=position,
        )

    def _sequence_option(self, values: dict[str, int | bool | None]) -> bool:
        if self.accept("NO"):
            values[self.expect_any("MINVALUE", "MAXVALUE", "CYCLE", "CACHE")] = False
        elif self.accept("START"):
            self.expect("WITH")
            values["START"] = self.integer()
        elif self.accept("RESTART"):
            values["RESTART"] = self.integer() if self.accept("WITH") else True
        elif self.accept("INCREMENT"):
            self.expect("BY")
            values["INCREMENT"] = self.integer()
        elif word := self.accept_any("MINVALUE", "MAXVALUE"):
            values[word] = self.integer()
        elif self.accept("CYCLE"):
            values["CYCLE"] = True
        elif self.accept("CACHE"):
            values["CACHE"] = self.integer() if self.token.kind is lexer.INTEGER else True
        else:
            return False
        return True

    def create_type(self, position: int) -> ast.CreateType:
        """After CREATE TYPE."""
        name = self.object_name()
        if self.accept("AS"):
            self.expect("TABLE")
            elements = self.table_elements()
            return ast.CreateType(name, elements=elements, position=position)
        self.expect("FROM")
        base = self.data_type()
        nullable = None
        if self.accept("NULL"):
            nullable = True
        elif self.accept("NOT"):
            self.expect("NULL")
            nullable = False
        return ast.CreateType(name, base, nullable, position=position)

    def create_synonym(self, position: int) -> ast.CreateSynonym:
        """After CREATE SYNONYM."""
        name = self.object_name()
        self.expect("FOR")
        return ast.CreateSynonym(name, self.object_name(), position=position)

    def truncate(self) -> ast.TruncateTable:
        position = self.token.position
        self.expect("TRUNCATE", "TABLE")
        return ast.TruncateTable(self.object_name(), position=position)

    # --- Databases ---

    def create_database(self, position: int) -> ast.CreateDatabase:
        """After CREATE DATABASE."""
        name = self.name()
        if self.accept("AS", "COPY", "OF"):
            return ast.CreateDatabase(name, copy_of=self.name(), position=position)
        collation = self.name() if self.accept("COLLATE") else None
        options: tuple[ast.Option, ...] = ()
        if self.at("("):  # Azure SQL Database: EDITION, SERVICE_OBJECTIVE, MAXSIZE
            options = self.options()
        return ast.CreateDatabase(name, collation, options, position=position)

    def backup(self) -> ast.BackupDatabase:
        position = self.token.position
        self.expect("BACKUP", "DATABASE")
        name, file = self.name(), self._disk("TO")
        options = self.list_of(self._backup_option) if self.accept("WITH") else ()
        return ast.BackupDatabase(name, file, tuple(options), position=position)

    def restore(self) -> ast.RestoreDatabase:
        position = self.token.position
        self.expect("RESTORE", "DATABASE")
        name, file = self.name(), self._disk("FROM")
        options: list[ast.Option] = []
        moved: list[str] = []
        while self.accept(",") if options or moved else self.accept("WITH"):
            if self.accept("MOVE"):
                moved.append(self.string())
                self.expect("TO")
                self.string()
            else:
                options.append(self._backup_option())
        return ast.RestoreDatabase(name, file, tuple(options), tuple(moved), position=position)

    def _disk(self, direction: str) -> str:
        self.expect(direction, "DISK", "=")
        return self.string()

    def _backup_option(self) -> ast.Option:
        token = self.expect_kind(lexer.NAME)
        value = self.expect_kind(lexer.INTEGER).value if self.accept("=") else None
        return ast.Option(token.word, value, position=token.position)

    def alter_database(self, position: int) -> ast.AlterDatabase:
        """After ALTER DATABASE."""
        if self.at("SCOPED", "CONFIGURATION"):
            self.expect("SCOPED", "CONFIGURATION", "SET")
            option = self._database_option()
            return ast.AlterDatabase(None, (option,), scoped=True, position=position)
        name = None if self.accept("CURRENT") else self.name()
        if self.accept("COLLATE"):
            return ast.AlterDatabase(name, collation=self.name(), position=position)
        if self.accept("MODIFY"):
            self.expect("NAME", "=")
            return ast.AlterDatabase(name, new_name=self.name(), position=position)
        self.expect("SET")
        options = self.list_of(self._database_option)
        return ast.AlterDatabase(name, options, termination=self._termination(), position=position)

    def _database_option(self) -> ast.Option:
        token = self.expect_kind(lexer.NAME)
        kinds = (lexer.NAME, lexer.KEYWORD, lexer.INTEGER)
        equals = self.accept("=")
        value = None
        if equals or (self.token.kind in kinds and not self.at("WITH")):
            value = self.expect_kind(*kinds).value.upper()
        return ast.Option(token.word, value, position=token.position)

    def _termination(self) -> str | None:
        if not self.accept("WITH"):
            return None
        if self.accept("NO_WAIT"):
            return "NO_WAIT"
        self.expect("ROLLBACK")
        if self.accept("IMMEDIATE"):
            return "ROLLBACK IMMEDIATE"
        self.expect("AFTER")
        seconds = self.expect_kind(lexer.INTEGER).value
        self.accept("SECONDS")
        return f"ROLLBACK AFTER {seconds}"

    # --- Security ---

    def principal(self, verb: str, position: int) -> ast.Principal:
        """After CREATE or ALTER, at LOGIN, USER or ROLE."""
        kind = self.expect_any(*PRINCIPALS)
        name = self.name()
        member = None
        if kind == "ROLE" and verb == "ALTER":
            action = self.expect_any("ADD", "DROP")
            self.expect("MEMBER")
            member = (action, self.name())
        for_login = source = None
        if self.accept_any("FOR", "FROM"):
            if self.accept("LOGIN"):
                for_login = self.name()
            elif self.accept("WINDOWS"):
                source = "WINDOWS"
            else:
                self.expect("EXTERNAL", "PROVIDER")
                source = "EXTERNAL PROVIDER"
        elif self.at("WITHOUT", "LOGIN"):
            self.expect("WITHOUT", "LOGIN")
            source = "WITHOUT LOGIN"
        options, password = self._principal_options()
        return ast.Principal(
            verb, kind, name, options, password, member, for_login, source, position=position
        )

    def _principal_options(self) -> tuple[tuple[ast.Option, ...], str | None]:
        if not self.accept("WITH"):
            return (), None
        options: list[ast.Option] = []
        password = None
        while True:
            token = self.expect_kind(lexer.NAME)
            self.expect("=")
            if token.word == "PASSWORD":
                password = self.string()
            else:
                kinds = (lexer.NAME, lexer.QUOTED, lexer.KEYWORD, lexer.BINARY)
                value = self.expect_kind(*kinds).value
                options.append(ast.Option(token.word, value, position=token.position))
            if not self.accept(","):
                return tuple(options), password

    def _drop_principal(self, position: int) -> ast.Principal:
        kind = self.expect_any(*PRINCIPALS)
        if_exists = self.accept("IF", "EXISTS")
        return ast.Principal("DROP", kind, self.name(), if_exists=if_exists, position=position)

    def permission(self) -> ast.Permission:
        position = self.token.position
        verb = self.expect_any("GRANT", "DENY", "REVOKE")
        permissions = self.list_of(self._permission_words)
        on = on_class = None
        if self.accept("ON"):
            if self.peek().word == "::":
                on_class = self.advance().word
                self.expect("::")
            on = self.object_name()
        self.expect_any("TO", "FROM")
        principals = self.list_of(self._grantee)
        self.accept("WITH", "GRANT", "OPTION")
        return ast.Permission(verb, permissions, principals, on, on_class, position=position)

    def _grantee(self) -> str:
        return self.expect_kind(lexer.NAME, lexer.QUOTED, lexer.KEYWORD).value

    def _permission_words(self) -> str:
        words = [self.expect_kind(lexer.NAME, lexer.KEYWORD).word]
        while not self.at_any(",", "ON", "TO", "FROM"):
            words.append(self.expect_kind(lexer.NAME, lexer.KEYWORD).word)
        return " ".join(words)

    # --- Maintenance ---

    def dbcc(self) -> ast.Dbcc:
        position = self.token.position
        self.expect("DBCC")
        command = self.expect_kind(lexer.NAME).word
        arguments: tuple[ast.Expression | ast.ObjectName, ...] = ()
        if self.accept("("):
            if not self.at(")"):
                arguments = self.list_of(self._dbcc_argument)
            self.expect(")")
        options: tuple[str, ...] = ()
        if self.accept("WITH"):
            options = self.list_of(lambda: self.expect_kind(lexer.NAME).word)
        return ast.Dbcc(command, arguments, options, position=position)

    def _dbcc_argument(self) -> ast.Expression | ast.ObjectName:
        return self.object_name() if self.at_name() else self.expression()
