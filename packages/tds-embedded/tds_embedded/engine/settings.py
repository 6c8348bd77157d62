"""The SET options of a session, and their defaults.

Follows "SET statements", https://learn.microsoft.com/sql/t-sql/statements/set-statements-transact-sql
A value is refused if its effect on results is not emulated.
"""

from __future__ import annotations

from dataclasses import dataclass

from tds_embedded.errors import SqlServerError, error

# Options that can only have the value that every ODBC and OLE DB client sets.
FIXED = {
    "ANSI_NULLS": True,
    "ANSI_PADDING": True,
    "ANSI_WARNINGS": True,
    "ANSI_DEFAULTS": True,
    "ANSI_NULL_DFLT_ON": True,
    "ANSI_NULL_DFLT_OFF": False,
    "CONCAT_NULL_YIELDS_NULL": True,
    "NUMERIC_ROUNDABORT": False,
    "ARITHIGNORE": False,
    "FORCEPLAN": False,
    "REMOTE_PROC_TRANSACTIONS": False,
    "SHOWPLAN_ALL": False,
    "SHOWPLAN_TEXT": False,
    "STATISTICS IO": False,
    "STATISTICS PROFILE": False,
    "STATISTICS TIME": False,
}
# The bits of @@OPTIONS ("Configure the user options"), for those that can vary here.
OPTION_BITS = {
    "implicit_transactions": 2,
    "cursor_close_on_commit": 4,
    "arithabort": 64,
    "quoted_identifier": 256,
    "nocount": 512,
    "xact_abort": 16384,
}
ALWAYS_ON_BITS = 8 | 16 | 32 | 1024 | 4096  # ANSI warnings, padding, nulls, null default, concat
LANGUAGES = {"us_english": "us_english", "english": "us_english"}
# The languages that SQL Server has besides, by name and alias (sys.syslanguages).
OTHER_LANGUAGES = frozenset(
    {
        *("deutsch", "german", "français", "french", "日本語", "japanese", "dansk", "danish"),
        *("español", "spanish", "italiano", "italian", "nederlands", "dutch", "norsk"),
        *("norwegian", "português", "portuguese", "suomi", "finnish", "svenska", "swedish"),
        *("čeština", "czech", "magyar", "hungarian", "polski", "polish", "română", "romanian"),
        *("hrvatski", "croatian", "slovenčina", "slovak", "slovenski", "slovenian", "ελληνικά"),
        *("greek", "български", "bulgarian", "русский", "russian", "türkçe", "turkish", "british"),
        *("british english", "eesti", "estonian", "latviešu", "latvian", "lietuvių", "lithuanian"),
        *("português (brasil)", "brazilian", "繁體中文", "traditional chinese", "한국어", "korean"),
        *("简体中文", "simplified chinese", "arabic", "ไทย", "thai"),
    }
)
DATE_FORMATS = ("mdy", "dmy", "ymd", "ydm", "myd", "dym")


@dataclass
class Settings:
    """The options of one session, with SQL Server's defaults for an ODBC client."""

    nocount: bool = False
    xact_abort: bool = False
    implicit_transactions: bool = False
    quoted_identifier: bool = True
    arithabort: bool = False
    cursor_close_on_commit: bool = False
    fmtonly: bool = False
    noexec: bool = False
    parseonly: bool = False
    showplan_xml: bool = False
    statistics_xml: bool = False
    lock_timeout: int = -1  # milliseconds; -1 waits for ever
    datefirst: int = 7  # the day that begins a week: 1 is Monday
    language: str = "us_english"
    textsize: int = 2147483647
    deadlock_priority: int = 0

    @property
    def options(self) -> int:
        """@@OPTIONS."""
        bits = sum(bit for name, bit in OPTION_BITS.items() if getattr(self, name))
        return ALWAYS_ON_BITS | bits

    def switch(self, name: str, on: bool) -> None:
        """SET name ON or OFF. Raises 40517 for a value that is not emulated."""
        if name in FIXED:
            if FIXED[name] != on:
                raise error(40517, f"SET {name} {'ON' if on else 'OFF'}")
            return
        setattr(self, name.lower().replace(" ", "_"), on)

    def assign(self, name: str, value: object) -> None:
        """SET name value. Raises SQL Server's error for a value out of range."""
        if name == "LOCK_TIMEOUT":
            self.lock_timeout = _integer(name, value, -1, 2147483647)
        elif name == "DATEFIRST":
            self.datefirst = _integer(name, value, 1, 7)
        elif name == "DATEFORMAT":
            if str(value).lower() not in DATE_FORMATS:
                raise error(2741, value)
            # Both read dates with the year first, the only ones that Django writes, in the same
            # sense.
            if str(value).lower() not in ("mdy", "ymd"):
                raise error(40517, f"SET DATEFORMAT {value}")
        elif name == "LANGUAGE":
            language = LANGUAGES.get(str(value).lower())
            if language is None and str(value).lower() in OTHER_LANGUAGES:
                raise error(40517, f"SET LANGUAGE {value}")
            if language is None:
                raise error(2740, value)
            self.language = language
        elif name == "DEADLOCK_PRIORITY":
            words = {"low": -5, "normal": 0, "high": 5}
            self.deadlock_priority = words.get(str(value).lower(), 0)
            if str(value).lower() not in words:
                self.deadlock_priority = _integer(name, value, -10, 10)
        elif name == "TEXTSIZE":
            self.textsize = _integer(name, value, -1, 2147483647)
        elif name == "ROWCOUNT" and value:
            raise error(40517, "SET ROWCOUNT")
        elif name == "QUERY_GOVERNOR_COST_LIMIT" and value:
            raise error(40517, "SET QUERY_GOVERNOR_COST_LIMIT")


def _integer(name: str, value: object, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _invalid(name, value)
    if not low <= value <= high:
        raise _invalid(name, value)
    return value


def _invalid(name: str, value: object) -> SqlServerError:
    return error(2742, name, value)
