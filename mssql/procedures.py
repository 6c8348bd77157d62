"""Calls of stored procedures: EXEC with parameters by position and name, and output parameters.

The drivers do not return output parameters, so each is a variable that a SELECT reads after the
procedure.
https://learn.microsoft.com/sql/t-sql/language-elements/execute-transact-sql
"""

from __future__ import annotations

import re
from typing import Any, Mapping, Sequence

from mssql.tsql.identifiers import procedure_name

_TYPE = re.compile(r"[A-Za-z_][\w.]*( [A-Za-z]+)?( ?\( ?(\d+( ?, ?\d+)?|max) ?\))?", re.IGNORECASE)
_NAME = re.compile(r"@?[^\W\d]\w*")


class Output:
    """An output parameter of `cursor.callproc()`, such as `Output("nvarchar(50)")`.

    `sql_type` is the T-SQL type of the procedure's parameter, `value` its value before the call.
    Raises ValueError for an invalid type.
    """

    def __init__(self, sql_type: str, value: Any = None) -> None:
        if not _TYPE.fullmatch(sql_type):
            raise ValueError(f"{sql_type!r} is not a T-SQL type: write it as in CREATE PROCEDURE.")
        self.sql_type = sql_type
        self.value = value

    def __repr__(self) -> str:
        return f"Output({self.sql_type!r})"


def call(
    procedure: str, params: Sequence[Any], named: Mapping[str, Any]
) -> tuple[str, list[Any], list[int]]:
    """Return the statement with `?`, its values, and the positions of the output parameters.

    Raises ValueError for an invalid name, TypeError for an output parameter passed by name.
    """
    outputs = [position for position, value in enumerate(params) if isinstance(value, Output)]
    variables = {position: f"@output{position}" for position in outputs}
    before = [f"DECLARE {variables[n]} {params[n].sql_type} = ?" for n in outputs]
    arguments = [
        f"{variables[position]} OUTPUT" if position in variables else "?"
        for position, _ in enumerate(params)
    ]
    arguments += [f"{_named(name, value)} = ?" for name, value in named.items()]
    values = [params[n].value for n in outputs]
    values += [value for value in params if not isinstance(value, Output)]
    execute = f"EXEC {procedure_name(procedure)} {', '.join(arguments)}".rstrip()
    after = [f"SELECT {', '.join(variables[n] for n in outputs)}"] if outputs else []
    return "; ".join([*before, execute, *after]), [*values, *named.values()], outputs


def _named(name: str, value: Any) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a parameter: write @name or name.")
    if isinstance(value, Output):
        raise TypeError(f"Pass the output parameter {name!r} by its position, not by name.")
    return name if name.startswith("@") else f"@{name}"
