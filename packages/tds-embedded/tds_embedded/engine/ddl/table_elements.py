"""Errors in a table's definition that are found before its batch runs."""

from __future__ import annotations

from collections.abc import Sequence

from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql import ast
from tds_embedded.tsql.walk import columns_read, descendants


def constraints(element: ast.TableElement) -> list[ast.Constraint]:
    """Return the constraints in an element of a table."""
    elements = element.constraints if isinstance(element, ast.ColumnDefinition) else (element,)
    return [each for each in elements if not isinstance(each, ast.InlineIndex)]


def check(
    nodes: Sequence[ast.TableElement], written_name: str, table: str, existing: Sequence[str]
) -> None:
    """Raise error 1046, 8140, 8148, 8183, or 8141 with 1750.

    Parameters:
        written: the table's name as the statement has it.
        known: the columns that the table has already.
    """
    columns = [each for each in nodes if isinstance(each, ast.ColumnDefinition)]
    names = {name.lower() for name in (*existing, *(each.name for each in columns))}
    for each in (each for node in nodes for each in constraints(node)):
        if isinstance(each, ast.CheckConstraint) and _has_subquery(each.condition):
            raise _compiling(error(1046))
    for column in columns:
        _check_column(column, written_name)
    read = [(column.name, _columns_checked(column)) for column in columns]
    if any(column_names - names for _, column_names in read):
        return  # a name that no column has is another error, 207
    for name, column_names in read:
        if column_names - {name.lower()}:
            raise _compiling(error(1750, state=0).after(error(8141, name, table)))


def _has_subquery(node: ast.Predicate) -> bool:
    return any(isinstance(each, ast.Query) for each in descendants(node))


def _columns_checked(node: ast.ColumnDefinition) -> set[str]:
    checks = (each for each in node.constraints if isinstance(each, ast.CheckConstraint))
    return {each.name.lower() for check in checks for each in columns_read(check.condition)}


def _check_column(node: ast.ColumnDefinition, written_name: str) -> None:
    checks = [each for each in node.constraints if isinstance(each, ast.CheckConstraint)]
    keys = [each for each in node.constraints if isinstance(each, ast.ForeignKey)]
    if len(checks) > 1:
        raise _compiling(error(8148, node.name, written_name))
    if any(len(each.columns) > 1 for each in keys):
        raise _compiling(error(8140, written_name))
    virtual = node.formula is not None and not node.persisted
    if virtual and (checks or keys or node.nullable is not None):
        raise _compiling(error(8183))


def _compiling(problem: SqlServerError) -> SqlServerError:
    problem.compiling = True
    return problem
