"""Dates and times: their functions, the strings they are read from, and how they are written."""

from __future__ import annotations

from tests.facts.model import Fact, batch, rpc

SKILL = "mirek/bitsql .claude/skills/t-sql/SKILL.md"
STRINGS = "mirek/bitsql docs/reference/date-strings.md"
STYLES = "mirek/bitsql docs/reference/conversion-styles.md"
DATEDIFF = "mirek/msduck reference, dates/datediff"
BIGINT = "mirek/bitsql harness/corpus/sql2025/dateadd-bigint.sql"


def text(expression: str) -> str:
    """Return an expression that converts a value to a string with all its digits."""
    return f"CONVERT(varchar(40), {expression}, 121)"


def shown(sentence: str, source: str, *pairs: tuple[str, object], since: str = "2016") -> Fact:
    """Return the fact that some expressions have some values."""
    listed = ", ".join(expression for expression, _ in pairs)
    return Fact(
        sentence, source, [batch(f"SELECT {listed}", rows=[[v for _, v in pairs]])], since=since
    )


def refused(sentence: str, source: str, *pairs: tuple[str, object], since: str = "2016") -> Fact:
    """Return the fact that some expressions, each alone, end in errors."""
    steps = [batch(f"SELECT {expression}", errors=[number]) for expression, number in pairs]
    return Fact(sentence, source, steps, since=since)


DATE, TIME = "CAST('2024-01-31' AS date)", "CAST('10:00' AS time(0))"
OLD, SMALL = "CAST('2024-01-31' AS datetime)", "CAST('2024-01-31' AS smalldatetime)"
NEW = "CAST('2024-01-31' AS datetime2(3))"
OFFSET = "CAST('2024-01-31 10:00 +05:30' AS datetimeoffset(0))"

FACTS = [
    # --- Parts that a type lacks
    refused(
        "DATEADD adds no times to a date and no days to a time",
        SKILL,
        (f"DATEADD(hour, 1, {DATE})", (9810, 1)),
        (f"DATEADD(nanosecond, 1, {DATE})", (9810, 1)),
        (f"DATEADD(day, 1, {TIME})", (9810, 1)),
    ),
    refused(
        "DATEADD adds no microseconds to datetime and smalldatetime",
        SKILL,
        (f"DATEADD(microsecond, 1, {OLD})", (9810, 0)),
        (f"DATEADD(nanosecond, 1, {SMALL})", (9810, 3)),
    ),
    refused(
        "DATEADD adds neither ISO weeks nor offsets",
        SKILL,
        (f"DATEADD(iso_week, 1, {NEW})", (9810, 2)),
        (f"DATEADD(tzoffset, 1, {OFFSET})", (9810, 2)),
    ),
    refused(
        "DATEPART and DATENAME take no part that the type has not",
        SKILL,
        (f"DATEPART(hour, {DATE})", (9810, 2)),
        (f"DATEPART(year, {TIME})", (9810, 3)),
        (f"DATEPART(tzoffset, {OLD})", (9810, 6)),
        (f"DATENAME(minute, {DATE})", (9810, 4)),
        (f"DATENAME(month, {TIME})", (9810, 5)),
        (f"DATENAME(tzoffset, {OLD})", (9810, 7)),
    ),
    refused(
        "DATETRUNC takes no part that the type has not",
        SKILL,
        (f"DATETRUNC(hour, {DATE})", (9810, 10)),
        (f"DATETRUNC(month, {TIME})", (9810, 10)),
        (f"DATETRUNC(microsecond, {OLD})", (9810, 9)),
        (f"DATETRUNC(millisecond, {SMALL})", (9810, 8)),
        (f"DATETRUNC(weekday, {NEW})", (9810, 11)),
        since="2022",
    ),
    refused(
        "DATETRUNC takes no number for a date",
        SKILL,
        ("DATETRUNC(month, 5)", 8116),
        since="2022",
    ),
    refused(
        "DATEDIFF counts neither ISO weeks nor offsets",
        SKILL,
        ("DATEDIFF(iso_week, '20240101', '20240201')", (9806, 0)),
        (f"DATEDIFF_BIG(tzoffset, {OFFSET}, {OFFSET})", (9806, 0)),
    ),
    Fact(
        "An unknown part of a date is an error of syntax, and nothing of the batch runs",
        SKILL,
        [batch("SELECT 1; SELECT DATEADD(eon, 1, GETDATE())", errors=[155])],
    ),
    # --- Results
    Fact(
        "DATETRUNC keeps the type of a date and of a time",
        SKILL,
        [
            batch(
                f"IF 1 = 1 SELECT DATETRUNC(month, {DATE}) AS d,"
                " DATETRUNC(hour, CAST('10:11:12' AS time(3))) AS t,"
                " DATETRUNC(day, CAST('2024-01-02 10:11' AS datetime)) AS o INTO made"
            ),
            batch(
                "SELECT TYPE_NAME(system_type_id), scale FROM sys.columns"
                " WHERE object_id = OBJECT_ID('made') ORDER BY column_id",
                rows=[["date", 0], ["time", 3], ["datetime", 3]],
            ),
            batch(
                f"SELECT {text('d')}, {text('t')}, {text('o')} FROM made",
                rows=[["2024-01-01", "10:00:00.000", "2024-01-02 00:00:00.000"]],
            ),
        ],
        since="2022",
    ),
    Fact(
        "EOMONTH is a date, whatever it is the end of the month of",
        SKILL,
        [
            batch("IF 1 = 1 SELECT EOMONTH(CAST('2024-02-05 10:11' AS datetime2)) AS e INTO made"),
            batch(
                "SELECT TYPE_NAME(system_type_id) FROM sys.columns"
                " WHERE object_id = OBJECT_ID('made')",
                rows=[["date"]],
            ),
            batch(
                f"SELECT {text('e')}, {text('EOMONTH(e, 1)')} FROM made",
                rows=[["2024-02-29", "2024-03-31"]],
            ),
        ],
    ),
    shown(
        "DATEADD of months ends at the last day of a shorter month and keeps the type",
        "mirek/msduck reference, dates/dateadd",
        (text(f"DATEADD(month, 1, {DATE})"), "2024-02-29"),
        (text(f"DATEADD(quarter, 1, {DATE})"), "2024-04-30"),
        (text(f"DATEADD(year, 1, {NEW})"), "2025-01-31 00:00:00.000"),
        (text(f"DATEADD(weekday, 1, {DATE})"), "2024-02-01"),
    ),
    shown(
        "DATEADD goes round the clock with a time",
        BIGINT,
        (text("DATEADD(hour, 30, CAST('23:00' AS time(0)))"), "05:00:00"),
        (text("DATEADD(minute, -61, CAST('00:30' AS time(0)))"), "23:29:00"),
    ),
    shown(
        "DATEADD rounds milliseconds of datetime to its 3.33 and seconds of smalldatetime",
        SKILL,
        (
            text("DATEADD(ms, 1, CAST('2024-01-01T00:00:00.997' AS datetime))"),
            "2024-01-01 00:00:00.997",
        ),
        (
            text("DATEADD(ms, 2, CAST('2024-01-01T00:00:00.997' AS datetime))"),
            "2024-01-01 00:00:01.000",
        ),
        (f"CONVERT(varchar(40), DATEADD(second, 29, {SMALL}), 120)", "2024-01-31 00:00:00"),
        (f"CONVERT(varchar(40), DATEADD(second, 30, {SMALL}), 120)", "2024-01-31 00:01:00"),
    ),
    refused(
        "DATEADD fails beyond the dates that the type has",
        SKILL,
        (f"DATEADD(year, 8000, {DATE})", (517, 3)),
        (f"DATEADD(year, -3000, {NEW})", (517, 3)),
        (f"DATEADD(year, -300, {OLD})", (517, 1)),
        (f"DATEADD(year, 60, {SMALL})", (517, 2)),
        (f"DATEADD(year, 2147483647, {NEW})", (517, 3)),
        (f"DATEADD(hour, 2147483647, {NEW})", (517, 3)),
    ),
    shown(
        "DATEADD reads a string as a datetime",
        SKILL,
        (text("DATEADD(day, 1, '2024-01-31')"), "2024-02-01 00:00:00.000"),
    ),
    shown(
        "DATEPART reads a string with its offset",
        SKILL,
        ("DATEPART(tzoffset, '2024-01-01 10:00 +05:30')", 330),
        ("DATENAME(tzoffset, CAST('2024-01-01 00:00 -03:00' AS datetimeoffset))", "-03:00"),
    ),
    shown(
        "DATEDIFF counts the boundaries between two moments",
        SKILL,
        ("DATEDIFF(year, '2023-12-31', '2024-01-01')", 1),
        ("DATEDIFF(week, '2024-01-06', '2024-01-07')", 1),
        ("DATEDIFF(day, '2024-01-01 23:59', '2024-01-02 00:01')", 1),
        ("DATEDIFF(hour, CAST('2024-01-01' AS date), CAST('2024-01-02' AS date))", 24),
    ),
    shown(
        "DATEDIFF counts datetimeoffsets in UTC",
        SKILL,
        (
            "DATEDIFF(day, CAST('2024-01-01 23:30 -02:00' AS datetimeoffset),"
            " CAST('2024-01-02 00:00 +00:00' AS datetimeoffset))",
            0,
        ),
    ),
    refused(
        "DATEDIFF does not give more than an int",
        DATEDIFF,
        ("DATEDIFF(millisecond, 0, 30)", (535, 0)),
        (
            "DATEDIFF(second, CAST('1900-01-01' AS datetime2), CAST('2024-01-01' AS datetime2))",
            (535, 0),
        ),
    ),
    shown(
        "DATEDIFF_BIG gives a bigint",
        DATEDIFF,
        ("DATEDIFF_BIG(millisecond, 0, 30)", 2592000000),
    ),
    shown(
        "Numbers are days since 1900 to date functions",
        DATEDIFF,
        ("DATEDIFF(day, -1, 1)", 2),
        ("DATEDIFF(hour, 0, 0.5)", 12),
        ("DATEPART(hour, CAST(0.5 AS money))", 12),
        ("DATEPART(day, CAST(-0.5 AS float))", 31),
    ),
    refused(
        "Numbers beyond the range of datetime overflow",
        DATEDIFF,
        ("DATEDIFF(day, CAST(-53691 AS decimal(12, 4)), 0)", 8115),
        ("DATEDIFF(day, CAST(2958464 AS float), 0)", 8115),
    ),
    shown(
        "DATEPART of weeks and weekdays begins on Sunday",
        SKILL,
        ("DATEPART(weekday, '2024-01-07')", 1),
        ("DATEPART(week, '2024-01-07')", 2),
        ("DATEPART(iso_week, '2024-01-07')", 1),
        ("DATENAME(weekday, '2024-01-07')", "Sunday"),
    ),
    Fact(
        "SET DATEFIRST moves the weekdays of DATEPART, and not the weeks of DATEDIFF",
        SKILL,
        [
            batch(
                "SET DATEFIRST 1; SELECT DATEPART(weekday, '2024-01-07'),"
                " DATEDIFF(week, '2024-01-06', '2024-01-07')",
                rows=[[7, 1]],
            )
        ],
    ),
    # --- Rounding
    shown(
        "datetime counts in 1/300 of a second",
        SKILL,
        *[
            (text(f"CAST('2024-01-02 00:00:00.{digits}' AS datetime)"), f"2024-01-02 00:00:{seen}")
            for digits, seen in [
                ("001", "00.000"),
                ("002", "00.003"),
                ("005", "00.007"),
                ("998", "00.997"),
                ("999", "01.000"),
            ]
        ],
    ),
    shown(
        "smalldatetime rounds to the minute at 29.999 seconds",
        SKILL,
        (
            "CONVERT(varchar(40), CAST('2024-01-02 10:11:29.998' AS smalldatetime), 120)",
            "2024-01-02 10:11:00",
        ),
        (
            "CONVERT(varchar(40), CAST('2024-01-02 10:11:29.999' AS smalldatetime), 120)",
            "2024-01-02 10:12:00",
        ),
    ),
    shown(
        "A string rounds into the next day as datetime2(0), and not as time(0)",
        SKILL,
        (text("CAST('2024-12-31 23:59:59.9999999' AS datetime2(0))"), "2025-01-01 00:00:00"),
        (text("CAST('23:59:59.9999999' AS time(0))"), "23:59:59"),
        (text("CAST('10:11:12.4999999' AS time(0))"), "10:11:12"),
    ),
    Fact(
        "A column rounds to its digits as a cast does",
        SKILL,
        [
            batch("CREATE TABLE t (a time(0), b datetime2(3), c datetimeoffset(2))"),
            batch(
                "INSERT t VALUES ('23:59:59.9999999', '2024-01-02 10:11:12.9999999',"
                " '2024-01-02 10:11:12.1234567 +01:00')"
            ),
            batch(
                f"SELECT {text('a')}, {text('b')}, {text('c')} FROM t",
                rows=[["23:59:59", "2024-01-02 10:11:13.000", "2024-01-02 10:11:12.12 +01:00"]],
            ),
        ],
    ),
    Fact(
        "time(7) has a seventh digit of a second",
        "mirek/bitsql harness/corpus/dates/datetime2-100ns.sql",
        [
            batch(
                "SELECT CONVERT(varchar(40), CAST('00:00:00.1234567' AS time(7)), 121)",
                rows=[["00:00:00.1234567"]],
            )
        ],
        unsupported=40517,
    ),
    # --- Strings
    shown(
        "Dates are read in the forms of us_english",
        STRINGS,
        *[
            (text(f"CAST('{form}' AS date)"), "2024-01-02")
            for form in [
                "1/2/2024",
                "2024-1-2",
                "2024.01.02",
                "1 / 2 / 24",
                "20240102",
                "240102",
                "Jan 2 2024",
                "2 january 2024",
                "2024 Jan 2",
                "January 2, 2024",
                "02-JAN-24",
            ]
        ],
    ),
    shown(
        "A year alone is its first day, and years of two digits end in 2049",
        STRINGS,
        (text("CAST('2024' AS date)"), "2024-01-01"),
        (text("CAST('Mar 2024' AS date)"), "2024-03-01"),
        (text("CAST('1/2/49' AS date)"), "2049-01-02"),
        (text("CAST('1/2/50' AS date)"), "1950-01-02"),
    ),
    shown(
        "Times are read with and without AM and PM, and a time alone is on 1900-01-01",
        STRINGS,
        (text("CAST('5 PM' AS time(0))"), "17:00:00"),
        (text("CAST('12am' AS time(0))"), "00:00:00"),
        (text("CAST('10:11' AS datetime)"), "1900-01-01 10:11:00.000"),
        (text("CAST('10:11:12:5' AS time(3))"), "10:11:12.005"),
        (text("CAST('10:11:12.5' AS time(3))"), "10:11:12.500"),
    ),
    shown(
        "An empty string is 1900-01-01",
        STRINGS,
        (text("CAST('' AS datetime)"), "1900-01-01 00:00:00.000"),
        (text("CAST('  ' AS date)"), "1900-01-01"),
        (text("CAST('' AS time(0))"), "00:00:00"),
        ("ISDATE('')", 0),
    ),
    shown(
        "Offsets follow a time, and datetime2 drops them",
        STRINGS,
        (
            text("CAST('2024-01-02 10:11:12 +05:30' AS datetimeoffset(0))"),
            "2024-01-02 10:11:12 +05:30",
        ),
        (text("CAST('2024-01-02T10:11:12Z' AS datetimeoffset(0))"), "2024-01-02 10:11:12 +00:00"),
        (text("CAST('2024-01-02T10:11:12-01:00' AS datetime2(0))"), "2024-01-02 10:11:12"),
    ),
    refused(
        "The newer types refuse a date that does not exist as they refuse no date",
        STRINGS,
        ("CAST('2024-02-30' AS date)", (241, 1)),
        ("CAST('13/1/2024' AS date)", (241, 1)),
        ("CAST('24:00' AS time)", (241, 1)),
        ("CAST('2024-01-02 10:11 +15:00' AS datetimeoffset)", (241, 1)),
        ("CAST('2024-01-02T10:11' AS datetime2)", (241, 1)),
        ("CAST('Janu 2 2024' AS date)", (241, 1)),
        ("CAST('x' AS datetime2)", (241, 1)),
    ),
    refused(
        "datetime tells what is no date from a date that does not exist",
        STRINGS,
        ("CAST('13/1/2024' AS datetime)", (242, 3)),
        ("CAST('2024-02-30' AS datetime)", (242, 3)),
        ("CAST('25:00' AS datetime)", (242, 3)),
        ("CAST('1700-01-01' AS datetime)", (242, 3)),
        ("CAST('x' AS datetime)", (241, 1)),
        ("CAST('1/2' AS datetime)", (241, 1)),
        ("CAST('2024-01-02 10:11:12.1234' AS datetime)", (241, 1)),
        ("CAST('2024-01-02 10:11:12 +01:00' AS datetime)", (241, 1)),
    ),
    refused(
        "smalldatetime has an error of its own for what is no date",
        STRINGS,
        ("CAST('x' AS smalldatetime)", (295, 3)),
        ("CAST('1899-12-31' AS smalldatetime)", (242, 3)),
        ("CAST('2079-06-07' AS smalldatetime)", (242, 3)),
    ),
    refused(
        "A datetimeoffset is in the range both in UTC and in its own time",
        STRINGS,
        ("CAST('0001-01-01 00:00 +01:00' AS datetimeoffset)", (8114, 31)),
        ("CAST('9999-12-31 23:30 -01:00' AS datetimeoffset)", (8114, 31)),
    ),
    shown(
        "datetime takes a time before the date, commas and mixed separators",
        STRINGS,
        (text("CAST('10:11 1/2/2024' AS datetime)"), "2024-01-02 10:11:00.000"),
        (text("CAST('1/2-2024 5pm' AS datetime)"), "2024-01-02 17:00:00.000"),
        (text("CAST('Jan, 2 2024' AS datetime)"), "2024-01-02 00:00:00.000"),
    ),
    shown(
        "ISDATE tells what can be cast to datetime",
        STRINGS,
        ("ISDATE('2024-01-02')", 1),
        ("ISDATE('10:11')", 1),
        ("ISDATE('20240229')", 1),
        ("ISDATE('2024-02-30')", 0),
        ("ISDATE('1752-12-31')", 0),
        ("ISDATE('2024-01-02T10:11:12+01:00')", 0),
        ("ISDATE('x')", 0),
    ),
    shown(
        "TRY_CAST gives NULL for every string that is no date",
        STRINGS,
        ("TRY_CAST('2024-02-30' AS date)", None),
        ("TRY_CAST('x' AS datetime)", None),
        ("TRY_CAST('x' AS smalldatetime)", None),
        ("TRY_CONVERT(date, '1/2/2024', 112)", None),
    ),
    # --- Styles
    shown(
        "CONVERT reads dates in the order of a style",
        STRINGS,
        (text("CONVERT(date, '31/12/2024', 103)"), "2024-12-31"),
        (text("CONVERT(date, '31.12.24', 4)"), "2024-12-31"),
        (text("CONVERT(date, '12-31-2024', 110)"), "2024-12-31"),
        (text("CONVERT(date, '2024/12/31', 111)"), "2024-12-31"),
        (text("CONVERT(date, '0001-01-01', 120)"), "0001-01-01"),
        (text("CONVERT(datetime2(0), '2024-12-31T10:11:12', 126)"), "2024-12-31 10:11:12"),
        (text("CONVERT(date, '20241231', 112)"), "2024-12-31"),
    ),
    refused(
        "CONVERT refuses a date in another order than the style's",
        STRINGS,
        ("CONVERT(date, '2024/12/31', 101)", (241, 1)),
        ("CONVERT(date, '31/12/24', 103)", (241, 1)),
        ("CONVERT(date, '31/12/2024', 3)", (241, 1)),
        ("CONVERT(datetime, '2024/12/31', 103)", (242, 3)),
        ("CONVERT(date, '1/2/2024', 112)", (9807, 0)),
        ("CONVERT(date, '20240102', 15)", (9809, 1)),
    ),
    shown(
        "A date is written without a time in styles of date and time",
        STYLES,
        (f"CONVERT(varchar(40), {DATE}, 100)", "Jan 31 2024"),
        (f"CONVERT(varchar(40), {DATE}, 113)", "31 Jan 2024"),
        (f"CONVERT(varchar(40), {DATE}, 120)", "2024-01-31"),
        (f"CONVERT(varchar(40), {DATE}, 126)", "2024-01-31"),
        (f"CONVERT(varchar(40), {DATE}, 22)", "01/31/24"),
        (f"CONVERT(varchar(40), {DATE}, 115)", "000000"),
    ),
    shown(
        "A time is written alone in styles of date and time",
        STYLES,
        ("CONVERT(varchar(40), CAST('03:04:05.5' AS time(3)), 100)", "3:04AM"),
        ("CONVERT(varchar(40), CAST('03:04:05.5' AS time(3)), 108)", "03:04:05"),
        ("CONVERT(varchar(40), CAST('03:04:05.5' AS time(3)), 109)", "3:04:05.500AM"),
        ("CONVERT(varchar(40), CAST('03:04:05.5' AS time(3)), 114)", "03:04:05.500"),
        ("CONVERT(varchar(40), CAST('03:04:05.5' AS time(3)), 121)", "03:04:05.500"),
        ("CONVERT(varchar(40), CAST('03:04:05' AS time(3)), 126)", "03:04:05"),
        ("CONVERT(varchar(40), CAST('03:04:05.5' AS time(3)), 22)", " 3:04:05 AM"),
    ),
    refused(
        "Styles of a date do not write a time, nor styles of a time a date",
        STYLES,
        ("CONVERT(varchar(40), CAST('10:00' AS time), 101)", (8114, 5)),
        ("CONVERT(varchar(40), CAST('10:00' AS time), 23)", (8114, 5)),
        (f"CONVERT(varchar(40), {DATE}, 108)", (8114, 5)),
        (f"CONVERT(varchar(40), {DATE}, 114)", (281, 1)),
        ("CONVERT(varchar(40), GETDATE(), 15)", (281, 1)),
    ),
    shown(
        "datetime is written with its milliseconds after a colon or a point",
        STYLES,
        *[
            (f"CONVERT(varchar(40), CAST('2024-01-02T03:04:05.123' AS datetime), {style})", seen)
            for style, seen in [
                (0, "Jan  2 2024  3:04AM"),
                (109, "Jan  2 2024  3:04:05:123AM"),
                (113, "02 Jan 2024 03:04:05:123"),
                (114, "03:04:05:123"),
                (121, "2024-01-02 03:04:05.123"),
                (126, "2024-01-02T03:04:05.123"),
                (22, "01/02/24  3:04:05 AM"),
                (101, "01/02/2024"),
            ]
        ],
    ),
    shown(
        "datetimeoffset is written with its offset after every time, and without after a date",
        STYLES,
        *[
            (f"CONVERT(varchar(40), {OFFSET}, {style})", seen)
            for style, seen in [
                (0, "Jan 31 2024 10:00AM +05:30"),
                (103, "31/01/2024"),
                (108, "10:00:00 +05:30"),
                (112, "20240131"),
                (121, "2024-01-31 10:00:00 +05:30"),
                (126, "2024-01-31T10:00:00+05:30"),
                (127, "2024-01-31T04:30:00Z"),
            ]
        ],
    ),
    shown(
        "CAST of datetime to text is style 0, of the newer types ISO with the digits of the type",
        SKILL,
        (f"CAST({OLD} AS varchar(40))", "Jan 31 2024 12:00AM"),
        (f"CAST({NEW} AS varchar(40))", "2024-01-31 00:00:00.000"),
        (f"CAST({TIME} AS varchar(40))", "10:00:00"),
        (f"CAST({DATE} AS varchar(40))", "2024-01-31"),
        (f"CAST({OFFSET} AS varchar(40))", "2024-01-31 10:00:00 +05:30"),
    ),
    # --- Parts and offsets
    shown(
        "The functions of parts make dates, and NULL from NULL",
        SKILL,
        (text("DATETIME2FROMPARTS(2024, 2, 29, 23, 59, 59, 5, 1)"), "2024-02-29 23:59:59.5"),
        (text("TIMEFROMPARTS(23, 59, 59, 0, 0)"), "23:59:59"),
        ("DATEFROMPARTS(2024, NULL, 1)", None),
        (
            text("DATETIMEOFFSETFROMPARTS(2024, 1, 2, 3, 4, 5, 0, 5, 30, 0)"),
            "2024-01-02 03:04:05 +05:30",
        ),
    ),
    refused(
        "The functions of parts refuse what makes no date",
        SKILL,
        ("DATEFROMPARTS(2024, 2, 30)", (289, 1)),
        ("DATEFROMPARTS(0, 1, 1)", 289),
        ("DATEFROMPARTS(10000, 1, 1)", 289),
        ("TIMEFROMPARTS(24, 0, 0, 0, 0)", 289),
        ("DATETIME2FROMPARTS(2024, 1, 1, 0, 0, 0, 10, 1)", 289),
    ),
    shown(
        "SWITCHOFFSET keeps the moment and TODATETIMEOFFSET the clock",
        SKILL,
        (text(f"SWITCHOFFSET({OFFSET}, '+00:00')"), "2024-01-31 04:30:00 +00:00"),
        (text(f"SWITCHOFFSET({OFFSET}, -60)"), "2024-01-31 03:30:00 -01:00"),
        (
            text("TODATETIMEOFFSET(CAST('2024-01-31' AS datetime2(0)), '-03:00')"),
            "2024-01-31 00:00:00 -03:00",
        ),
    ),
    refused(
        "An offset is not trimmed, and is at most 14 hours",
        SKILL,
        (f"SWITCHOFFSET({OFFSET}, ' +01:30 ')", 9812),
        ("TODATETIMEOFFSET(CAST('2024-01-01' AS datetime2(0)), ' +01:30 ')", (9812, 0)),
        (f"SWITCHOFFSET({OFFSET}, '+14:01')", 9812),
        (f"SWITCHOFFSET({OFFSET}, 841)", 9812),
    ),
    Fact(
        "datetimeoffsets are equal if they are the same moment",
        SKILL,
        [
            batch("CREATE TABLE t (m datetimeoffset(0) PRIMARY KEY)"),
            batch("INSERT t VALUES ('2024-01-01 10:00 +02:00')"),
            batch("INSERT t VALUES ('2024-01-01 08:00 +00:00')", errors=[2627]),
            batch(
                f"SELECT {text('m')} FROM t WHERE m = '2024-01-01 09:00 +01:00'",
                rows=[["2024-01-01 10:00:00 +02:00"]],
            ),
        ],
    ),
    Fact(
        "datetime takes numbers in sums, datetime2 does not",
        SKILL,
        [
            batch(
                f"SELECT {text(OLD + ' + 1.5')}, {text(OLD + ' - 1')}",
                rows=[["2024-02-01 12:00:00.000", "2024-01-30 00:00:00.000"]],
            ),
            batch("DECLARE @d datetime2 = '2024-01-01'; SELECT @d + 1", errors=[206]),
            batch(
                "DECLARE @d datetime = '2024-01-01', @e date = '2024-01-01'; SELECT @d + @e",
                errors=[402],
            ),
        ],
    ),
    Fact(
        "A parameter of datetime2 keeps its microseconds, and as datetime is rounded",
        SKILL,
        [
            rpc(
                f"SELECT {text('@d')}, {text('CAST(@d AS datetime)')}",
                {"@d": ("varchar(40)", "2024-01-02T03:04:05.678")},
                rows=[["2024-01-02T03:04:05.678", "2024-01-02 03:04:05.677"]],
            )
        ],
    ),
    refused(
        "EOMONTH fails beyond the last year",
        SKILL,
        ("EOMONTH('9999-12-15', 1)", 517),
    ),
    refused(
        "DATE_BUCKET takes a width above zero, and parts that it counts in",
        "mirek/bitsql docs/reference/analytic.md",
        ("DATE_BUCKET(day, 0, CAST('2024-01-01' AS date))", 9834),
        ("DATE_BUCKET(hour, 1, CAST('2024-01-01' AS date))", 9810),
        ("DATE_BUCKET(weekday, 1, CAST('2024-01-01' AS datetime2))", 9810),
        since="2022",
    ),
    Fact(
        "DATEADD and DATEDIFF work on columns row by row",
        SKILL,
        [
            batch("CREATE TABLE t (n int, d datetime2(0), o datetimeoffset(0), s smalldatetime)"),
            batch(
                "INSERT t VALUES (1, '2024-01-31', '2024-01-31 23:00 -02:00', '2024-01-31'),"
                " (2, NULL, NULL, NULL)"
            ),
            batch(
                f"SELECT {text('DATEADD(month, n, d)')}, {text('DATEADD(day, n, o)')},"
                " CONVERT(varchar(40), DATEADD(hour, n, s), 120), DATEDIFF(day, d, o)"
                " FROM t ORDER BY n",
                rows=[
                    [
                        "2024-02-29 00:00:00",
                        "2024-02-01 23:00:00 -02:00",
                        "2024-01-31 01:00:00",
                        1,
                    ],
                    [None, None, None, None],
                ],
            ),
            batch("SELECT DATEADD(year, 9000 * n, d) FROM t", errors=[517]),
        ],
    ),
]
