"""Test databases: created, copied for parallel test processes, and dropped."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from django.conf import settings as django_settings
from django.db import utils
from django.db.backends.base.creation import BaseDatabaseCreation

from mssql.errors.numbers import ErrorNumber
from mssql.tsql import capabilities
from mssql.tsql.identifiers import collation_name
from mssql.tsql.literals import literal

LOGIN_FAILURES = (ErrorNumber.CANNOT_OPEN_DATABASE, ErrorNumber.LOGIN_FAILED)
ONLINE = 0  # the state in sys.databases


class DatabaseCreation(BaseDatabaseCreation):
    """Test databases on the server of the settings.

    A Managed Instance lacks SINGLE_USER, and copies of databases: clones are migrated.
    On Azure SQL Database CREATE DATABASE takes up to minutes and costs money: set TEST["NAME"] to a
    database that exists and run the tests with --keepdb. Do so for a SQL database in Fabric,
    too, which T-SQL cannot create.
    """

    connection: Any

    def sql_table_creation_suffix(self) -> str:
        """Return the COLLATE clause of TEST["COLLATION"]; without it the server decides."""
        collation = self.connection.settings_dict["TEST"].get("COLLATION")
        if not collation:
            return ""
        name = collation_name(collation, "TEST['COLLATION']")
        return f"COLLATE {name}"

    def _create_test_db(self, verbosity: int, autoclobber: bool, keepdb: bool = False) -> str:
        try:
            return str(super()._create_test_db(verbosity, autoclobber, keepdb))  # type: ignore[misc]
        except utils.OperationalError as error:
            # With --keepdb a login that may not use master can still use its test database.
            if keepdb and not set(LOGIN_FAILURES).isdisjoint(self._numbers(error)):
                return str(self._get_test_db_name())  # type: ignore[attr-defined]
            raise

    def _numbers(self, error: utils.Error) -> tuple[int, ...]:
        cause = error.__cause__
        return self.connection.driver.fault(cause).numbers if cause else ()

    def _clone_test_db(self, suffix: str, verbosity: int, keepdb: bool = False) -> None:
        self.connection.close()
        source = self.connection.settings_dict["NAME"]
        target = self.get_test_db_clone_settings(suffix)["NAME"]
        with self.connection._nodb_cursor() as cursor:
            if keepdb and self._exists(cursor, target):
                return
            copies = cursor.db.server.has_database_copy or cursor.db.server.has_backup_to_disk
            if copies:
                if self._exists(cursor, target):
                    self._drop(cursor, target)
                self._copy(cursor, source, target)
        if not copies:
            self._create_clone(source, target, verbosity)

    def _create_clone(self, source: str, target: str, verbosity: int) -> None:
        """Create the clone as the test database itself was, with the migrations.

        On a Managed Instance T-SQL cannot copy a database or back one up to a disk.
        """
        clone = _CloneCreation(self.connection, target)
        try:
            clone.create_test_db(verbosity=max(verbosity - 1, 0), autoclobber=True, serialize=False)
        finally:
            self.connection.close()
            # create_test_db() has changed both.
            in_django = django_settings.DATABASES[self.connection.alias]
            self.connection.settings_dict["NAME"] = in_django["NAME"] = source

    def _exists(self, cursor: Any, name: str) -> bool:
        cursor.execute("SELECT 1 FROM sys.databases WHERE name = %s", [name])
        return cursor.fetchone() is not None

    def _copy(self, cursor: Any, source: str, target: str) -> None:
        """Copy a database by backup and restore, on Azure by AS COPY OF.

        https://learn.microsoft.com/sql/t-sql/statements/restore-statements-transact-sql
        """
        quote = self.connection.ops.quote_name
        if cursor.db.server.has_database_copy:
            cursor.execute(f"CREATE DATABASE {quote(target)} AS COPY OF {quote(source)}")
            self._wait_until_online(cursor, target)
            return
        cursor.execute(
            "SELECT mf.name, mf.type, CAST(SERVERPROPERTY(CASE mf.type WHEN 0 THEN"
            " 'InstanceDefaultDataPath' ELSE 'InstanceDefaultLogPath' END) AS nvarchar(400))"
            " FROM sys.master_files mf JOIN sys.databases d ON d.database_id = mf.database_id"
            " WHERE d.name = %s",
            [source],
        )
        moves = ", ".join(
            f"MOVE {literal(name)} TO {literal(f'{folder}{target}_{name}')}"
            for name, _, folder in cursor.fetchall()
        )
        backup = literal(f"{source}_for_clones.bak")
        self._run(
            cursor, f"BACKUP DATABASE {quote(source)} TO DISK = {backup} WITH INIT, COPY_ONLY"
        )
        self._run(
            cursor, f"RESTORE DATABASE {quote(target)} FROM DISK = {backup} WITH REPLACE, {moves}"
        )

    def _wait_until_online(self, cursor: Any, name: str) -> None:
        """Wait until the server has copied the database in the background.

        https://learn.microsoft.com/azure/azure-sql/database/database-copy
        """
        while True:
            cursor.execute("SELECT state FROM sys.databases WHERE name = %s", [name])
            if cursor.fetchone() == (ONLINE,):
                return
            time.sleep(1)

    def _run(self, cursor: Any, sql: str) -> None:
        """Run a statement that reports its progress until its last message."""
        cursor.execute(sql)
        while cursor.nextset():  # unread messages would stop it before its end
            pass

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        with self.connection._nodb_cursor() as cursor:
            self._drop(cursor, test_database_name)

    def _drop(self, cursor: Any, name: str) -> None:
        database = self.connection.ops.quote_name(name)
        # Connections that are still open, such as pooled ones, would forbid the DROP.
        if cursor.db.server.has_single_user_mode:
            cursor.execute(f"ALTER DATABASE {database} SET SINGLE_USER WITH ROLLBACK IMMEDIATE")
        elif cursor.db.server.can_use_other_databases:
            self._end_sessions(cursor, name)
        cursor.execute(f"DROP DATABASE {database}")
        capabilities.forget(name)

    def _end_sessions(self, cursor: Any, name: str) -> None:
        """End the sessions in a database.

        https://learn.microsoft.com/sql/t-sql/language-elements/kill-transact-sql
        """
        cursor.execute(
            "SELECT session_id FROM sys.dm_exec_sessions"
            " WHERE database_id = DB_ID(%s) AND is_user_process = 1 AND session_id <> @@SPID",
            [name],
        )
        for (session_id,) in cursor.fetchall():
            with contextlib.suppress(utils.DatabaseError):  # it may have ended meanwhile
                cursor.execute(f"KILL {int(session_id)}")


class _CloneCreation(DatabaseCreation):
    """The creation of a test database as a clone, whose name is not that of TEST["NAME"]."""

    def __init__(self, connection: Any, name: str) -> None:
        super().__init__(connection)
        self._name = name

    def _get_test_db_name(self) -> str:
        return self._name
