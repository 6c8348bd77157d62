"""Values of datetime among the types that have more digits, and its missing dates."""

from __future__ import annotations

from tests.facts.expressions import fails, holds, refused, value

BREAKING = (
    "https://learn.microsoft.com/sql/database-engine"
    "/breaking-changes-to-database-engine-features-in-sql-server-2016"
)
PARTS = "https://learn.microsoft.com/sql/t-sql/functions/datepart-transact-sql"
STYLES = "mirek/msduck reference/gaps-conversion.json"
ARITHMETIC = "mirek/bitsql datetime-arithmetic"
BELIEVED = "believed: 242 is the error of a datetime2 out of range"
LEGACY = "mirek/msduck reference/dateadd-legacy.json"


def old(clock: str) -> str:
    return f"CAST('2023-05-06T{clock}' AS datetime)"


FACTS = [
    value("A datetime of .003 is .003333 in a type with six digits, one of .007 .006667", BREAKING,
          f"CONVERT(varchar(40), CAST({old('10:20:30.003')} AS datetime2(6)), 121),"
          f" CONVERT(varchar(40), CAST({old('10:20:30.007')} AS time(6)), 121)",
          "2023-05-06 10:20:30.003333", "10:20:30.006667"),
    value("With three digits it is what it shows", BREAKING,
          f"CONVERT(varchar(40), CAST({old('10:20:30.003')} AS datetime2(3)), 121),"
          f" CONVERT(varchar(40), CAST({old('10:20:30.007')} AS time(3)), 121),"
          f" CONVERT(varchar(40), CAST({old('10:20:30.997')} AS datetimeoffset(3)), 121)",
          "2023-05-06 10:20:30.003", "10:20:30.007", "2023-05-06 10:20:30.997 +00:00"),
    fails("So it does not equal the datetime2 that reads the same", BREAKING,
          f"{old('10:20:30.003')} = CAST('2023-05-06T10:20:30.003' AS datetime2(3))",
          f"{old('10:20:30.007')} = CAST('2023-05-06T10:20:30.007' AS datetime2)"),
    holds("A datetime of whole hundredths equals it", BREAKING,
          f"{old('10:20:30.010')} = CAST('2023-05-06T10:20:30.01' AS datetime2(3))",
          f"{old('10:20:30')} = CAST('2023-05-06T10:20:30' AS datetime2)"),
    holds("The third of a millisecond counts in the order, too", BREAKING,
          f"{old('10:20:30.003')} > CAST('2023-05-06T10:20:30.003' AS datetime2(3))",
          f"{old('10:20:30.007')} < CAST('2023-05-06T10:20:30.007' AS datetime2(3))"),
    value("A date is written without a time, by the styles of dates with times, too", STYLES,
          "CONVERT(nvarchar(40), CAST('2023-05-06' AS date), 121),"
          " CONVERT(varchar(40), CAST('2023-05-06' AS date), 120),"
          " CONVERT(nvarchar(40), CAST('2023-05-06' AS date), 126),"
          " CONVERT(varchar(40), CAST('2023-05-06' AS date), 100)",
          "2023-05-06", "2023-05-06", "2023-05-06", "May  6 2023"),
    refused("DATEPART takes no NULL without a type", PARTS, "DATEPART(year, NULL)", 8116),
    refused("DATENAME takes no NULL without a type", PARTS, "DATENAME(month, NULL)", 8116),
    value("DATEPART of a NULL that has a type is NULL", PARTS,
          "DATEPART(year, CAST(NULL AS datetime2(3)))", None),
    value("DATEADD takes a NULL without a type", LEGACY, "DATEADD(month, 1, NULL)", None),
    value("DATEADD counts 1/300 s in a datetime", LEGACY,
          f"CONVERT(varchar(40), DATEADD(millisecond, 1, {old('10:20:30')}), 121),"
          f" CONVERT(varchar(40), DATEADD(millisecond, 2, {old('10:20:30')}), 121)",
          "2023-05-06 10:20:30.000", "2023-05-06 10:20:30.003"),
    refused("Sums of a datetime stay in its years", ARITHMETIC,
            "CAST('9999-12-31' AS datetime) + 1", 8115),
    refused("Its differences do, too", ARITHMETIC, "CAST('1753-01-01' AS datetime) - 1", 8115),
    value("The last day with a time is in them", ARITHMETIC,
          "CONVERT(varchar(30), CAST('9999-12-30' AS datetime) + 1.5, 126)", "9999-12-31T12:00:00"),
    refused("A datetime is not multiplied", ARITHMETIC, "GETDATE() * 2", 257),
    refused("It is not divided", ARITHMETIC, "GETDATE() / 2", 257),
    refused("A uniqueidentifier is not added to it", ARITHMETIC, "GETDATE() + NEWID()", 402),
    refused("A datetime2 that rounds to the year 10000 is no datetime", BELIEVED,
            "CAST(CAST('9999-12-31T23:59:59.9999' AS datetime2) AS datetime)", 242),
]  # fmt: skip
