"""The database wrapper: column types, operators and the life of a connection."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping, Sequence

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.db import utils
from django.utils.functional import cached_property

from mssql import checks, compat, drivers
from mssql.auth.tokens import token_requested
from mssql.client import DatabaseClient
from mssql.config import error_reports
from mssql.config.connection_config import ConnectionConfig, SignInSettings
from mssql.config.loading import connection_parameters
from mssql.creation import DatabaseCreation
from mssql.drivers import reachability
from mssql.drivers.connector import Connector, connect_past_dead_connections
from mssql.drivers.embedded import join_or_start
from mssql.drivers.placeholders import to_qmark
from mssql.drivers.tenancy import ANOTHER_PRINCIPAL, Tenancy
from mssql.drivers.transaction import Transaction
from mssql.errors import DatabaseErrors
from mssql.expressions.interfaces import Connection
from mssql.expressions.time_zones import TIME_ZONES_SQL, TimeZones
from mssql.features import DatabaseFeatures
from mssql.introspection import DatabaseIntrospection
from mssql.operations import DatabaseOperations
from mssql.schema import DatabaseSchemaEditor, column_types, foreign_keys
from mssql.telemetry.api import ConnectionInfo, Lease, Telemetry, record_token
from mssql.tsql import capabilities
from mssql.tsql.capabilities import FACTS_SQL, ServerInfo
from mssql.validation import DatabaseValidation

token_requested.connect(record_token)
error_reports.install()

# By server, for the life of the process: new rules come with an update of Windows and a restart.
_time_zones: dict[capabilities.Key, TimeZones] = {}


class DatabaseWrapper(Connection):
    """A connection to one database of SQL Server, Azure SQL or Fabric.

    Column types and settings are those of mssql-django, so that a project can move over.
    """

    vendor = "microsoft"
    display_name = "SQL Server"
    data_types = column_types.DATA_TYPES
    data_types_suffix = column_types.DATA_TYPES_SUFFIX
    operators = column_types.OPERATORS
    pattern_ops = column_types.PATTERN_OPS
    pattern_esc = column_types.PATTERN_ESC
    SchemaEditorClass = DatabaseSchemaEditor
    client_class = DatabaseClient
    creation_class = DatabaseCreation
    features_class = DatabaseFeatures
    introspection_class = DatabaseIntrospection
    ops_class = DatabaseOperations
    validation_class = DatabaseValidation

    _config: ConnectionConfig  # of the connection that is or was open
    _session: drivers.Session
    _tenancy: Tenancy
    _telemetry_settings: list[str]

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        self._needs_rollback = False
        super().__init__(settings_dict, alias)
        self._driver: drivers.Driver | None = None
        self._server: ServerInfo | None = None
        self._lease: Lease | None = None  # counts the connection that is or was open
        self._is_opening = False
        self._disabled_keys: set[str] = set()
        self._is_rollback_wanted = False  # by the application, of the open atomic block
        options = settings_dict["OPTIONS"]
        self.has_native_uuid = bool(options.get("native_uuid"))
        self.has_native_json = bool(options.get("native_json"))
        self.data_types = column_types.data_types(
            django_settings.USE_TZ, self.has_native_uuid, self.has_native_json
        )
        self.operators = column_types.operators(options.get("collation"))

    # Driver and server

    @property
    def driver(self) -> drivers.Driver:
        """The adapter of the Python driver in OPTIONS["python_driver"]."""
        if self._driver is None:
            self._load()
        assert self._driver is not None
        return self._driver

    @cached_property
    def Database(self) -> Any:
        """The DB-API module in use."""
        return self.driver.module

    @property
    def server(self) -> ServerInfo:
        """The capabilities of the server; connects if necessary."""
        if self._server is None:
            self.ensure_connection()
        assert self._server is not None
        return self._server

    def read_time_zones(self) -> TimeZones:
        """Return the server's time zones, which are read once per server."""
        self.ensure_connection()
        zones = _time_zones.get(self._config.key)
        if zones is None:
            with self.wrap_database_errors, self.create_cursor() as cursor:
                cursor.execute(TIME_ZONES_SQL)
                zones = TimeZones.from_rows(cursor.fetchall())
            _time_zones[self._config.key] = zones
        return zones

    def probe_server(self) -> str:
        """Connect to the server's port, and return advice for a login that no server answered."""
        return reachability.explain(self._config.address, reachability.probe(self._config))

    @cached_property
    def wrap_database_errors(self) -> DatabaseErrors:
        """The context manager that turns the driver's exceptions into Django's."""
        return DatabaseErrors(self)

    # Types and operators

    @property
    def data_type_check_constraints(self) -> dict[str, str]:  # type: ignore[override]
        """The check constraints of column types, which depend on the server."""
        return column_types.check_constraints(self.server.has_isjson_value, self.has_native_json)

    # Opening

    def get_connection_params(self) -> dict[str, Any]:
        """Return database, host, port and user of the settings.

        Other packages (sentry-sdk) call this for every statement: it checks nothing, and returns no
        secret.
        """
        return connection_parameters(self.settings_dict)

    def get_new_connection(self, conn_params: Mapping[str, Any]) -> Any:
        """Return a new driver connection in autocommit mode; repeat the login if the fault passes.

        `conn_params` override the settings. Raises ImproperlyConfigured if these cannot work.
        """
        config = self._config = join_or_start(self._load(conn_params))
        telemetry = self._telemetry(config)
        with telemetry.connecting(config.sign_in.name) as observer:
            connection, self._tenancy = Connector(config, self.driver, observer).open()
        self._lease = observer.opened()
        self.close_at = self._tenancy.retire_at(self.close_at)
        timeout = config.options["query_timeout"]
        self._session = drivers.Session(self.driver, connection, telemetry, timeout)
        self._telemetry_settings = telemetry.session_settings()
        return connection

    def _load(self, conn_params: Mapping[str, Any] | None = None) -> ConnectionConfig:
        """Read the settings, of which `conn_params` override some, and load their driver.

        Raises ImproperlyConfigured with the first error.
        """
        config = checks.load(self.settings_dict, self.alias, conn_params).require()
        if self._driver is None:
            self._driver = drivers.load(config.python_driver)
        return config

    def _telemetry(self, config: ConnectionConfig) -> Telemetry:
        connector = Connector(config, self.driver)
        info = ConnectionInfo.of(config, connector.open_connection, self.driver.fault)
        return Telemetry(info)

    # Life of the connection

    def connect(self) -> None:
        """Connect, again if the driver's pool contained a dead connection."""
        previous = self._lease
        connect_past_dead_connections(
            self._connect_once,
            lambda: self._lease is not previous and self.connection is None,
        )

    def _connect_once(self) -> None:
        self._is_opening = True
        try:
            super().connect()
        finally:
            self._is_opening = False

    def close_if_health_check_failed(self) -> None:
        """Close the connection if it is broken, or if another principal would sign in now.

        This is called before the first use in a request and, if a callable provides the tokens,
        before each unit of work.
        """
        if compat.HAS_HEALTH_CHECKS:
            super().close_if_health_check_failed()
        lease = self._lease
        if lease is None or self.connection is None:
            return
        if not lease.is_idle and not self._begins_unit_of_work():
            return
        if self._tenancy.request_confirmation(SignInSettings.of(self.settings_dict)):
            lease.use()
        elif self.in_atomic_block or not self.autocommit:
            raise utils.OperationalError(ANOTHER_PRINCIPAL)
        else:
            self.close()

    def _begins_unit_of_work(self) -> bool:
        """Whether the next statement may be another principal's than the last one."""
        if self._is_opening or not self._tenancy.varies:
            return False
        return self._session.transaction.is_none

    if not compat.HAS_HEALTH_CHECKS:

        def ensure_connection(self) -> None:
            """Connect if there is no connection."""
            self.close_if_health_check_failed()
            super().ensure_connection()

    def close_if_unusable_or_obsolete(self) -> None:
        """Close the connection between requests if it is broken, too old or outlives its token."""
        super().close_if_unusable_or_obsolete()
        if self._lease is not None and self.connection is not None and not self.in_atomic_block:
            self._lease.give_back()

    def discard_token(self) -> None:
        """Let the next connection sign in with another token than the open one."""
        self._tenancy.discard_token()

    def _close(self) -> None:
        if self._lease is not None:
            self._lease.close()
        with self.wrap_database_errors:
            self._session.disconnect()

    def init_connection_state(self) -> None:
        """Send the session settings, and read the server's facts unless known: one round trip."""
        self._server = capabilities.recall(self._config.key)
        statements = [*self._session_settings(), *([] if self._server else [FACTS_SQL])]
        with self.cursor() as cursor:
            cursor.execute(";\n".join(statements))
            if self._server is None:
                facts = self._facts(cursor.fetchone())
                self._server = capabilities.remember(self._config.key, facts)
        if self.has_native_json and not self._server.has_json_type:
            raise ImproperlyConfigured(
                f"DATABASES[{self.alias!r}]: OPTIONS['native_json'] requires the type json, which "
                f"was added in SQL Server 2025 and Azure SQL; this is {self._server.product} at "
                f"compatibility level {self._server.compatibility_level}. Leave it out."
            )
        compat.check_database_version(self)

    def _facts(self, row: Sequence[Any]) -> ServerInfo:
        try:
            return ServerInfo.from_row(row)
        except LookupError as error:
            raise utils.OperationalError(*error.args) from None

    def _session_settings(self) -> Iterator[str]:
        options = self._config.options
        yield "SET DATEFORMAT ymd"
        yield f"SET DATEFIRST {int(options['datefirst'])}"
        # Always: a reset of the session (sp_reset_connection) leaves the level as it was.
        yield f"SET TRANSACTION ISOLATION LEVEL {options['isolation_level'].upper()}"
        yield from self._telemetry_settings

    def get_database_version(self) -> tuple[int, ...]:
        """Return the version as numbers; on Azure, the release of the compatibility level."""
        facts = self.server
        return (facts.compatibility_level // 10,) if facts.is_azure else facts.version_tuple

    # Cursors

    def create_cursor(self, name: str | None = None) -> drivers.Cursor:
        """Return a cursor on the open connection, which is traced if telemetry is on."""
        if self.closed_in_transaction:
            raise utils.InterfaceError(
                "The connection was lost inside an atomic() block. Leave the block: the next use "
                "reconnects."
            )
        return drivers.Cursor(self._session, self.timezone, self.wrap_database_errors)

    def showplan(
        self, sql: str, params: Sequence[Any], analyze: bool = False, format: str = "XML"
    ) -> str:
        """Return a statement's estimated plan, or with `analyze` that of a run, as XML or TEXT.

        Raises telemetry.plans.PlanUnavailable.
        """
        statement = to_qmark(sql, params)
        config = join_or_start(self._load(self.get_connection_params()))
        with self.wrap_database_errors:
            return self._telemetry(config).explain(
                *statement, self.driver.bind, analyze=analyze, format=format
            )

    # Transactions

    def set_autocommit(self, autocommit: bool, *arguments: Any, **options: Any) -> None:
        """Change the mode; without a connection, do not open one for the mode of the settings.

        Such a connection could fail at the end of a block, and hide the error that ended the block.
        """
        is_usual = autocommit == self.settings_dict["AUTOCOMMIT"] and not self.in_atomic_block
        if self.connection is None and is_usual:
            self.autocommit = autocommit
        else:
            super().set_autocommit(autocommit, *arguments, **options)

    def _set_autocommit(self, autocommit: bool) -> None:
        with self.wrap_database_errors:
            self._session.set_autocommit(autocommit)

    def _commit(self) -> None:
        if self.connection is not None:
            with compat.debug_transaction(self, "COMMIT"), self.wrap_database_errors:
                self._session.commit()

    def _rollback(self) -> None:
        if self.connection is not None:
            with compat.debug_transaction(self, "ROLLBACK"), self.wrap_database_errors:
                self._session.rollback()

    def _savepoint_commit(self, sid: str) -> None:
        """Do nothing: SQL Server has no RELEASE SAVEPOINT.

        A savepoint exists until the transaction ends, or is rolled back to it or an earlier one.
        """

    @property
    def open_session(self) -> drivers.Session | None:
        """The session of the open connection, if there is one."""
        return self._session if self.connection is not None else None

    def fault(self, error: BaseException) -> drivers.Fault | None:
        """Return the fault of an exception that a driver has raised, None for any other."""
        if hasattr(self, "_session"):  # of the last connection
            return self._session.fault(error)
        if self._driver is None or not isinstance(error, self._driver.module.Error):
            return None
        return self._driver.fault(error)

    @property
    def lost_transaction(self) -> Transaction | None:
        """The transaction that the server has rolled back unasked, until a rollback."""
        session = self.open_session
        return session.transaction if session and session.transaction.is_lost else None

    @property
    def needs_rollback(self) -> bool:
        """Whether no statement can run until the end of the atomic block.

        If this is true at the end of the outermost block, Django rolls back silently. Therefore it
        is false at that moment if the server has rolled the transaction back, so that the commit
        raises, unless the application has requested a rollback.
        """
        if self.lost_transaction and not self._is_rollback_wanted:
            return self.in_atomic_block
        return self._needs_rollback

    @needs_rollback.setter
    def needs_rollback(self, needs_rollback: bool) -> None:
        self._needs_rollback = needs_rollback
        self._is_rollback_wanted = False

    def set_rollback(self, rollback: bool) -> None:
        """Set whether the innermost atomic block rolls back at its end."""
        super().set_rollback(rollback)
        self._is_rollback_wanted = rollback

    def validate_no_broken_transaction(self) -> None:
        """Raise TransactionManagementError if no statement can run before a rollback."""
        if self.lost_transaction is not None:
            self.lost_transaction.require_not_lost()
        super().validate_no_broken_transaction()

    def is_usable(self) -> bool:
        """Whether the server answers."""
        try:
            with self.create_cursor() as cursor:
                cursor.execute("SELECT 1")
        except Exception:  # noqa: BLE001 - any failure means that it is not usable
            self.driver.clear_pool()
            return False
        return True

    # Constraints

    def disable_constraint_checking(self) -> bool:
        """Disable foreign keys until enable_constraint_checking()."""
        with self.cursor() as cursor:
            disabled = foreign_keys.disable(cursor)
        self._disabled_keys |= disabled
        return bool(disabled)

    def enable_constraint_checking(self) -> None:
        """Enable foreign keys for later rows; check_constraints() checks the others."""
        needs_rollback, self.needs_rollback = self.needs_rollback, False
        try:
            with self.cursor() as cursor:
                foreign_keys.enable(cursor, self._disabled_keys)
            self._disabled_keys = set()
        finally:
            self.needs_rollback = needs_rollback

    def check_constraints(self, table_names: Iterable[str] | None = None) -> None:
        """Raise IntegrityError if a row violates a foreign key of these tables (default: all)."""
        with self.cursor() as cursor:
            foreign_keys.check(cursor, table_names, self._disabled_keys)
