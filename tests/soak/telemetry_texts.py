"""Texts of statements, and query plans, that are generated, cut and harmed."""

from __future__ import annotations

import random
import time

from mssql.telemetry.plans import read
from mssql.telemetry.plans.scrub import scrub
from mssql.telemetry.sanitize import sanitize
from mssql.telemetry.summary import summarize
from mssql.tsql import scanner
from tests.soak.model import Context, Row
from tests.unit.telemetry.plans.documents import ACTUAL, ESTIMATED

SECRET = "s3cr3t"
LONGEST_SUMMARY = 255
LONGEST_SECONDS = 1.0  # for one text or plan; hostile ones took minutes once
LITERALS = (f"'{SECRET}'", f"N'{SECRET}'", f"'a''{SECRET}'", f"N'{SECRET}''''b'")
PIECES = (
    *("SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "MERGE ", "EXEC ", "WITH x AS ("),
    *(" FROM ", " WHERE ", " JOIN ", " ON ", " IN (", " VALUES (", ")", "),(", ", ", "; ", " = "),
    *("[dbo].[book]", "book", "dbo..book", '"my table"', "[a]]b].[c]", "#t", "@p", "@@ROWCOUNT"),
    *("?", "1", "0x1F", "1.5e-3", "1e", "NULL", "--note\n", "/* a /* b */ c */", "\n", " "),
    *("TOP (5) ", "a" * 40, "a." * 20, "[", '"', "{? = CALL p(?)}", "é", "\U0001f600", "$action"),
)
RENAMED = (" PhysicalOp=", " NodeId=", " StatementType=", " xmlns=", " EstimateRows=", " Table=")
STRAY = "[]\"'-/*.,()@#$\\;\0\x1a"
HARMS = ("<", ">", '"', "&", "</", "/>", "<!DOCTYPE a>", "\0", "]]>", "<RelOp>", "&amp;", " a='b'")


def texts(context: Context) -> Row:
    """Scan, sanitise and summarise texts: no exception, no value, no text that takes long."""
    row = Row()
    slowest = 0.0
    for number in context.turns():
        chance = random.Random(number)
        sql, is_whole = _text(chance)
        started = time.perf_counter()
        try:
            pieces = scanner.pieces(sql)
            sanitized, summary = sanitize(sql, pieces), summarize(sql, pieces)
            if "".join(pieces) != sql:
                row.err(f"text {number}: pieces are not the text")
            if is_whole and SECRET in sanitized + summary.text:
                row.leak(f"text {number}: a value stayed")
            if len(summary.text) > LONGEST_SUMMARY:
                row.err(f"text {number}: a summary of {len(summary.text)} characters")
        except Exception as raised:  # noqa: BLE001  counted, whatever it is
            row.fail(raised)
        slowest = max(slowest, time.perf_counter() - started)
        row.done += 1
    return _timed(row, slowest)


def plans(context: Context) -> Row:
    """Scrub and read plans that were harmed: refused with ValueError, or without a value."""
    row = Row()
    slowest, refused = 0.0, 0
    for number in context.turns():
        xml = _plan(random.Random(number))
        started = time.perf_counter()
        try:
            scrubbed = scrub(xml)
            found = SECRET in scrubbed + read.as_text(scrubbed)
            if found and xml.count(f"'{SECRET}") == xml.count(SECRET):  # else it is no literal
                row.leak(f"plan {number}: a value stayed")
        except ValueError:
            refused += 1
        except Exception as raised:  # noqa: BLE001  counted, whatever it is
            row.fail(raised)
        slowest = max(slowest, time.perf_counter() - started)
        row.done += 1
    row.facts["refused"] = refused
    return _timed(row, slowest)


def _timed(row: Row, slowest: float) -> Row:
    row.facts["slowest, ms"] = round(slowest * 1000, 1)
    if slowest > LONGEST_SECONDS:
        row.fail(f"one took {slowest:.1f} s")
    return row


def _text(chance: random.Random) -> tuple[str, bool]:
    """Return a text, and whether its literals are literals to the end."""
    parts = [chance.choice(PIECES) for _ in range(chance.randint(3, 30))]
    is_whole = not any(part in '["' for part in parts)
    for _ in range(chance.randint(0, 3)):
        parts.insert(chance.randrange(len(parts)), f" {chance.choice(LITERALS)} ")
    sql = "".join(parts)
    manner = chance.randrange(10)
    if manner == 0:
        return sql[: chance.randrange(len(sql))], is_whole
    if manner == 1:
        place = chance.randrange(len(sql))
        return sql[:place] + chance.choice(STRAY) + sql[place:], False
    return sql, is_whole


def _plan(chance: random.Random) -> str:
    xml = chance.choice((ESTIMATED, ACTUAL)).replace("AA11", SECRET)
    for _ in range(chance.randint(0, 3)):
        place = chance.randrange(len(xml))
        manner = chance.randrange(4)
        if manner == 0:
            xml = xml[:place] + chance.choice(HARMS) + xml[place:]
        elif manner == 1:
            xml = xml[:place] + xml[place + chance.randint(1, 40) :]
        elif manner == 2:  # whole tags twice: half a one could make a value a name
            start, end = xml.find("<", place), xml.find("<", place + chance.randint(1, 400))
            xml = xml[:end] + xml[start:end] + xml[end:]
        else:
            xml = xml.replace(chance.choice(RENAMED), " Other=", 1)
        xml = xml or "<"
    return xml
