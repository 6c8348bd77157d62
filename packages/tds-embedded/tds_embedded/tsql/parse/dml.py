"""INSERT, UPDATE, DELETE, MERGE, and SELECT as a statement, with their WITH and OUTPUT clauses.

Follows "INSERT", "UPDATE", "DELETE", "MERGE" and "OUTPUT clause",
https://learn.microsoft.com/sql/t-sql/queries/output-clause-transact-sql
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse.queries import ASSIGNMENTS, QueriesParser

Ctes = tuple[ast.CommonTableExpression, ...]


class DmlParser(QueriesParser):
    @abstractmethod
    def execute(self) -> ast.Execute | ast.ExecuteString:
        """EXEC of a procedure or a string."""

    def with_statement(self) -> ast.Statement:
        """WITH common table expressions, and the statement that they serve."""
        ctes = self.common_table_expressions()
        if self.at("INSERT"):
            return self.insert(ctes)
        if self.at("UPDATE"):
            return self.update(ctes)
        if self.at("DELETE"):
            return self.delete(ctes)
        if self.at("MERGE"):
            return self.merge(ctes)
        return self.select(ctes)

    def common_table_expressions(self) -> Ctes:
        self.expect("WITH")
        return self.list_of(self._common_table_expression)

    def _common_table_expression(self) -> ast.CommonTableExpression:
        position = self.token.position
        name = self.name()
        columns = self._columns()
        self.expect("AS")
        query = self.in_parentheses(self.query)
        return ast.CommonTableExpression(name, query, columns, position=position)

    def select(self, ctes: Ctes = ()) -> ast.Select:
        position = self.token.position
        query = self.query()
        return ast.Select(query, ctes, self.query_hints(), position=position)

    # --- What they share ---

    def _target(self) -> ast.Target:
        token = self.token
        if token.kind is lexer.VARIABLE:
            self.advance()
            return ast.TableVariable(token.value, position=token.position)
        name = self.object_name()
        return ast.NamedTable(name, hints=self.table_hints(), position=name.position)

    def _outputs(self) -> tuple[ast.Output, ...]:
        """OUTPUT ... INTO ..., OUTPUT ..., or one after the other."""
        outputs: list[ast.Output] = []
        while self.at("OUTPUT") and len(outputs) < 2:
            position = self.advance().position
            items = self.list_of(self.output_element)
            into = None
            columns: tuple[str, ...] = ()
            if self.accept("INTO"):
                into = self._target()
                columns = self._columns()
            outputs.append(ast.Output(items, into, columns, position=position))
            if into is None:
                break
        return tuple(outputs)

    def _assignments(self) -> tuple[ast.Assignment, ...]:
        self.expect("SET")
        return self.list_of(self._assignment)

    def _assignment(self) -> ast.Assignment:
        position = self.token.position
        variable = None
        if self.token.kind is lexer.VARIABLE:
            variable = self.variable()
            operator = self.expect_any(*ASSIGNMENTS)
            if operator != "=" or not self._at_assigned_column():
                return ast.Assignment(
                    self.expression(), None, variable, operator, position=position
                )
        name = self.object_name()
        if self.at("("):
            raise self.missing(f".{name.name}()")
        column = ast.ColumnReference(name.parts, position=name.position)
        operator = self.expect_any(*ASSIGNMENTS)
        return ast.Assignment(
            self._value_or_default(), column, variable, operator, position=position
        )

    def _at_assigned_column(self) -> bool:
        """Whether `column =` follows, as in SET @v = column = expression."""
        distance = 0
        while self.peek(distance).kind in (lexer.NAME, lexer.QUOTED):
            if self.peek(distance + 1).word != ".":
                return self.peek(distance + 1).word in ASSIGNMENTS
            distance += 2
        return False

    def _value_or_default(self) -> ast.Expression | ast.DefaultValue:
        if self.at("DEFAULT"):
            return ast.DefaultValue(position=self.advance().position)
        return self.expression()

    def _row(self) -> tuple[ast.Expression | ast.DefaultValue, ...]:
        return self.in_parentheses(lambda: self.list_of(self._value_or_default))

    # --- INSERT ---

    def insert(self, ctes: Ctes = ()) -> ast.Insert:
        position = self.token.position
        self.expect("INSERT")
        top = self.top()
        self.accept("INTO")
        target = self._target()
        columns: tuple[str, ...] = ()
        if self.at("(") and not self.parentheses_hold_query():
            columns = self.in_parentheses(lambda: self.list_of(self._inserted_column))
        outputs = self._outputs()
        source = self._insert_source()
        return ast.Insert(
            target,
            source,
            columns,
            outputs,
            top,
            ctes,
            self.query_hints(),
            position=position,
        )

    def _inserted_column(self) -> str:
        """A column's name; what comes before it, even another table, means nothing."""
        return self.object_name().name

    def _insert_source(
        self,
    ) -> ast.InsertValues | ast.InsertDefaultValues | ast.Query | ast.Execute | ast.ExecuteString:
        position = self.token.position
        if self.accept("DEFAULT"):
            self.expect("VALUES")
            return ast.InsertDefaultValues(position=position)
        if self.accept("VALUES"):
            return ast.InsertValues(self.list_of(self._row), position=position)
        if self.at_any("EXEC", "EXECUTE"):
            return self.execute()
        return self.query()

    # --- UPDATE and DELETE ---

    def update(self, ctes: Ctes = ()) -> ast.Update:
        position = self.token.position
        self.expect("UPDATE")
        top = self.top()
        target = self._target()
        assignments = self._assignments()
        outputs = self._outputs()
        sources = self.from_clause()
        where = self.where_clause()
        hints = self.query_hints()
        return ast.Update(
            target, assignments, sources, where, outputs, top, ctes, hints, position=position
        )

    def delete(self, ctes: Ctes = ()) -> ast.Delete:
        position = self.token.position
        self.expect("DELETE")
        top = self.top()
        self.accept("FROM")
        target = self._target()
        outputs = self._outputs()
        sources = self.from_clause()
        where = self.where_clause()
        return ast.Delete(
            target, sources, where, outputs, top, ctes, self.query_hints(), position=position
        )

    # --- MERGE ---

    def merge(self, ctes: Ctes = ()) -> ast.Merge:
        position = self.token.position
        self.expect("MERGE")
        top = self.top()
        self.accept("INTO")
        target = self._target()
        if isinstance(target, ast.TableVariable):
            target = replace(target, alias=self.table_alias())
        else:
            alias = self.table_alias()
            target = replace(target, alias=alias, hints=target.hints or self.table_hints())
        self.expect("USING")
        source = self.table_source()
        self.expect("ON")
        on = self.condition()
        whens = [self._merge_when()]
        while self.at("WHEN"):
            whens.append(self._merge_when())
        outputs = self._outputs()
        merge = ast.Merge(
            target,
            source,
            on,
            tuple(whens),
            outputs,
            top,
            ctes,
            self.query_hints(),
            position=position,
        )
        if not self.at(";"):
            raise self.fail(10713)
        return merge

    def _merge_when(self) -> ast.MergeWhen:
        position = self.token.position
        self.expect("WHEN")
        match = "MATCHED"
        if self.accept("NOT"):
            match = "NOT MATCHED BY TARGET"
        self.expect("MATCHED")
        if match != "MATCHED" and self.accept("BY"):
            match = "NOT MATCHED BY " + self.expect_any("TARGET", "SOURCE")
        condition = self.condition() if self.accept("AND") else None
        self.expect("THEN")
        action = self._merge_insert() if match.endswith("TARGET") else self._merge_change()
        return ast.MergeWhen(match, action, condition, position=position)

    def _merge_change(self) -> ast.MergeUpdate | ast.MergeDelete:
        position = self.token.position
        if self.accept("DELETE"):
            return ast.MergeDelete(position=position)
        self.expect("UPDATE")
        return ast.MergeUpdate(self._assignments(), position=position)

    def _merge_insert(self) -> ast.MergeInsert:
        position = self.token.position
        self.expect("INSERT")
        columns = self._columns()
        if self.accept("DEFAULT"):
            self.expect("VALUES")
            return ast.MergeInsert(columns, position=position)
        self.expect("VALUES")
        return ast.MergeInsert(columns, self._row(), position=position)
