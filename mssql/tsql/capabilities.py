"""Capabilities of a server and its database: which T-SQL they support.

Each capability names the release that added it and, if the documentation requires one, the
database's compatibility level. Azure reports version 12 always: there the level decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Sequence, Tuple

# SERVERPROPERTY('EngineEdition'),
# https://learn.microsoft.com/sql/t-sql/functions/serverproperty-transact-sql
AZURE_SQL_DATABASE = 5
AZURE_SQL_MANAGED_INSTANCE = 8
FABRIC_SQL_DATABASE = 12
_AZURE = frozenset((AZURE_SQL_DATABASE, AZURE_SQL_MANAGED_INSTANCE, FABRIC_SQL_DATABASE))

_RELEASES = {13: 2016, 14: 2017, 15: 2019, 16: 2022, 17: 2025}

# By its name: on Azure SQL Database DB_ID() and sys.databases may return different ids.
# https://learn.microsoft.com/sql/t-sql/functions/db-id-transact-sql
FACTS_SQL = """\
SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)),
 CAST(SERVERPROPERTY('EngineEdition') AS int),
 (SELECT compatibility_level FROM sys.databases WHERE name = DB_NAME()),
 CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS nvarchar(128))"""


@dataclass(frozen=True)
class ServerInfo:
    """The facts of one database on one server, read once with the first connection to it."""

    version: str  # such as "16.0.4185.3"
    edition: int
    compatibility_level: int  # 130 = SQL Server 2016 ... 170 = SQL Server 2025
    collation: str

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> ServerInfo:
        """Return the facts from the row of FACTS_SQL. Raises LookupError if there is no level."""
        version, edition, level, collation = row
        if level is None:
            raise LookupError(
                "The compatibility level of the database is unknown: sys.databases has no row for "
                "DB_NAME(), which every login may see. Check that the connection's database is the "
                "one of the settings, and that no proxy between them hides it."
            )
        return cls(version, edition, level, collation or "")

    @property
    def major(self) -> int:
        """The first part of the version: 13 (2016) ... 17 (2025), on Azure always 12."""
        return int(self.version.partition(".")[0])

    @property
    def version_tuple(self) -> tuple[int, ...]:
        """The version as numbers, for comparing."""
        return tuple(int(part) for part in self.version.split(".") if part.isdigit())

    @property
    def product(self) -> str:
        """The product's name."""
        names = {
            AZURE_SQL_DATABASE: "Azure SQL Database",
            AZURE_SQL_MANAGED_INSTANCE: "Azure SQL Managed Instance",
            FABRIC_SQL_DATABASE: "SQL database in Fabric",
        }
        release = _RELEASES.get(self.major, self.version)
        return names.get(self.edition, f"SQL Server {release}")

    @property
    def is_azure(self) -> bool:
        """Whether it is Azure SQL Database, Managed Instance or Fabric."""
        return self.edition in _AZURE

    @property
    def can_use_other_databases(self) -> bool:
        """USE and three-part names; a session of Azure SQL Database or Fabric has one database."""
        return self.edition not in (AZURE_SQL_DATABASE, FABRIC_SQL_DATABASE)

    @property
    def has_single_user_mode(self) -> bool:
        """ALTER DATABASE ... SET SINGLE_USER, which ends the other sessions of a database.
        https://learn.microsoft.com/azure/azure-sql/managed-instance/transact-sql-tsql-differences-sql-server
        """
        return not self.is_azure

    @property
    def has_backup_to_disk(self) -> bool:
        """BACKUP DATABASE ... TO DISK, and RESTORE from there (the page above)."""
        return not self.is_azure

    @property
    def has_database_copy(self) -> bool:
        """CREATE DATABASE ... AS COPY OF,
        https://learn.microsoft.com/sql/t-sql/statements/create-database-transact-sql"""
        return self.edition == AZURE_SQL_DATABASE

    @property
    def has_switch(self) -> bool:
        """ALTER TABLE ... SWITCH, https://learn.microsoft.com/fabric/database/sql/limitations."""
        return self.edition != FABRIC_SQL_DATABASE

    @property
    def can_alter_keys(self) -> bool:
        """Whether a table's primary key can be altered,
        https://learn.microsoft.com/fabric/database/sql/mirroring-limitations."""
        return self.edition != FABRIC_SQL_DATABASE

    @property
    def can_alter_to_json(self) -> bool:
        """ALTER COLUMN to the type json (the page above)."""
        return self.edition != FABRIC_SQL_DATABASE

    @property
    def refused_in_column_names(self) -> str:
        """The characters that no column's name may contain,
        https://learn.microsoft.com/fabric/database/sql/limitations."""
        return " ,;{}()\n\t=" if self.edition == FABRIC_SQL_DATABASE else ""

    @property
    def is_case_sensitive(self) -> bool:
        """Whether the database's own collation compares with case."""
        return "_CS_" in self.collation or "_BIN" in self.collation

    def _since(self, major: int, level: int = 0) -> bool:
        if self.is_azure:
            return self.compatibility_level >= max(level, 130)
        return self.major >= major and self.compatibility_level >= level

    @property
    def has_string_agg(self) -> bool:
        """https://learn.microsoft.com/sql/t-sql/functions/string-agg-transact-sql, 2017."""
        return self._since(14)

    @property
    def has_openjson(self) -> bool:
        """https://learn.microsoft.com/sql/t-sql/functions/openjson-transact-sql, level 130."""
        return self.compatibility_level >= 130

    @property
    def has_utf8_collations(self) -> bool:
        """https://learn.microsoft.com/sql/relational-databases/collations/collation-and-unicode-support
        (UTF-8 support), 2019."""
        return self._since(15)

    @property
    def has_greatest_least(self) -> bool:
        """https://learn.microsoft.com/sql/t-sql/functions/logical-functions-greatest-transact-sql,
        2022."""
        return self._since(16)

    @property
    def has_datetrunc(self) -> bool:
        """https://learn.microsoft.com/sql/t-sql/functions/datetrunc-transact-sql, 2022."""
        return self._since(16)

    @property
    def has_json_object(self) -> bool:
        """JSON_OBJECT and JSON_ARRAY,
        https://learn.microsoft.com/sql/t-sql/functions/json-object-transact-sql, 2022."""
        return self._since(16)

    @property
    def has_isjson_value(self) -> bool:
        """The type argument of ISJSON, https://learn.microsoft.com/sql/t-sql/functions/isjson-transact-sql,
        2022."""
        return self._since(16)

    @property
    def has_window_clause(self) -> bool:
        """https://learn.microsoft.com/sql/t-sql/queries/select-window-transact-sql, 2022 and level
        160."""
        return self._since(16, 160)

    @property
    def has_regexp_like(self) -> bool:
        """https://learn.microsoft.com/sql/t-sql/functions/regexp-like-transact-sql, 2025 and level
        170."""
        return self._since(17, 170)

    @property
    def has_json_type(self) -> bool:
        """https://learn.microsoft.com/sql/t-sql/data-types/json-data-type, 2025, Azure SQL Database
        and Fabric at every level; a Managed Instance whose updates follow them, at level 170.
        """
        if self.edition in (AZURE_SQL_DATABASE, FABRIC_SQL_DATABASE):
            return True
        return self._since(17, 170 if self.is_azure else 0)


# Facts by (server, database, data source), for the process's life: a later connection saves the
# query. After an upgrade of the server they are read by the next process.
Key = Tuple[str, str, Optional[str]]
_facts: dict[Key, ServerInfo] = {}


def recall(key: Key) -> ServerInfo | None:
    """Return the facts that an earlier connection with this key has read, or None."""
    return _facts.get(key)


def remember(key: Key, info: ServerInfo) -> ServerInfo:
    """Keep the facts for later connections with this key, and return them."""
    _facts[key] = info
    return info


def forget(database: str) -> None:
    """Drop the facts of a database: another one may get its name."""
    for key in [key for key in _facts if key[1] == database]:
        del _facts[key]
