"""Functions of several types: checksums, series, buckets of dates, text and image, ||."""

from __future__ import annotations

from tests.facts.expressions import fails, holds, refused, value
from tests.facts.model import Fact, batch

MORE = "mirek/bitsql harness/corpus/functions/more.cases.json"
LOGIC = "mirek/bitsql harness/corpus/functions/logic.cases.json"
SUMS = "mirek/bitsql docs/reference/hash-compress.md"
HASHES = "mirek/bitsql harness/corpus/functions/hash.cases.json"
LARGE = "mirek/bitsql docs/reference/lob-types.md"
JOINED = "mirek/bitsql harness/corpus/sql2025/concat-semantics.sql"
PARTS = "mirek/bitsql harness/corpus/sql2025/substring-optional-length.sql"
BUCKETS = "mirek/bitsql harness/corpus/analytic/date-bucket.sql"
REFUSED_BUCKETS = "mirek/bitsql harness/corpus/analytic/date-bucket-errors.sql"
SERIES = "mirek/bitsql docs/reference/analytic.md"
STYLES = "mirek/bitsql docs/reference/conversion-styles.md"
PATHS = "mirek/bitsql docs/reference/json.md"
REGEX = "mirek/bitsql harness/corpus/sql2025/regex-predicate.sql"
REGEX_RULES = "mirek/bitsql docs/reference/sql2025.md"
KINDS = "mirek/bitsql harness/corpus/json3/isjson-path-exists.sql"
PAIRS = "SqlServerSimulator OverPermissiveClosureTests, probed on SQL Server 2025"
BINARY_PAIRS = "SqlServerSimulator, arithmetic of varbinary, probed on SQL Server 2025"
DATE_PAIRS = "mirek/bitsql harness/corpus/conversion/datetime-arithmetic.sql"
DOCUMENT = "CAST('dog' AS text)"
PICTURE = "CAST(0x646F67 AS image)"

FACTS = [
    # Checksums
    value("CHECKSUM of an int is the int, of a bigint its halves against each other", MORE,
          "CHECKSUM(300), CHECKSUM(-7), CHECKSUM(CAST(8589934592 AS bigint)),"
          " CHECKSUM(CAST(-1 AS bigint))", 300, -7, 2, 0),
    value("A smallint counts without its sign", SUMS, "CHECKSUM(CAST(-2 AS smallint))", 65534),
    value("A typed NULL is the largest int", SUMS, "CHECKSUM(CAST(NULL AS int))", 2147483647),
    value("Several values are turned by four bits, one after the other", SUMS,
          "CHECKSUM(1, 2), BINARY_CHECKSUM(3, 4, 5)", 18, 837),
    value("BINARY_CHECKSUM passes over a NULL without a type", SUMS,
          "BINARY_CHECKSUM(NULL, 9)", 9),
    value("BINARY_CHECKSUM of texts reads UTF-16 or signed bytes", MORE,
          "BINARY_CHECKSUM(N'ê'), BINARY_CHECKSUM('ê'), BINARY_CHECKSUM(CAST('cd' AS char(5)))",
          234, -22, 1620),
    value("Bytes of nothing at the end of a binary do not count", SUMS,
          "CHECKSUM(0x0300), CHECKSUM(0x03)", 3, 3),
    refused("CHECKSUM takes no text", LARGE, f"CHECKSUM({DOCUMENT})", 8116),
    value("BINARY_CHECKSUM of an empty text is nothing", HASHES, "BINARY_CHECKSUM('')", 0),
    refused("BINARY_CHECKSUM of NULL alone has nothing to sum", HASHES, "BINARY_CHECKSUM(NULL)",
            8184),
    refused("HASHBYTES takes no bare NULL", HASHES, "HASHBYTES('MD5', NULL)", 8116),
    refused("BINARY_CHECKSUM needs something that compares", LARGE,
            f"BINARY_CHECKSUM({PICTURE})", 8184),
    # Numbers as text
    value("ISNUMERIC takes commas without an exponent only", MORE,
          "ISNUMERIC('2,000.5e3'), ISNUMERIC('$3,4,5'), ISNUMERIC('2e3')", 0, 1, 1),
    value("ISNUMERIC takes one sign, also beside a sign of money", MORE,
          "ISNUMERIC('+-6'), ISNUMERIC('-$6'), ISNUMERIC('$-6'), ISNUMERIC('6-')", 0, 1, 1, 0),
    value("A number that float does not hold is none", LOGIC,
          "ISNUMERIC('2E+308'), ISNUMERIC('1E+308')", 0, 1),
    refused("ISNUMERIC takes no dates", LOGIC, "ISNUMERIC(CAST('2022-02-02' AS date))", 8116),
    value("STR keeps the sign of what rounds to nothing", MORE, "STR(-0.3), STR(0.3)",
          "        -0", "         0"),
    value("STR is asterisks if rounding adds a digit for which there is no room", MORE,
          "STR(99.97, 4, 1), STR(9.97, 4, 1), STR(-9.97, 4, 1)", "****", "10.0", "****"),
    value("STR shows 17 digits of a float", MORE, "STR(123456789.123456789, 28, 12)",
          "      123456789.123456790000"),
    value("STR with less than no decimals is NULL", MORE, "STR(23.45, 6, -1)", None),
    value("CHARINDEX finds a letter that is written with a combining accent", MORE,
          "CHARINDEX(N'è', N'mere' + NCHAR(768))", 4),
    # CHOOSE, NEWSEQUENTIALID
    refused("CHOOSE needs something to choose from", LOGIC, "CHOOSE(2)", 1076),
    refused("NEWSEQUENTIALID is for defaults only", LOGIC, "NEWSEQUENTIALID()", 302),
    # ||
    value("|| prints a number, a date or a uniqueidentifier beside a text", JOINED,
          "'q' || 7, 8 || 'q', CAST('2021-03-04' AS date) || 'q'", "q7", "8q", "2021-03-04q",
          since="2025"),
    value("|| binds as + does", JOINED, "'4' || 5 + 6, 7 + 8 || '9'", 51, "159", since="2025"),
    refused("|| of two numbers is none", JOINED, "5 || 6", 402, since="2025"),
    refused("|| takes no bit", "mirek/bitsql harness/corpus/sql2025/concat-boundaries.sql",
            "'q' || CAST(1 AS bit)", 402, since="2025"),
    refused("|| takes no binary beside a text", JOINED, "0x41 || 'q'", 402, since="2025"),
    refused("|| takes no text", JOINED, f"{DOCUMENT} || 'q'", 402, since="2025"),
    # SUBSTRING
    value("SUBSTRING without a length goes to the end", PARTS,
          "SUBSTRING('kitten', 3), SUBSTRING('kitten', 0), SUBSTRING('kitten', 77),"
          " SUBSTRING(0x0A0B0C, 2)", "tten", "kitten", "", b"\x0b\x0c", since="2025"),
    value("SUBSTRING from NULL is NULL", PARTS, "SUBSTRING('cat', NULL)", None, since="2025"),
    # text, ntext and image
    value("QUOTENAME and DIFFERENCE take text", LARGE,
          f"QUOTENAME({DOCUMENT}), DIFFERENCE({DOCUMENT}, 'dog')", "[dog]", 4),
    value("SUBSTRING of an image is a varbinary", LARGE, f"SUBSTRING({PICTURE}, 2, 1)", b"o"),
    refused("QUOTENAME takes no image", LARGE, f"QUOTENAME({PICTURE})", 206),
    refused("text is not counted", LARGE, f"COUNT({DOCUMENT})", 8117),
    refused("GREATEST takes no text", LARGE, f"GREATEST({DOCUMENT}, 'q')", 8116, since="2022"),
    refused("An image is never converted to a string", LARGE,
            f"CONVERT(varchar(20), {PICTURE}, 1)", 529),
    refused("text is converted to strings only", LARGE, f"CAST({DOCUMENT} AS int)", 529),
    value("A varchar becomes an image beside one", LARGE, f"ISNULL({PICTURE}, 'q')", b"dog"),
    Fact("What is no string is not stored as text", LARGE, [
        batch("CREATE TABLE notes (body text, picture image)"),
        batch("INSERT INTO notes (body) VALUES (4)", errors=[206]),
        batch("INSERT INTO notes (picture) VALUES (N'q')", errors=[206]),
        batch("INSERT INTO notes VALUES ('q', 'r')"),
    ]),
    # CONVERT's style
    refused("A style is an integer", STYLES,
            "CONVERT(varchar(20), CAST('2021-03-04' AS datetime), '112')", 8116),
    value("A style may be a bigint, and NULL makes NULL", STYLES,
          "CONVERT(varchar(20), CAST('2021-03-04' AS datetime), CAST(112 AS bigint)),"
          " CONVERT(varchar(20), CAST('2021-03-04' AS datetime), CAST(NULL AS int))",
          "20210304", None),
    # DATE_BUCKET
    value("A bucket of months begins no later than its date", BUCKETS,
          "CONVERT(char(10), DATE_BUCKET(month, 1, CAST('2023-02-27' AS date),"
          " CAST('2023-01-31' AS date)), 23), CONVERT(char(10), DATE_BUCKET(month, 1,"
          " CAST('2023-02-28' AS date), CAST('2023-01-31' AS date)), 23)",
          "2023-01-31", "2023-02-28", since="2022"),
    value("A datetimeoffset is put into buckets of UTC", SERIES,
          "CONVERT(varchar(40), DATE_BUCKET(hour, 2,"
          " CAST('2023-05-06 09:10:11 +05:30' AS datetimeoffset(0))), 120)",
          "2023-05-06 07:30:00 +05:30", since="2022"),
    value("An origin that is NULL is the default one", BUCKETS,
          "CONVERT(char(10), DATE_BUCKET(day, 7, CAST('2024-05-17' AS date), NULL), 23)",
          "2024-05-13", since="2022"),
    refused("Its date is no string", REFUSED_BUCKETS, "DATE_BUCKET(day, 1, '2023-05-06')", 8116,
            since="2022"),
    refused("Its width is a number", REFUSED_BUCKETS,
            "DATE_BUCKET(day, NULL, CAST('2023-05-06' AS date))", 8116, since="2022"),
    refused("Its origin has the type of the date", REFUSED_BUCKETS,
            "DATE_BUCKET(day, 1, CAST('2023-05-06' AS date), CAST('2023-01-01' AS datetime2))",
            8116, since="2022"),
    refused("A bucket that begins before the first date", REFUSED_BUCKETS,
            "DATE_BUCKET(day, 2147483000, CAST('1800-01-01' AS date))", 9835, since="2022"),
    # GENERATE_SERIES
    Fact("A series goes down by itself, and nowhere against its step", SERIES, [
        batch("SELECT value FROM GENERATE_SERIES(3, 1)", rows=[[3], [2], [1]]),
        batch("SELECT value FROM GENERATE_SERIES(1, 3, -1)", rows=[]),
        batch("SELECT value FROM GENERATE_SERIES(1, NULL)", rows=[]),
        batch("SELECT value FROM GENERATE_SERIES(CAST(2 AS smallint), CAST(4 AS smallint))",
              rows=[[2], [3], [4]]),
    ], since="2022"),
    Fact("Decimals of a series may differ in their digits, integers not in their type", SERIES, [
        batch("SELECT CAST(value AS varchar(9)) FROM GENERATE_SERIES(1.5, 2.25, 0.25)",
              rows=[["1.50"], ["1.75"], ["2.00"], ["2.25"]]),
        batch("SELECT value FROM GENERATE_SERIES(1, CAST(3 AS bigint))", errors=[5373, 206, 206]),
        batch("SELECT value FROM GENERATE_SERIES('1', '3')", errors=[8116, 206, 206]),
        batch("SELECT value FROM GENERATE_SERIES(1, 2, 3, 4)", errors=[8144]),
    ], since="2022"),
    Fact("The column of a series has its name", SERIES, [
        batch("SELECT n FROM GENERATE_SERIES(1, 2) AS series (n)", errors=[195]),
    ], since="2022", bad_grammar=True),
    Fact("A step of nothing is an error", SERIES, [
        batch("SELECT value FROM GENERATE_SERIES(1, 9, 0)", errors=[4199]),
    ], since="2022"),
    # Operators that a type does not have
    refused("Bits are not added", PAIRS, "CAST(1 AS bit) + CAST(0 AS bit)", 402),
    refused("A product of bits is another error", PAIRS, "CAST(1 AS bit) * CAST(0 AS bit)", 8117),
    refused("Binaries are not subtracted", BINARY_PAIRS, "0x07 - 0x03", 402),
    refused("A product of binaries is another error", BINARY_PAIRS, "0x07 * 0x03", 8117),
    refused("A datetime2 is not subtracted from a datetime", DATE_PAIRS,
            "CAST('2021-03-04' AS datetime) - CAST('2021-03-04' AS datetime2)", 402),
    # REGEXP_LIKE
    refused("REGEXP_LIKE is a condition, not a value", REGEX, "REGEXP_LIKE('q', 'q')", 156,
            since="2025", bad_grammar=True),
    holds("Of the flags c and i the last one holds", REGEX_RULES, "REGEXP_LIKE('QR', 'qr', 'ci')",
          since="2025"),
    fails("It minds case by itself, whatever the collation", REGEX_RULES,
          "REGEXP_LIKE('QR', 'qr')", "REGEXP_LIKE('QR', 'qr', 'ic')", since="2025"),
    holds("A boundary of words is one in a pattern", REGEX_RULES,
          r"REGEXP_LIKE('q rs', '\brs\b')", since="2025"),
    refused("Patterns do not look around", REGEX_RULES,
            "CASE WHEN REGEXP_LIKE('q', '(?=q)') THEN 1 END", 19300, since="2025"),
    refused("Patterns do not refer back", REGEX_RULES,
            r"CASE WHEN REGEXP_LIKE('qq', '(q)\1') THEN 1 END", 19300, since="2025"),
    # ISJSON
    refused("ISJSON has four kinds", KINDS, "ISJSON(N'4', BOOLEAN)", 155, since="2022"),
    refused("They are words", KINDS, "ISJSON(N'4', 'VALUE')", 1023, since="2022"),
    refused("ISJSON reads no more than 128 containers inside one another", PATHS,
            "ISJSON(REPLICATE(CAST(N'[' AS nvarchar(max)), 130))", 13606),
    # JSON paths
    Fact("A path that is NULL ends the batch", PATHS, [
        batch("DECLARE @path nvarchar(9); SELECT JSON_VALUE(N'{}', @path); SELECT 4",
              errors=[8116]),
    ]),
    refused("An escape that JSON does not have is none in a path", PATHS,
            "JSON_VALUE(N'{\"q\":1}', N'$.\"q\\y\"')", 13607),
    value("An index may begin with zeros", PATHS, "JSON_VALUE(N'[4, 5]', N'$[0001]')", "5"),
]  # fmt: skip
