"""Queries: SELECT, its clauses, set operations, and the sources of a FROM clause.

Follows "SELECT (Transact-SQL)" and "FROM clause plus JOIN, APPLY, PIVOT",
https://learn.microsoft.com/sql/t-sql/queries/select-transact-sql
"""

from __future__ import annotations

from dataclasses import replace

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse import missing as parser_missing
from tds_embedded.tsql.parse.expressions import ExpressionsParser
from tds_embedded.tsql.parse.hints import TABLE_HINTS, HintsParser

ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|=", "||=")
JOIN_STARTS = ("JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "OUTER")
JOIN_HINTS = ("LOOP", "HASH", "MERGE", "REMOTE")
# Words that T-SQL does not reserve, yet never reads as an alias.
NEVER_ALIASES = frozenset(["USING", "OUTPUT", "OPENJSON"])


class QueriesParser(ExpressionsParser, HintsParser):
    # --- Query expressions ---

    def query(self) -> ast.Query:
        position = self.token.position
        body = self._unions()
        order: tuple[ast.OrderItem, ...] = ()
        offset = fetch = None
        if self.at("ORDER"):
            order = self.order_by_list()
            offset, fetch = self._offset_fetch()
        return ast.Query(body, order, offset, fetch, self._for(), position=position)

    def _unions(self) -> ast.QueryBody:
        left = self._intersections()
        while operator := self.accept_any("UNION", "EXCEPT"):
            is_all = operator == "UNION" and self.accept("ALL")
            right = self._intersections()
            left = ast.SetOperation(operator, left, right, is_all, position=left.position)
        return left

    def _intersections(self) -> ast.QueryBody:
        left = self._query_operand()
        while self.accept("INTERSECT"):
            right = self._query_operand()
            left = ast.SetOperation("INTERSECT", left, right, position=left.position)
        return left

    def _query_operand(self) -> ast.QueryBody:
        if self.at("("):
            return self.in_parentheses(self._unions)
        return self._specification()

    def _offset_fetch(self) -> tuple[ast.Expression | None, ast.Expression | None]:
        if not self.accept("OFFSET"):
            return None, None
        offset = self.expression()
        self.expect_any("ROW", "ROWS")
        if not self.accept("FETCH"):
            return offset, None
        self.expect_any("FIRST", "NEXT")
        fetch = self.expression()
        self.expect_any("ROW", "ROWS")
        self.expect("ONLY")
        return offset, fetch

    def order_by_list(self) -> tuple[ast.OrderItem, ...]:
        self.expect("ORDER", "BY")
        return self.list_of(self._order_item)

    def _order_item(self) -> ast.OrderItem:
        expression = self.expression()
        descending = self.accept_any("ASC", "DESC") == "DESC"
        return ast.OrderItem(expression, descending, position=expression.position)

    # --- SELECT ---

    def _specification(self) -> ast.QuerySpecification:
        position = self.token.position
        self.expect("SELECT")
        distinct = self.accept_any("ALL", "DISTINCT") == "DISTINCT"
        top = self.top()
        select = self.list_of(self._select_element)
        into = self.object_name() if self.accept("INTO") else None
        sources = self.from_clause()
        where = self.where_clause()
        group: tuple[ast.Expression | ast.GroupingSets, ...] = ()
        if self.accept("GROUP"):
            self.expect("BY")
            group = self._group_by()
        having = self.condition() if self.accept("HAVING") else None
        windows: tuple[ast.NamedWindow, ...] = ()
        if self._at_window_clause():
            self.advance()
            windows = self.list_of(self._named_window)
        return ast.QuerySpecification(
            select, distinct, top, into, sources, where, group, having, windows, position=position
        )

    def where_clause(self) -> ast.Predicate | None:
        if self.at("WHERE", "CURRENT"):
            raise self.missing("WHERE CURRENT OF")
        return self.condition() if self.accept("WHERE") else None

    def top(self) -> ast.Top | None:
        """TOP (n) [PERCENT] [WITH TIES]; SELECT alone may leave the parentheses out."""
        position = self.token.position
        if not self.accept("TOP"):
            return None
        if self.at("("):
            count = self.in_parentheses(self.expression)
        else:
            number = self.expect_kind(lexer.INTEGER, lexer.DECIMAL, lexer.FLOAT)
            if number.kind is lexer.INTEGER:
                count = ast.IntegerLiteral(int(number.value), position=number.position)
            else:
                count = ast.DecimalLiteral(number.value, position=number.position)
        percent = self.accept("PERCENT")
        ties = self.accept("WITH", "TIES")
        return ast.Top(count, percent, ties, position=position)

    def _select_element(self) -> ast.SelectElement:
        token = self.token
        if token.kind is lexer.VARIABLE and self.peek().word in ASSIGNMENTS:
            operator = self.peek().word
            self.advance()
            self.advance()
            return ast.SelectAssignment(
                token.value, self.expression(), operator, position=token.position
            )
        return self.output_element()

    def output_element(self) -> ast.SelectItem | ast.Star:
        """An element of a select list or an OUTPUT clause."""
        token = self.token
        if self._at_star():
            return self._star()
        if self.peek().word == "=" and token.kind in (lexer.NAME, lexer.QUOTED, lexer.STRING):
            self.advance()
            self.advance()
            return ast.SelectItem(self.expression(), token.value, position=token.position)
        return ast.SelectItem(self.expression(), self._column_alias(), position=token.position)

    def _at_star(self) -> bool:
        distance = 0
        while self.peek(distance).kind in (lexer.NAME, lexer.QUOTED):
            if self.peek(distance + 1).word != ".":
                return False
            distance += 2
        return self.peek(distance).word == "*"

    def _star(self) -> ast.Star:
        position = self.token.position
        qualifier = []
        while not self.accept("*"):
            qualifier.append(self.name())
            self.expect(".")
        return ast.Star(tuple(qualifier), position=position)

    def _column_alias(self) -> str | None:
        kinds = (lexer.NAME, lexer.QUOTED, lexer.STRING, lexer.NATIONAL)
        if self.accept("AS"):
            return self.expect_kind(*kinds).value
        if self.token.kind in kinds and not self._at_clause_word():
            return self.advance().value
        return None

    def _at_clause_word(self) -> bool:
        return self.token.word in NEVER_ALIASES or self._at_window_clause()

    def _at_window_clause(self) -> bool:
        return self.year >= 2022 and self.at("WINDOW") and self.peek(2).word == "AS"

    def _named_window(self) -> ast.NamedWindow:
        position = self.token.position
        name = self.name()
        self.expect("AS")
        return ast.NamedWindow(name, self.window(), position=position)

    # --- GROUP BY ---

    def _group_by(self) -> tuple[ast.Expression | ast.GroupingSets, ...]:
        if self.at("ALL"):
            raise self.fail_at(self.token.position, 40517, "GROUP BY ALL")
        items = self.list_of(self._group_item)
        if self.at("WITH") and self.peek().word in ("ROLLUP", "CUBE"):
            position = self.advance().position
            sets = tuple((item,) for item in items if isinstance(item, ast.Expression))
            if len(sets) < len(items):
                raise self.fail()
            return (ast.GroupingSets(self.advance().word, sets, position=position),)
        return items

    def _group_item(self) -> ast.Expression | ast.GroupingSets:
        position = self.token.position
        if self.at_any("ROLLUP", "CUBE") and self.peek().word == "(":
            kind = self.advance().word
            sets = self.in_parentheses(lambda: self.list_of(self._grouping_set))
            return ast.GroupingSets(kind, sets, position=position)
        if self.accept("GROUPING", "SETS"):
            members = self.in_parentheses(lambda: self.list_of(self._grouping_member))
            return ast.GroupingSets("GROUPING SETS", members, position=position)
        if self.at("(", ")"):
            return ast.GroupingSets("GROUPING SETS", (self._grouping_set(),), position=position)
        return self.expression()

    def _grouping_member(self) -> tuple[ast.Expression, ...] | ast.GroupingSets:
        if self.at_any("ROLLUP", "CUBE") and self.peek().word == "(":
            item = self._group_item()
            assert isinstance(item, ast.GroupingSets)
            return item
        return self._grouping_set()

    def _grouping_set(self) -> tuple[ast.Expression, ...]:
        if self.accept("("):
            if self.accept(")"):
                return ()
            expressions = self.list_of(self.expression)
            self.expect(")")
            return expressions
        return (self.expression(),)

    # --- FROM ---

    def from_clause(self) -> tuple[ast.TableSource, ...]:
        return self.list_of(self.table_source) if self.accept("FROM") else ()

    def table_source(self) -> ast.TableSource:
        """A source with all the joins that follow it."""
        left = self._single_source()
        self.refuse(*parser_missing.AFTER_SOURCE)
        while self.token.word in JOIN_STARTS:
            left = self._joined(left)
            self.refuse(*parser_missing.AFTER_SOURCE)
        return left

    def _joined(self, left: ast.TableSource) -> ast.TableSource:
        position = left.position
        if self.accept("CROSS", "APPLY"):
            return ast.Apply(left, self._single_source(), position=position)
        if self.accept("OUTER", "APPLY"):
            return ast.Apply(left, self._single_source(), outer=True, position=position)
        if self.accept("CROSS"):
            self.expect("JOIN")
            return ast.Join("CROSS", left, self._single_source(), position=position)
        kind = self.accept_any("INNER", "LEFT", "RIGHT", "FULL") or "INNER"
        if kind != "INNER":
            self.accept("OUTER")
        hint = self.accept_any(*JOIN_HINTS)
        self.expect("JOIN")
        right = self.table_source()
        self.expect("ON")
        return ast.Join(kind, left, right, self.condition(), hint, position=position)

    def _single_source(self) -> ast.TableSource:
        token = self.token
        if token.kind is lexer.VARIABLE:
            self.advance()
            return ast.TableVariable(token.value, self.table_alias(), position=token.position)
        if self.at("("):
            if self.parentheses_hold_query() or self.peek().word == "VALUES":
                return self._derived_table()
            return self.in_parentheses(self._joined_in_parentheses)
        if self.at("OPENJSON", "("):
            return self._open_json()
        if self.peek().word == "(":
            self.refuse(*parser_missing.SOURCES)
        name = self.object_name()
        if self.at("(") and not self._at_old_hint():
            return self._table_function(name)
        return self.named_table(name)

    def _at_old_hint(self) -> bool:
        """Whether the parenthesis here holds one hint of a table, as before WITH came."""
        return self.peek().word in TABLE_HINTS and self.peek(2).word in (")", "(", "=")

    def _joined_in_parentheses(self) -> ast.TableSource:
        source = self.table_source()
        if not isinstance(source, (ast.Join, ast.Apply)):
            raise self.fail()
        return source

    def named_table(self, name: ast.ObjectName) -> ast.NamedTable:
        alias = self.table_alias()
        return ast.NamedTable(name, alias, self.hints_of_source(alias), position=name.position)

    def table_alias(self) -> str | None:
        if self.accept("AS"):
            return self.name()
        if self.at_name() and not self._at_clause_word():
            return self.name()
        return None

    def _columns(self) -> tuple[str, ...]:
        return self.names_in_parentheses() if self.at("(") else ()

    def _derived_table(self) -> ast.TableSource:
        position = self.token.position
        if self.peek().word == "VALUES":
            self.expect("(", "VALUES")
            rows = self.list_of(lambda: self.in_parentheses(lambda: self.list_of(self.expression)))
            self.expect(")")
            self.accept("AS")
            alias = self.name()
            if not self.at("("):
                raise self.fail(8155, 1, alias)
            return ast.ValuesTable(rows, alias, self.names_in_parentheses(), position=position)
        query = self.in_parentheses(self.query)
        self.accept("AS")
        return ast.DerivedTable(query, self.name(), self._columns(), position=position)

    def _table_function(self, name: ast.ObjectName) -> ast.TableFunction:
        if len(name.parts) == 1:
            name = replace(name, parts=(name.name.upper(),))
        self.expect("(")
        arguments = () if self.at(")") else self.list_of(self.argument)
        self.expect(")")
        alias = self.table_alias()
        columns = self._columns() if alias else ()
        return ast.TableFunction(name, arguments, alias, columns, position=name.position)

    def _open_json(self) -> ast.OpenJson:
        position = self.token.position
        self.expect("OPENJSON", "(")
        document = self.expression()
        path = self.expression() if self.accept(",") else None
        self.expect(")")
        schema: tuple[ast.JsonColumn, ...] = ()
        if self.accept("WITH"):
            schema = self.in_parentheses(lambda: self.list_of(self._json_column))
        alias = self.table_alias()
        columns = self._columns() if alias else ()
        return ast.OpenJson(document, path, schema, alias, columns, position=position)

    def _json_column(self) -> ast.JsonColumn:
        position = self.token.position
        name = self.name()
        type_ = self.data_type()
        path = None
        if self.token.kind in (lexer.STRING, lexer.NATIONAL):
            path = self.string()
        as_json = self.accept("AS", "JSON")
        return ast.JsonColumn(name, type_, path, as_json, position=position)

    # --- FOR ---

    def _for(self) -> ast.ForJson | ast.ForXml | None:
        position = self.token.position
        if self.accept("FOR", "JSON"):
            return self._for_json(position)
        if self.accept("FOR", "XML"):
            return self._for_xml(position)
        if self.at("FOR", "BROWSE"):
            raise self.missing("FOR BROWSE")
        return None

    def _for_json(self, position: int) -> ast.ForJson:
        mode = self.expect_any("PATH", "AUTO")
        root, include, without = None, False, False
        while self.accept(","):
            option = self.token.word
            if option == "ROOT":
                self.advance()
                root = self.in_parentheses(self.string) if self.at("(") else "root"
            elif option == "INCLUDE_NULL_VALUES":
                self.advance()
                include = True
            elif root is not None:
                # a root and no wrapper contradict each other
                raise self.fail(13620) if option == "WITHOUT_ARRAY_WRAPPER" else self.fail()
            else:
                self.expect("WITHOUT_ARRAY_WRAPPER")
                without = True
        return ast.ForJson(mode, root, include, without, position=position)

    def _for_xml(self, position: int) -> ast.ForXml:
        mode = self.expect_any("PATH", "AUTO", "RAW")
        element = None
        if mode != "AUTO" and self.at("("):
            element = self.in_parentheses(self.string)
        directives = []
        while self.accept(","):
            directive = self.expect_any("TYPE", "ROOT", "ELEMENTS", "BINARY")
            if directive == "ROOT" and self.at("("):
                directive += " " + self.in_parentheses(self.string)
            elif directive == "ELEMENTS" and (nulls := self.accept_any("XSINIL", "ABSENT")):
                directive += " " + nulls
            elif directive == "BINARY":
                self.expect("BASE64")
                directive += " BASE64"
            directives.append(directive)
        return ast.ForXml(mode, element, tuple(directives), position=position)
