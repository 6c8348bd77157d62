"""AT TIME ZONE: the zones' rules in every year, hours that come twice or not at all, and limits."""

from __future__ import annotations

from tests.facts.model import Fact, batch

DOC = "mirek/bitsql docs/reference/at-time-zone.md"
EDGES = "mirek/bitsql harness/corpus/timezone/edges.sql"
RULES = "mirek/bitsql src/core/types/timezone_data.mbt"


def local(clock: str, zone: str) -> str:
    """Return an expression for a time of the clock in a zone, as text."""
    return f"CONVERT(varchar(40), CAST('{clock}' AS datetime2(0)) AT TIME ZONE '{zone}', 121)"


def moment(instant: str, zone: str) -> str:
    """Return an expression for a moment as it is shown in a zone, as text."""
    return (
        f"CONVERT(varchar(40), CAST('{instant}' AS datetimeoffset(0)) AT TIME ZONE '{zone}', 121)"
    )


def shown(sentence: str, source: str, *pairs: tuple[str, str]) -> Fact:
    """Return the fact that some expressions have some values."""
    listed = ", ".join(expression for expression, _ in pairs)
    return Fact(sentence, source, [batch(f"SELECT {listed}", rows=[[v for _, v in pairs]])])


def refused(sentence: str, source: str, *pairs: tuple[str, tuple[int, int]]) -> Fact:
    """Return the fact that some expressions, each alone, end in errors."""
    steps = [batch(f"SELECT {expression}", errors=[number]) for expression, number in pairs]
    return Fact(sentence, source, steps)


PACIFIC, LONDON = "Pacific Standard Time", "GMT Standard Time"
BERLIN, SYDNEY = "W. Europe Standard Time", "AUS Eastern Standard Time"

FACTS = [
    shown(
        "A time of the clock gets the offset that its zone has then",
        DOC,
        (local("2024-01-15 12:00", PACIFIC), "2024-01-15 12:00:00 -08:00"),
        (local("2024-07-15 12:00", PACIFIC), "2024-07-15 12:00:00 -07:00"),
        (local("2024-01-15 12:00", SYDNEY), "2024-01-15 12:00:00 +11:00"),
        (local("2024-07-15 12:00", SYDNEY), "2024-07-15 12:00:00 +10:00"),
        (local("2024-07-15 12:00", "India Standard Time"), "2024-07-15 12:00:00 +05:30"),
    ),
    shown(
        "A moment is shown with the clock of the zone",
        DOC,
        (moment("2024-07-15 12:00 +00:00", PACIFIC), "2024-07-15 05:00:00 -07:00"),
        (moment("2024-01-15 12:00 +05:30", LONDON), "2024-01-15 06:30:00 +00:00"),
        (moment("2024-07-15 12:00 -03:00", "Tokyo Standard Time"), "2024-07-16 00:00:00 +09:00"),
    ),
    shown(
        "An hour that is left out is read in standard time and shown in daylight time",
        DOC,
        (local("2024-03-10 02:30", PACIFIC), "2024-03-10 03:30:00 -07:00"),
        (local("2024-03-31 02:00", BERLIN), "2024-03-31 03:00:00 +02:00"),
        (local("2024-10-06 02:15", "Lord Howe Standard Time"), "2024-10-06 02:45:00 +11:00"),
    ),
    shown(
        "An hour that comes twice is the first of the two",
        DOC,
        (local("2024-11-03 01:30", PACIFIC), "2024-11-03 01:30:00 -07:00"),
        (local("2024-11-03 02:00", PACIFIC), "2024-11-03 02:00:00 -08:00"),
        (local("2024-10-27 02:59", BERLIN), "2024-10-27 02:59:00 +02:00"),
        (local("2024-04-07 01:45", "Lord Howe Standard Time"), "2024-04-07 01:45:00 +11:00"),
    ),
    shown(
        "The first rule that Windows has of a zone holds in all earlier years",
        EDGES,
        (local("0001-07-01 12:00", PACIFIC), "0001-07-01 12:00:00 -07:00"),
        (local("1883-01-01 12:00", PACIFIC), "1883-01-01 12:00:00 -08:00"),
        (local("1970-07-01 12:00", BERLIN), "1970-07-01 12:00:00 +02:00"),
        (local("1960-01-01 12:00", LONDON), "1960-01-01 12:00:00 +00:00"),
    ),
    shown(
        "Daylight time in the United States began in April in all years before 2007",
        RULES,
        (local("2006-03-20 12:00", PACIFIC), "2006-03-20 12:00:00 -08:00"),
        (local("2007-03-20 12:00", PACIFIC), "2007-03-20 12:00:00 -07:00"),
        (local("1980-04-10 12:00", "Eastern Standard Time"), "1980-04-10 12:00:00 -04:00"),
        (local("1950-12-01 12:00", "Central Standard Time"), "1950-12-01 12:00:00 -06:00"),
    ),
    shown(
        "The last rule of a zone holds in all later years",
        DOC,
        (local("2500-07-01 12:00", PACIFIC), "2500-07-01 12:00:00 -07:00"),
        (local("9000-01-01 12:00", BERLIN), "9000-01-01 12:00:00 +01:00"),
    ),
    refused(
        "A time of the clock whose moment is out of range is an error",
        EDGES,
        (local("0001-01-01 08:59", "Tokyo Standard Time"), (9813, 1)),
        (local("9999-12-31 16:00", PACIFIC), (9813, 1)),
    ),
    shown(
        "A time of the clock at the limit of the range is none",
        EDGES,
        (local("0001-01-01 09:00", "Tokyo Standard Time"), "0001-01-01 09:00:00 +09:00"),
        (local("9999-12-31 15:59:59", PACIFIC), "9999-12-31 15:59:59 -08:00"),
    ),
    shown(
        "A moment whose clock would be out of range is shown in UTC, at the limit",
        DOC,
        (moment("0001-01-01 03:00 +00:00", PACIFIC), "0001-01-01 00:00:00 +00:00"),
        (moment("9999-12-31 20:00 +00:00", "Tokyo Standard Time"), "9999-12-31 23:59:59 +00:00"),
    ),
    refused(
        "A zone that Windows does not know is an error",
        DOC,
        (local("2024-01-01", "America/Los_Angeles"), (9820, 1)),
        (local("2024-01-01", "GMT"), (9820, 1)),
        (local("2024-01-01", " UTC"), (9820, 1)),
        (local("2024-01-01", "British Columbia Standard Time"), (9820, 1)),
    ),
    shown(
        "Names of zones are found in any case",
        DOC,
        (local("2024-01-01", "pacific STANDARD time"), "2024-01-01 00:00:00 -08:00"),
        (local("2024-01-01", "utc"), "2024-01-01 00:00:00 +00:00"),
    ),
    refused(
        "AT TIME ZONE takes neither dates, times, strings nor numbers",
        DOC,
        ("CAST('2024-01-01' AS date) AT TIME ZONE 'UTC'", (8116, 1)),
        ("CAST('10:00' AS time) AT TIME ZONE 'UTC'", (8116, 1)),
        ("'2024-01-01' AT TIME ZONE 'UTC'", (8116, 1)),
        ("1 AT TIME ZONE 'UTC'", (8116, 1)),
        ("GETDATE() AT TIME ZONE 5", (8116, 1)),
    ),
    Fact(
        "NULL is NULL in every zone, and everything is NULL in none",
        DOC,
        [
            batch(
                "SELECT CAST(NULL AS datetime2) AT TIME ZONE 'UTC',"
                " SYSDATETIME() AT TIME ZONE CAST(NULL AS varchar(9)), NULL AT TIME ZONE 'UTC'",
                rows=[[None, None, None]],
            )
        ],
    ),
    Fact(
        "AT TIME ZONE keeps the digits of a second",
        DOC,
        [
            batch(
                "IF 1 = 1 SELECT CAST('2024-01-01' AS datetime) AT TIME ZONE 'UTC' AS a,"
                " CAST('2024-01-01' AS smalldatetime) AT TIME ZONE 'UTC' AS b,"
                " CAST('2024-01-01' AS datetime2(5)) AT TIME ZONE 'UTC' AS c INTO made"
            ),
            batch(
                "SELECT TYPE_NAME(system_type_id), scale FROM sys.columns"
                " WHERE object_id = OBJECT_ID('made') ORDER BY column_id",
                rows=[["datetimeoffset", 3], ["datetimeoffset", 0], ["datetimeoffset", 5]],
            ),
        ],
    ),
    Fact(
        "A zone may come from a variable, and differ from row to row",
        DOC,
        [
            batch("CREATE TABLE t (zone nvarchar(60), clock datetime2(0))"),
            batch(
                "INSERT t VALUES (N'UTC', '2024-07-01 12:00'),"
                " (N'Romance Standard Time', '2024-07-01 12:00')"
            ),
            batch(
                "SELECT CONVERT(varchar(40), clock AT TIME ZONE zone, 121) FROM t ORDER BY zone",
                rows=[["2024-07-01 12:00:00 +02:00"], ["2024-07-01 12:00:00 +00:00"]],
            ),
            batch(
                "DECLARE @z sysname = N'UTC'; SELECT COUNT(*) FROM t"
                " WHERE clock AT TIME ZONE @z = '2024-07-01 14:00 +02:00'",
                rows=[[2]],
            ),
        ],
    ),
    Fact(
        "sys.time_zone_info lists the 141 zones of Windows and their offsets",
        DOC,
        [
            batch("SELECT COUNT(*) FROM sys.time_zone_info", rows=[[141]]),
            batch(
                "SELECT name, current_utc_offset, is_currently_dst FROM sys.time_zone_info"
                " WHERE name IN (N'UTC', N'Nepal Standard Time', N'UTC-11') ORDER BY name",
                rows=[
                    ["Nepal Standard Time", "+05:45", False],
                    ["UTC", "+00:00", False],
                    ["UTC-11", "-11:00", False],
                ],
            ),
        ],
    ),
    shown(
        "Zones follow each other: a clock in one zone is shown in the next",
        DOC,
        (
            "CONVERT(varchar(40), CAST('2024-07-01 12:00' AS datetime2(0)) AT TIME ZONE 'UTC'"
            f" AT TIME ZONE '{PACIFIC}', 121)",
            "2024-07-01 05:00:00 -07:00",
        ),
    ),
]
