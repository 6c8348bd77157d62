"""Arithmetic and mathematical functions."""

from __future__ import annotations

from tests.facts.expressions import refused, value
from tests.facts.model import Fact, batch, rpc

NOTES = "mirek/bitsql .claude/skills/t-sql/SKILL.md"
MATH = "mirek/bitsql harness/corpus/functions/math.cases.json"
INTEGERS = "mirek/msduck reference/checked-integer.json"
DIVISION = "mirek/msduck reference/decimal-division.json"
EXTREMES = "mirek/msduck reference/greatest-least.json"
TYPES = "SqlServerSimulator BuiltInArgumentTypeTests, probed on SQL Server 2025"
REFUSALS = "SqlServerSimulator RefusalFidelityTests, probed on SQL Server 2025"


def quotient(sentence: str, type: str, left: str, right: str, expected: str) -> Fact:
    """Return the fact that decimals of a type have this quotient, digit by digit."""
    operands = (f"CAST('{each}' AS {type})" for each in (left, right))
    return value(sentence, DIVISION, f"CONVERT(varchar(99), {' / '.join(operands)})", expected)


FACTS = [
    # Integers
    value("Integers add up", INTEGERS,
          "CAST('9' AS int) + CAST('-4' AS int), CAST('-2147483648' AS int) + CAST('1' AS int)",
          5, -2147483647),
    value("A sum with NULL is NULL", INTEGERS, "CAST(NULL AS int) + CAST('3' AS int)", None),
    refused("A sum beyond int overflows", INTEGERS,
            "CAST('2147483647' AS int) + CAST('2' AS int)", 8115),
    refused("A sum below int overflows", INTEGERS,
            "CAST('-2147483648' AS int) + CAST('-3' AS int)", 8115),
    refused("A sum of literals overflows, too", NOTES, "2147483647 + 2", 8115),
    refused("The lowest int has no opposite", NOTES, "-2147483648 / -1", 8115),
    refused("Nor a remainder by -1", NOTES, "-2147483648 % -1", 8115),
    refused("Division by zero is error 8134", NOTES, "9 / 0", 8134),
    refused("So is the remainder", NOTES, "9 % 0", 8134),
    value("NULL by zero is NULL", NOTES, "CAST(NULL AS int) / 0", None),
    value("Integers divide toward zero, a remainder has the dividend's sign", NOTES,
          "9 / 2, -9 / 2, 9 % 4, -9 % 4, 9 % -4", 4, -4, 1, -1, 1),
    Fact("SUM of int overflows", NOTES,
         [batch("SELECT SUM(n) FROM (VALUES (2147483647), (2)) v (n)", errors=[8115])]),
    Fact("SUM of bigint does not", NOTES,
         [batch("SELECT SUM(CAST(n AS bigint)) FROM (VALUES (2147483647), (2)) v (n)",
                rows=[[2147483649]])]),
    Fact("A parameter overflows as a column does", INTEGERS,
         [rpc("SELECT @n + 1", {"@n": ("int", 2147483647)}, errors=[8115])]),
    refused("Minus of a text literal is error 403", REFUSALS, "-'7'", 403),
    Fact("Minus of a text variable is error 8117", REFUSALS,
         [batch("DECLARE @v varchar(5) = '7'; SELECT -@v", errors=[8117])]),
    # Decimals
    quotient("A quotient of decimals is cut, not rounded", "decimal(5, 2)", "2", "3", "0.66666666"),
    quotient("A negative quotient is cut toward zero", "decimal(5, 2)", "-2", "3", "-0.66666666"),
    quotient("One of many digits keeps six places", "decimal(38, 6)", "2", "3", "0.666666"),
    quotient("One of whole numbers keeps six places", "decimal(38, 0)", "1", "7", "0.142857"),
    quotient("One of pure fractions keeps six places", "decimal(38, 38)", "0.1", "0.7", "0.142857"),
    quotient("One of twenty places keeps six", "decimal(38, 20)", "1", "7", "0.142857"),
    value("DATALENGTH of a decimal is that of its digits, not of its type", NOTES,
          "DATALENGTH(CAST(12345678901234567890 AS decimal(38, 0))),"
          " DATALENGTH(CAST(3 AS decimal(38, 0)))", 9, 5),
    # ROUND
    value("ROUND keeps an int an int", MATH,
          "ROUND(CAST(-8 AS int), 1), ROUND(CAST(-8 AS int), -1), ROUND(CAST(1250 AS int), -2),"
          " ROUND(CAST(-1250 AS int), -2), ROUND(CAST(1299 AS int), -2, 1)",
          -8, -10, 1300, -1300, 1200),
    value("ROUND rounds a decimal away from zero, or cuts it", MATH,
          "ROUND(123.4545, 2), ROUND(123.45, -2), ROUND(250.75, 0), ROUND(-250.75, 0, 1)",
          123.45, 100, 251, -250),
    refused("ROUND keeps the digits of a decimal, so it overflows when it carries", MATH,
            "ROUND(999.8, 0)", 8115),
    refused("So it does for a declared decimal", MATH,
            "ROUND(CAST(9.6 AS decimal(2, 1)), 0)", 8115),
    refused("So it does in front of the point", MATH, "ROUND(851.42, -3)", 8115),
    value("ROUND to more digits than there are is 0", MATH,
          "ROUND(851.42, -4), ROUND(851.42, -1), ROUND(851.42, 5)", 0, 850, 851.42),
    refused("ROUND of an int overflows", MATH, "ROUND(CAST(2147483647 AS int), -1)", 8115),
    value("ROUND of a float rounds in binary", MATH,
          "ROUND(CAST(3.5 AS float), 0), ROUND(CAST(-3.5 AS float), 0),"
          " ROUND(CAST(1.005 AS float), 2), ROUND(CAST(234.567 AS float), -1)", 4, -4, 1, 230),
    refused("ROUND takes no bit as its digits", TYPES, "ROUND(12.345, CAST(1 AS bit))", 8116),
    value("ROUND takes a decimal as its digits", TYPES, "ROUND(12.345, 2.7)", 12.35),
    # POWER and its like
    value("POWER has the type of its first argument", MATH,
          "POWER(2, 10), POWER(2, -1), POWER(2.0, -1), POWER(2.0, 0.5), POWER(4e0, 0.5)",
          1024, 0, 0.5, 1.4, 2),
    value("POWER and SQUARE of an int", MATH,
          "POWER(CAST(-8 AS int), 2), SQUARE(CAST(-8 AS int))", 64, 64),
    value("POWER of a decimal keeps its scale, SQUARE is a float", MATH,
          "POWER(-7.45, 2), SQUARE(-7.45)", 55.5, 55.502500000000005),
    refused("POWER beyond int is error 232", NOTES, "POWER(2, 31)", 232),
    value("DEGREES and RADIANS of an int are ints", MATH,
          "DEGREES(CAST(-7 AS int)), RADIANS(CAST(-7 AS int))", -401, 0),
    value("DEGREES and RADIANS of a decimal have eighteen places", MATH,
          "DEGREES(-7.45), RADIANS(-7.45)", -426.85355737246334, -0.13002702927357757),
    refused("LOG(0) is error 3623", NOTES, "LOG(0)", 3623),
    refused("SQRT of a negative number is error 3623", NOTES, "SQRT(-4)", 3623),
    refused("ABS of the lowest int overflows", NOTES, "ABS(-2147483648)", 8115),
    value("ABS, SIGN, CEILING and FLOOR of an int", MATH,
          "ABS(CAST(-8 AS int)), SIGN(CAST(-8 AS int)), CEILING(CAST(-8 AS int)),"
          " FLOOR(CAST(-8 AS int))", 8, -1, -8, -8),
    value("ABS, SIGN, CEILING and FLOOR of a decimal", MATH,
          "ABS(-7.45), SIGN(-7.45), CEILING(-7.45), FLOOR(-7.45)", 7.45, -1, -7, -8),
    value("They are NULL of NULL", MATH, "ABS(NULL), SIGN(NULL), CEILING(NULL), FLOOR(NULL)",
          None, None, None, None),
    refused("A word is no number", MATH, "ABS('cat')", 8114),
    refused("A date is no number", TYPES, "ABS(CAST('2024-02-03' AS date))", 206),
    refused("Bytes are no number in a function of floats", TYPES, "CEILING(0x05)", 206),
    refused("No sql_variant is taken for a number", TYPES, "ABS(CAST(1 AS sql_variant))", 257),
    value("A text is taken for a number", TYPES, "SQRT('0.25')", 0.5),
    value("RAND of a seed is always the same", NOTES, "RAND(1)", 0.713591993212924),
    # GREATEST and LEAST
    value("GREATEST and LEAST leave NULL out", EXTREMES,
          "GREATEST(4, NULL, 6), LEAST(4, NULL, 6), GREATEST(CAST(NULL AS int), 5)", 6, 4, 5,
          since="2022"),
    value("They are NULL if all are", EXTREMES,
          "GREATEST(NULL, NULL), LEAST(NULL), GREATEST(CAST(NULL AS int), CAST(NULL AS int))",
          None, None, None, since="2022"),
    refused("GREATEST of a (max) text takes no more than 8,000 bytes", NOTES,
            "GREATEST(REPLICATE(CAST('q' AS varchar(max)), 9000), 'r')", 8152, since="2022"),
    value("A tinyint and a smallint are a smallint there", EXTREMES,
          "GREATEST(CAST(4 AS tinyint), CAST(5 AS smallint)), LEAST(CAST(4 AS tinyint),"
          " CAST(5 AS smallint))", 5, 4, since="2022"),
    refused("255 arguments are too many", EXTREMES,
            f"GREATEST({', '.join(map(str, range(255)))})", 189, since="2022"),
    # ISNUMERIC
    value("ISNUMERIC takes exponents, currency and signs", NOTES,
          "ISNUMERIC('2e5'), ISNUMERIC('$2'), ISNUMERIC('-'), ISNUMERIC('2,000')", 1, 1, 1, 1),
    value("ISNUMERIC refuses words and nothing", NOTES, "ISNUMERIC('cat'), ISNUMERIC('')", 0, 0),
]  # fmt: skip
