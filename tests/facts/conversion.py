"""Conversions between texts, numbers, binaries and uniqueidentifiers."""

from __future__ import annotations

from tests.facts.expressions import refused, value
from tests.facts.model import Fact, batch

NOTES = "mirek/bitsql .claude/skills/t-sql/SKILL.md"
BINARY = "mirek/msduck reference/gaps-conversion.json"
WHITE = "SqlServerSimulator RefusalFidelityTests, probed on SQL Server 2025"
STYLES = "mirek/bitsql harness/corpus/conversion/numeric-styles.cases.json"
FLOATS = "mirek/msduck reference/float-character.json"
GUIDS = "mirek/msduck reference/guid-conversion-order.json"
CAST_STYLES = (
    "https://learn.microsoft.com/sql/t-sql/functions/cast-and-convert-transact-sql"
    "#truncating-and-rounding-results"
)

FACTS = [
    # Numbers to texts
    value("CAST cuts a text that is too long", NOTES,
          "CAST('dragon' AS varchar(3)), CAST(12 AS char(4))", "dra", "12  "),
    value("A length of 30 is understood in CAST and CONVERT", NOTES,
          "LEN(CAST(REPLICATE('q', 50) AS varchar)), LEN(CONVERT(varchar, REPLICATE('q', 50)))",
          30, 30),
    value("An int that does not fit a varchar is an asterisk", CAST_STYLES,
          "CAST(654321 AS varchar(3)), CONVERT(char(2), 654)", "*", "* "),
    refused("An int that does not fit an nvarchar overflows", NOTES,
            "CAST(654321 AS nvarchar(3))", 8115),
    value("TRY_CAST makes NULL of it", NOTES, "TRY_CAST(654321 AS nvarchar(3))", None),
    refused("A decimal that does not fit a varchar overflows", CAST_STYLES,
            "CAST(123.456 AS varchar(3))", 8115),
    value("A float has six digits as a text", NOTES,
          "CAST(2.5e0 AS varchar(30)), CAST(1e6 AS varchar(30)), CAST(7654321.0e0 AS varchar(30)),"
          " CAST(0.1e0 AS varchar(30))", "2.5", "1e+006", "7.65432e+006", "0.1"),
    value("A float below 0.0001 has an exponent", FLOATS,
          "CAST(0.0002e0 AS varchar(30)), CAST(0.00002e0 AS varchar(30)),"
          " CONVERT(nvarchar(30), CAST(0.0000345678912 AS real))",
          "0.0002", "2e-005", "3.45679e-005"),
    value("It is rounded from seventeen digits", NOTES, "CAST(1.234575e0 AS varchar(30))",
          "1.23458"),
    # Texts to numbers
    value("A fraction is cut on the way to int", NOTES,
          "CAST(7.999 AS int), CAST(-7.999 AS int), CAST(7.5e0 AS int)", 7, -7, 7),
    value("An empty text is 0, blanks around a number are ignored", NOTES,
          "CAST('' AS int), CAST('  ' AS int), CAST('  34 ' AS int), CAST('+ 8' AS int)",
          0, 0, 34, 8),
    value("A sign alone is 0", NOTES, "CAST('+' AS int), CAST('-' AS int)", 0, 0),
    value("A float of blanks is 0", WHITE, "CAST('  ' AS float)", 0),
    value("Only blanks are ignored before an integer or decimal", WHITE,
          "TRY_CAST(CHAR(9) + '1' AS int), TRY_CAST('1' + CHAR(10) AS int),"
          " TRY_CAST(CHAR(9) + '1.5' AS decimal(5, 1)), TRY_CAST('1' + CHAR(9) AS bit)",
          None, None, None, None),
    value("Any white space may come before a float", WHITE,
          "CAST(CHAR(9) + CHAR(10) + '2.5' AS float), CAST(CHAR(160) + '2.5' AS float)", 2.5, 2.5),
    value("None but blanks may come after it", WHITE, "TRY_CAST('2.5' + CHAR(9) AS float)", None),
    value("White space may come after money", WHITE,
          "CAST('2.5' + CHAR(9) + CHAR(160) AS money), TRY_CAST(CHAR(9) + '2.5' AS money)",
          2.5, None),
    refused("A tab before an integer is error 245", WHITE, "CAST(CHAR(9) + '1' AS int)", 245),
    refused("A text with a fraction is no int", NOTES, "CAST('2.5' AS int)", 245),
    refused("A text with an exponent is no decimal", NOTES, "CAST('2e3' AS decimal(9, 2))", 8114),
    refused("A word is no decimal", NOTES, "CAST('cat' AS decimal(9, 2))", 8114),
    refused("An empty text is no decimal", NOTES, "CAST('' AS decimal(9, 2))", 8114),
    refused("A word is no float", NOTES, "CAST('cat' AS float)", 8114),
    refused("A word is no bigint: error 8114, not 245", NOTES, "CAST('cat' AS bigint)", 8114),
    refused("A word is no bit", NOTES, "CAST('cat' AS bit)", 245),
    refused("A word is no uniqueidentifier", NOTES, "CAST('cat' AS uniqueidentifier)", 8169),
    refused("A text beyond int is error 248", NOTES, "CAST('88888888888' AS int)", 248),
    refused("A text beyond tinyint is error 244", NOTES, "CAST('400' AS tinyint)", 244),
    refused("A text beyond smallint is error 244", NOTES, "CAST('40000' AS smallint)", 244),
    refused("A text beyond bigint is error 8115", NOTES,
            "CAST('9999999999999999999999' AS bigint)", 8115),
    value("TRY_CAST makes NULL of what does not convert", WHITE,
          "TRY_CAST('cat' AS money), TRY_CAST('cat' AS int), TRY_CONVERT(smallmoney, 'x')",
          None, None, None),
    Fact("A failed conversion ends the batch", NOTES,
         [batch("SELECT CAST('cat' AS int); SELECT 1", errors=[245])]),
    # Numbers to numbers
    refused("An int beyond tinyint is error 220", NOTES, "CAST(400 AS tinyint)", 220),
    refused("An int beyond smallint is error 220", NOTES, "CAST(40000 AS smallint)", 220),
    refused("A bigint beyond a smaller type is error 8115", NOTES,
            "CAST(CAST(400 AS bigint) AS tinyint)", 8115),
    refused("A decimal beyond int is error 8115", NOTES, "CAST(2147483648 AS int)", 8115),
    refused("A float beyond int is error 232", NOTES, "CAST(1e30 AS int)", 232),
    refused("A decimal keeps its whole digits or overflows", NOTES,
            "CAST(654.321 AS decimal(4, 2))", 8115),
    refused("A text does, too", NOTES, "CAST('654.321' AS decimal(4, 2))", 8115),
    refused("No number is a uniqueidentifier", NOTES, "CAST(1 AS uniqueidentifier)", 529),
    refused("A date is no int", NOTES, "CAST(CAST('2024-02-03' AS date) AS int)", 529),
    refused("A time and an int do not add up", NOTES, "CAST('10:00' AS time) + 1", 206),
    value("Bytes are an int", NOTES, "CAST(0x05 AS int)", 5),
    # Binaries
    value("Style 1 writes bytes with 0x, style 2 without", BINARY,
          "CONVERT(varchar(20), 0x0C0D, 1), CONVERT(varchar(20), 0x0C0D, 2)", "0x0C0D", "0C0D"),
    value("Only whole bytes are written", BINARY,
          "CONVERT(varchar(3), 0x0C0D, 1), CONVERT(varchar(3), 0x0C0D0E, 2)", "0x", "0C"),
    value("Style 1 and 2 read bytes", BINARY,
          "CONVERT(varbinary(4), '0x0C0D', 1), CONVERT(varbinary(4), '0C0D', 2)",
          b"\x0c\x0d", b"\x0c\x0d"),
    refused("Bytes have no other styles", NOTES, "CONVERT(varchar(9), 0x41, 3)", 9809),
    refused("Bytes are no float", NOTES, "CAST(0x3FF8000000000000 AS float)", 529),
    refused("An odd number of digits is no bytes", BINARY,
            "CONVERT(varbinary(4), '0x456', 1)", 8114),
    refused("Style 1 wants 0x", BINARY, "CONVERT(varbinary(4), '0405', 1)", 8114),
    refused("Style 2 wants none", BINARY, "CONVERT(varbinary(4), '0x0405', 2)", 8114),
    refused("A letter beyond F is no digit", BINARY, "CONVERT(varbinary(4), 'QQ', 2)", 8114),
    refused("An empty text is no bytes in style 1", BINARY, "CONVERT(varbinary(4), '', 1)", 8114),
    value("A decimal is its precision, scale, sign and digits in bytes", STYLES,
          "CONVERT(varbinary(max), CAST(8 AS decimal(1, 0))),"
          " CONVERT(varbinary(max), CAST(-8 AS decimal(1, 0))),"
          " CONVERT(varbinary(max), CAST(12.5 AS numeric(12, 3))),"
          " CONVERT(varbinary(4), CAST(12.5 AS numeric(12, 3)))",
          bytes.fromhex("0100000108000000"), bytes.fromhex("0100000008000000"),
          bytes.fromhex("0c030001d4300000"), bytes.fromhex("0c030001")),
    value("A float's bytes are cut and padded on the left", STYLES,
          "CONVERT(varbinary(max), CAST(-1.5 AS float)),"
          " CONVERT(varbinary(max), CAST(-1.5 AS real)), CONVERT(varbinary(3), CAST(1.5 AS float)),"
          " CONVERT(binary(10), CAST(1.5 AS float))",
          bytes.fromhex("bff8000000000000"), bytes.fromhex("bfc00000"), bytes(3),
          bytes.fromhex("00003ff8000000000000")),
    # Styles of numbers
    value("Styles 1, 2 and 3 of a float show 8, 16 and 17 digits", STYLES,
          "CONVERT(varchar(30), 2.5e0, 1), CONVERT(varchar(30), CAST(2.5 AS float), 2),"
          " CONVERT(varchar(30), CAST(2.5 AS float), 3), CONVERT(varchar(30), 0.1e0, 3),"
          " CONVERT(varchar(30), -1e300, 3)",
          "2.5000000e+000", "2.500000000000000e+000", "2.5000000000000000e+000",
          "1.0000000000000001e-001", "-1.0000000000000001e+300"),
    value("Styles of a real show what its float is", STYLES,
          "CONVERT(varchar(30), CAST(0.1 AS real), 1), CONVERT(varchar(30), CAST(0.1 AS real), 2),"
          " CONVERT(varchar(30), CAST(0.1 AS real), 3)",
          "1.0000000e-001", "1.000000014901161e-001", "1.0000000149011612e-001"),
    value("Style 126 is 16 digits of a float, 8 of a real, 4 places of money", STYLES,
          "CONVERT(varchar(30), CAST(2.5 AS float), 126), CONVERT(varchar(30), CAST(0.1 AS real),"
          " 126), CONVERT(varchar(30), CAST(2.5 AS money), 126)",
          "2.500000000000000e+000", "1.0000000e-001", "2.5000"),
    value("Style 2 of money has four places", STYLES,
          "CONVERT(varchar(9), CAST(2.5 AS money), 0), CONVERT(varchar(9), CAST(2.5 AS money), 2)",
          "2.50", "2.5000"),
    value("Other styles of numbers are style 0", STYLES,
          "CONVERT(varchar(40), CAST(2.5 AS float), 4), CONVERT(varchar(40), CAST(2.5 AS float),"
          " 121), CONVERT(varchar(40), CAST(0.1 AS real), -1),"
          " CONVERT(varchar(40), CAST(2.5 AS money), 100)", "2.5", "2.5", "0.1", "2.50"),
    # money
    refused("money beyond int is error 237", NOTES, "CAST(CAST(3000000000 AS money) AS int)", 237),
    refused("money beyond smallint is error 237", NOTES, "CAST(CAST(40000 AS money) AS smallint)",
            237),
    refused("money beyond tinyint is error 232", NOTES, "CAST(CAST(300 AS money) AS tinyint)", 232),
    # uniqueidentifier
    value("A uniqueidentifier may have something behind it", WHITE,
          "CAST(CAST('6F9619FF-8B86-D011-B42D-00C04FC964FF' + CHAR(9) AS uniqueidentifier)"
          " AS varchar(40))", "6F9619FF-8B86-D011-B42D-00C04FC964FF"),
    Fact("A uniqueidentifier is ordered by its last six bytes first", GUIDS,
         [batch("SELECT n FROM (VALUES"
                " (1, CAST('6F9619FF-8B86-D011-B42D-00C04FC964FF' AS uniqueidentifier)),"
                " (2, '00000000-0000-0000-0000-010000000000'),"
                " (3, 'FFFFFFFF-FFFF-FFFF-FFFF-000000000000')) v (n, g) ORDER BY g",
                rows=[[3], [1], [2]])]),
    Fact("Comparisons follow that order", GUIDS,
         [batch("SELECT CASE WHEN CAST('FFFFFFFF-FFFF-FFFF-FFFF-000000000000' AS uniqueidentifier)"
                " < '00000000-0000-0000-0000-010000000000' THEN 1 ELSE 0 END", rows=[[1]])]),
    Fact("So do MIN and MAX", "mirek/bitsql traps/uniqueidentifier-order",
         [batch("SELECT CAST(MIN(g) AS char(36)), CAST(MAX(g) AS char(36)) FROM (VALUES"
                " (CAST('6F9619FF-8B86-D011-B42D-00C04FC964FF' AS uniqueidentifier)),"
                " ('FFFFFFFF-FFFF-FFFF-FFFF-000000000000'),"
                " ('00000000-0000-0000-0000-010000000000')) v (g)",
                rows=[["FFFFFFFF-FFFF-FFFF-FFFF-000000000000",
                       "00000000-0000-0000-0000-010000000000"]])]),
]  # fmt: skip
