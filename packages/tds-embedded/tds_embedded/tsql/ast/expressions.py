"""Expressions, which have values, and predicates, which have truth values."""

from __future__ import annotations

from dataclasses import dataclass

from tds_embedded.tsql.ast.nodes import (
    DataType,
    DefaultValue,
    Expression,
    Node,
    ObjectName,
    Predicate,
    Star,
)
from tds_embedded.tsql.ast.queries import OrderItem, Query, Window


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    pass


@dataclass(frozen=True, slots=True)
class NullLiteral(Literal):
    pass


@dataclass(frozen=True, slots=True)
class StringLiteral(Literal):
    value: str
    national: bool = False  # N'...': nvarchar rather than varchar


@dataclass(frozen=True, slots=True)
class BinaryLiteral(Literal):
    value: bytes


@dataclass(frozen=True, slots=True)
class IntegerLiteral(Literal):
    """An int; a number outside the range of int is read as numeric(digits, 0)."""

    value: int


@dataclass(frozen=True, slots=True)
class DecimalLiteral(Literal):
    text: str  # as written: its digits decide precision and scale


@dataclass(frozen=True, slots=True)
class FloatLiteral(Literal):
    text: str

    @property
    def number(self) -> float:
        """The number; an exponent without digits is 0."""
        return float(self.text if self.text[-1].isdigit() else self.text + "0")


@dataclass(frozen=True, slots=True)
class MoneyLiteral(Literal):
    text: str  # without the currency sign


@dataclass(frozen=True, slots=True)
class Variable(Expression):
    name: str  # with its @


@dataclass(frozen=True, slots=True)
class GlobalVariable(Expression):
    name: str  # upper case, with its @@


@dataclass(frozen=True, slots=True)
class ColumnReference(Expression):
    """A column; `parts` are [[[database,] schema,] table,] column."""

    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        """The column's name without its table."""
        return self.parts[-1]


@dataclass(frozen=True, slots=True)
class PseudoColumn(Expression):
    """$IDENTITY, $ROWGUID, or $ACTION in the OUTPUT clause of MERGE."""

    name: str
    qualifier: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unary(Expression):
    operator: str  # - + ~
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary(Expression):
    operator: str  # + - * / % & | ^ and, by product, || << >>
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class DatePart(Node):
    """The first argument of DATEADD and its like, in full and lower case: `yy` is "year"."""

    name: str


@dataclass(frozen=True, slots=True)
class JsonKeyValue(Node):
    """`key: value` in JSON_OBJECT and JSON_OBJECTAGG."""

    key: Expression
    value: Expression


@dataclass(frozen=True, slots=True)
class FunctionCall(Expression):
    """name(arguments) with its clauses; a `name` of one part is in upper case."""

    name: ObjectName
    arguments: tuple[Expression | DatePart | Star | JsonKeyValue | DefaultValue, ...] = ()
    distinct: bool = False
    within_group: tuple[OrderItem, ...] = ()
    over: Window | None = None
    nulls: str | None = None  # IGNORE or RESPECT (NULLS)
    json_nulls: str | None = None  # NULL or ABSENT (ON NULL)
    json_type: bool = False  # RETURNING JSON
    returning: DataType | None = None  # JSON_VALUE (... RETURNING type)


@dataclass(frozen=True, slots=True)
class NiladicFunction(Expression):
    """CURRENT_TIMESTAMP, CURRENT_USER, SESSION_USER, SYSTEM_USER, USER, CURRENT_DATE."""

    name: str


@dataclass(frozen=True, slots=True)
class Trim(Expression):
    """TRIM([LEADING | TRAILING | BOTH] [characters FROM] operand)."""

    operand: Expression
    characters: Expression | None = None
    side: str | None = None


@dataclass(frozen=True, slots=True)
class SimpleCase(Expression):
    operand: Expression
    whens: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression | None = None


@dataclass(frozen=True, slots=True)
class SearchedCase(Expression):
    whens: tuple[tuple[Predicate, Expression], ...]
    otherwise: Expression | None = None


@dataclass(frozen=True, slots=True)
class Iif(Expression):
    condition: Predicate
    true: Expression
    false: Expression


@dataclass(frozen=True, slots=True)
class Cast(Expression):
    """CAST or TRY_CAST."""

    expression: Expression
    type: DataType
    tolerant: bool = False  # TRY_


@dataclass(frozen=True, slots=True)
class Convert(Expression):
    """CONVERT or TRY_CONVERT."""

    type: DataType
    expression: Expression
    style: Expression | None = None
    tolerant: bool = False


@dataclass(frozen=True, slots=True)
class Parse(Expression):
    """PARSE or TRY_PARSE."""

    expression: Expression
    type: DataType
    culture: Expression | None = None
    tolerant: bool = False


@dataclass(frozen=True, slots=True)
class Collate(Expression):
    expression: Expression
    collation: str


@dataclass(frozen=True, slots=True)
class AtTimeZone(Expression):
    expression: Expression
    zone: Expression


@dataclass(frozen=True, slots=True)
class ScalarSubquery(Expression):
    query: Query


@dataclass(frozen=True, slots=True)
class NextValueFor(Expression):
    sequence: ObjectName
    over: Window | None = None


@dataclass(frozen=True, slots=True)
class And(Predicate):
    operands: tuple[Predicate, ...]  # two or more


@dataclass(frozen=True, slots=True)
class Or(Predicate):
    operands: tuple[Predicate, ...]  # two or more


@dataclass(frozen=True, slots=True)
class Not(Predicate):
    operand: Predicate


@dataclass(frozen=True, slots=True)
class Comparison(Predicate):
    operator: str  # = <> < <= > >= (!= !< !> are written as these)
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class QuantifiedComparison(Predicate):
    operator: str
    left: Expression
    quantifier: str  # ALL, or ANY (also for SOME)
    query: Query


@dataclass(frozen=True, slots=True)
class IsDistinctFrom(Predicate):
    left: Expression
    right: Expression
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsNull(Predicate):
    expression: Expression
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Between(Predicate):
    expression: Expression
    low: Expression
    high: Expression
    negated: bool = False


@dataclass(frozen=True, slots=True)
class In(Predicate):
    expression: Expression
    values: tuple[Expression, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InSubquery(Predicate):
    expression: Expression
    query: Query
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Like(Predicate):
    expression: Expression
    pattern: Expression
    escape: Expression | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Exists(Predicate):
    query: Query


@dataclass(frozen=True, slots=True)
class PredicateFunction(Predicate):
    """REGEXP_LIKE(...) (2025), or UPDATE(column) in a trigger."""

    name: str
    arguments: tuple[Expression, ...]
