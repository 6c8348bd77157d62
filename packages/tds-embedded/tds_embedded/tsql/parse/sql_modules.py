"""SQL modules: views, procedures, functions and triggers.

Follows "CREATE VIEW", "CREATE PROCEDURE", "CREATE FUNCTION" and "CREATE TRIGGER",
https://learn.microsoft.com/sql/t-sql/statements/create-procedure-transact-sql
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse import unsupported
from tds_embedded.tsql.parse.literals import literal_or_name
from tds_embedded.tsql.parse.names import object_name
from tds_embedded.tsql.parse.queries import optional_common_tables, query
from tds_embedded.tsql.parse.statements import skip_semicolons, statements_until
from tds_embedded.tsql.parse.tables import skip_not_for_replication, table_elements
from tds_embedded.tsql.parse.tokens import INCORRECT_SYNTAX_NEAR_KEYWORD, SET_OPERATORS, Tokens
from tds_embedded.tsql.parse.types import data_type
from tds_embedded.tsql.walk import descendants

DATABASE_NAME_NOT_ALLOWED = 166
ROUTINE_OPTIONS = ("RECOMPILE", "ENCRYPTION", "SCHEMABINDING", "NATIVE_COMPILATION")
VIEW_ATTRIBUTES = ("ENCRYPTION", "SCHEMABINDING", "VIEW_METADATA")


def create_view(tokens: Tokens, position: int, mode: str) -> ast.CreateView:
    """Read the definition of a view after VIEW."""
    name = object_name(tokens)
    columns = tokens.optional_names()
    attributes = tokens.words(*VIEW_ATTRIBUTES) if tokens.accept("WITH") else ()
    tokens.expect("AS")
    ctes = optional_common_tables(tokens)
    rows = query(tokens)
    specifications = (q for q in descendants(rows) if isinstance(q, ast.QuerySpecification))
    if any(each.into for each in specifications):
        raise tokens.error_at(position, INCORRECT_SYNTAX_NEAR_KEYWORD, "INTO")
    check = tokens.accept("WITH", "CHECK", "OPTION")
    text = tokens.text_from(position)
    skip_semicolons(tokens)
    if tokens.current.kind is not lexer.END:  # a view is all of its batch
        raise tokens.error()
    return ast.CreateView(
        name, rows, text, mode, columns, ctes, attributes, check, position=position
    )


def create_procedure(tokens: Tokens, position: int, mode: str) -> ast.CreateProcedure:
    """Read the definition of a procedure after PROCEDURE."""
    name = object_name(tokens)
    if name.database:
        raise tokens.error_at(name.position, DATABASE_NAME_NOT_ALLOWED, "CREATE/ALTER PROCEDURE")
    parameters: tuple[ast.RoutineParameter, ...] = ()
    if tokens.at("("):
        parameters = tokens.list_in_parentheses(_parameter)
    elif tokens.current.kind is lexer.VARIABLE:
        parameters = tokens.list_of(_parameter)
    options = _routine_options(tokens)
    tokens.expect("AS")
    tokens.in_module = True
    body = statements_until(tokens)
    text = tokens.text_from(position)
    return ast.CreateProcedure(name, parameters, body, text, mode, options, position=position)


def parameters(tokens: Tokens) -> list[ast.RoutineParameter]:
    """Read the whole text as declarations of parameters."""
    if tokens.current.kind is lexer.END:
        return []
    declarations = list(tokens.list_of(_parameter))
    if tokens.current.kind is not lexer.END:
        raise tokens.error()
    return declarations


def _parameter(tokens: Tokens) -> ast.RoutineParameter:
    position = tokens.position
    name = tokens.variable()
    tokens.accept("AS")
    parameter_type = data_type(tokens)
    if tokens.accept("NOT"):
        tokens.expect("NULL")
    else:
        tokens.accept("NULL")
    default = literal_or_name(tokens) if tokens.accept("=") else None
    output = tokens.accept_any("OUTPUT", "OUT") is not None
    readonly = tokens.accept("READONLY")
    return ast.RoutineParameter(name, parameter_type, default, output, readonly, position=position)


def _routine_options(tokens: Tokens) -> tuple[str, ...]:
    return tokens.list_of(_routine_option) if tokens.accept("WITH") else ()


def _routine_option(tokens: Tokens) -> str:
    if tokens.accept_any("EXECUTE", "EXEC"):
        tokens.expect("AS")
        return "EXECUTE AS " + tokens.expect_any("CALLER", "SELF", "OWNER")
    if tokens.accept("RETURNS"):
        tokens.expect("NULL", "ON", "NULL", "INPUT")
        return "RETURNS NULL ON NULL INPUT"
    if tokens.accept("CALLED"):
        tokens.expect("ON", "NULL", "INPUT")
        return "CALLED ON NULL INPUT"
    return tokens.expect_any(*ROUTINE_OPTIONS)


def create_function(tokens: Tokens, position: int, mode: str) -> ast.CreateFunction:
    """Read the definition of a function after FUNCTION."""
    name = object_name(tokens)
    tokens.expect("(")
    parameters = () if tokens.at(")") else tokens.list_of(_parameter)
    tokens.expect(")", "RETURNS")
    if tokens.accept("TABLE"):
        return _inline_function(tokens, position, name, parameters, mode)
    table_variable, returns = None, None
    elements: tuple[ast.TableElement, ...] = ()
    if tokens.current.kind is lexer.VARIABLE:
        table_variable = tokens.variable()
        tokens.expect("TABLE")
        elements = table_elements(tokens)
    else:
        returns = data_type(tokens)
    options = _routine_options(tokens)
    tokens.accept("AS")
    tokens.expect("BEGIN")
    body = statements_until(tokens, "END")
    tokens.expect("END")
    return ast.CreateFunction(
        name,
        parameters,
        tokens.text_from(position),
        mode,
        returns,
        table_variable=table_variable,
        elements=elements,
        body=body,
        options=options,
        position=position,
    )


def _inline_function(
    tokens: Tokens,
    position: int,
    name: ast.ObjectName,
    parameters: tuple[ast.RoutineParameter, ...],
    mode: str,
) -> ast.CreateFunction:
    options = _routine_options(tokens)
    tokens.accept("AS")
    tokens.expect("RETURN")
    in_parentheses = tokens.at("(") and tokens.after_parentheses().word not in SET_OPERATORS
    if in_parentheses:
        tokens.expect("(")
    ctes = optional_common_tables(tokens)
    rows = query(tokens)
    if in_parentheses:
        tokens.expect(")")
    return ast.CreateFunction(
        name,
        parameters,
        tokens.text_from(position),
        mode,
        query=rows,
        ctes=ctes,
        options=options,
        position=position,
    )


def create_trigger(tokens: Tokens, position: int, mode: str) -> ast.CreateTrigger:
    """Read the definition of a trigger after TRIGGER."""
    name = object_name(tokens)
    tokens.expect("ON")
    tokens.refuse(*unsupported.TRIGGERS_ON)
    table = object_name(tokens)
    _routine_options(tokens)
    if tokens.accept("INSTEAD"):
        tokens.expect("OF")
        timing = "INSTEAD OF"
    else:
        tokens.expect_any("FOR", "AFTER")
        timing = "AFTER"
    events = tokens.words("INSERT", "UPDATE", "DELETE")
    skip_not_for_replication(tokens)
    tokens.expect("AS")
    tokens.in_module = True
    body = statements_until(tokens)
    if not body:
        raise tokens.error()
    text = tokens.text_from(position)
    return ast.CreateTrigger(name, table, events, body, text, timing, mode, position=position)
