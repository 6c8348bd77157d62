"""Features of SQL Server as Django's flags. Every flag that is False has its reason."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.features import BaseDatabaseFeatures
from django.utils.functional import cached_property

from mssql import compat, conformance
from mssql.tsql.limits import MAX_PARAMETERS


class DatabaseFeatures(BaseDatabaseFeatures):
    """The features of SQL Server 2016 to 2025 and Azure SQL."""

    connection: Any
    minimum_database_version = (13,)  # SQL Server 2016

    # Queries

    # GROUP BY 1 groups by a constant, which is error 164.
    allows_group_by_select_index = False
    # Every selected column must be in GROUP BY, functionally dependent or not (error 8120).
    allows_group_by_selected_pks = False
    # Error 144, so the compiler hoists them into a CROSS APPLY.
    supports_subqueries_in_group_by = True
    # Error 1033: ORDER BY in a subquery is only for TOP, OFFSET and FOR XML.
    ignores_unnecessary_order_by_in_subqueries = False
    # There is no boolean value, only predicates; Django selects them by a CASE.
    supports_boolean_expr_in_select_clause = False
    supports_comparing_boolean_expr = True
    # (a, b) = (c, d) does not exist; Django spells it out.
    supports_tuple_lookups = False
    supports_tuple_comparison_against_subquery = False
    # FILTER (WHERE ...) does not exist; Django replaces it by a CASE.
    supports_aggregate_filter_clause = False
    supports_aggregate_order_by_clause = True
    # STRING_AGG does not support DISTINCT.
    supports_aggregate_distinct_multiple_argument = False
    supports_any_value = True
    supports_bit_aggregations = True
    supports_default_in_bit_aggregations = True
    # NULLS FIRST and NULLS LAST do not exist; the compiler orders by a CASE if necessary.
    supports_order_by_nulls_modifier = False
    order_by_nulls_first = True
    nulls_order_largest = False
    greatest_least_ignores_nulls = True
    supports_over_clause = True
    # RANGE supports only UNBOUNDED and CURRENT ROW (error 4194).
    supports_frame_range_fixed_distance = False
    only_supports_unbounded_with_preceding_and_following = True
    # EXCLUDE does not exist.
    supports_frame_exclusion = False
    supports_slicing_ordering_in_compound = True
    # XOR does not exist; Django counts.
    supports_logical_xor = False
    can_distinct_on_fields = compat.FILTERS_WINDOWS
    max_query_params = MAX_PARAMETERS
    # ROUND, and CAST to fewer decimal places, round half away from zero.
    rounds_to_even = False

    # Rows: inserted, changed, locked

    can_return_columns_from_insert = True
    can_return_rows_from_bulk_insert = True
    can_return_rows_from_update = True
    # IDENTITY_INSERT allows a key of 0, as any other.
    allows_auto_pk_0 = True
    supports_ignore_conflicts = True
    # MERGE names the columns to match by, so it requires a target.
    supports_update_conflicts = True
    supports_update_conflicts_with_target = True
    supports_default_keyword_in_insert = True
    supports_default_keyword_in_bulk_insert = True
    # The value of a CASE is converted to the column's type automatically.
    requires_casted_case_in_updates = False
    has_select_for_update = True
    has_select_for_update_nowait = True
    has_select_for_update_skip_locked = True
    has_select_for_update_of = True
    # An update lock lets foreign keys be checked against the row, as FOR NO KEY UPDATE does.
    has_select_for_no_key_update = True
    # The compiler puts the hints of a lock after each table.
    for_update_after_from = True
    supports_select_for_update_with_limit = True

    # Transactions and connections

    uses_savepoints = True
    # SAVE TRANSACTION has no counterpart that releases the savepoint.
    can_release_savepoints = False
    supports_transactions = True
    can_rollback_ddl = True
    # Most statements that fail are undone alone, and the transaction continues (XACT_ABORT is off).
    # drivers/transaction.py detects the errors that end the transaction.
    atomic_transactions = False
    # Constraints are checked at the end of each statement, never later.
    can_defer_constraint_checks = False
    supports_deferrable_unique_constraints = False
    supports_forward_references = False
    can_clone_databases = True
    test_db_allows_multiple_connections = True

    # Types and values

    # datetime2 keeps 100 ns, Python microseconds.
    time_cast_precision = 6
    supports_timezones = True
    # Zones of Windows, by a table of their IANA names.
    has_zoneinfo_database = True
    supports_temporal_subtraction = True
    # There is no interval type; durations are microseconds in a bigint.
    has_native_duration_field = False
    has_real_datatype = True
    supports_uuid4_function = True
    supports_uuid4_function_in_default = True
    supports_uuid7_function = True
    supports_uuid7_function_shift = True
    # bit is a number: WHERE requires a comparison, not a column alone.
    has_native_boolean_field = False
    # numeric always has a precision.
    supports_no_precision_decimalfield = False
    # CharField() without a length is nvarchar(max).
    supports_unlimited_charfield = True
    supports_date_lookup_using_string = True
    # RE2, the engine of REGEXP_LIKE, lacks back references.
    supports_regex_backreferencing = False
    prohibits_null_characters_in_text_exception = None

    # JSON

    supports_json_field = True
    supports_json_field_contains = True
    json_key_contains_list_matching_requires_list = True
    supports_json_negative_indexing = True
    has_json_object_function = True
    # The type json was added in 2025; existing tables have nvarchar(max).
    has_native_json_field = False
    # -> and ->> do not exist.
    has_json_operators = False
    can_introspect_json_field = True

    # Tables, columns, constraints, indexes

    supports_nullable_unique_constraints = True
    supports_partially_nullable_unique_constraints = True
    # To a unique index NULLs are equal; filtered indexes provide Django's meaning.
    supports_nulls_distinct_unique_constraints = True
    supports_table_check_constraints = True
    supports_column_check_constraints = True
    can_introspect_check_constraints = True
    # An indexed view is listed as a view, as in INFORMATION_SCHEMA.
    can_introspect_materialized_views = False
    supports_partial_indexes = True
    # A filter compares columns with constants, nothing else (error 10735).
    supports_functions_in_partial_indexes = False
    supports_covering_indexes = True
    supports_expression_indexes = True
    # A collation in an index is an expression like any other: a hidden computed column.
    collate_as_index_expression = True
    # nvarchar(max) cannot be the key of an index (error 1919).
    supports_index_on_text_field = False
    can_rename_index = True
    # A tablespace is a filegroup.
    supports_tablespaces = True
    # ALTER TABLE supports one ALTER COLUMN.
    supports_combined_alters = False
    can_create_inline_fk = True
    supports_comments = True
    # A comment is an extended property, which a separate procedure adds.
    supports_comments_inline = False
    # DEFAULT does not support parameters.
    requires_literal_defaults = True
    supports_expression_defaults = True
    supports_stored_generated_columns = True
    supports_virtual_generated_columns = True
    supports_collation_on_charfield = True
    supports_collation_on_textfield = True
    supports_non_deterministic_collations = True
    # Names over 128 characters are refused (error 103).
    truncates_names = False
    supports_sequence_reset = True
    # Two paths of cascading to one table are error 1785.
    supports_on_delete_db_cascade = True
    supports_on_delete_db_default = True
    supports_on_delete_db_null = True

    # Explain, procedures

    supports_explaining_query_execution = True
    supported_explain_formats = {"TEXT", "XML"}
    supports_callproc_kwargs = True
    create_test_procedure_without_params_sql = """
        CREATE PROCEDURE test_procedure AS
        BEGIN
            DECLARE @v_i int;
            SET @v_i = 1;
        END
    """
    create_test_procedure_with_int_param_sql = """
        CREATE PROCEDURE test_procedure (@p_i int) AS
        BEGIN
            DECLARE @v_i int;
            SET @v_i = @p_i;
        END
    """

    # For Django's tests

    test_collations: Any = {
        "ci": "Latin1_General_100_CI_AS",
        "cs": "Latin1_General_100_BIN2",  # capitals first, as Django expects of it
        "non_default": "Latin1_General_100_CI_AI",
        "swedish_ci": "Finnish_Swedish_100_CI_AS",
        "virtual": "Finnish_Swedish_100_CI_AS",
    }
    test_now_utc_template = "SYSUTCDATETIME()"
    insert_test_table_with_defaults = "INSERT INTO {} DEFAULT VALUES"

    # The fields that inspectdb finds for Django's: some are one type to SQL Server.
    introspected_field_types = {
        **BaseDatabaseFeatures.introspected_field_types,
        "DurationField": "BigIntegerField",
        "GenericIPAddressField": "CharField",
        "PositiveBigIntegerField": "BigIntegerField",
        "PositiveIntegerField": "IntegerField",
        "PositiveSmallIntegerField": "SmallIntegerField",
    }

    @cached_property
    def has_native_uuid_field(self) -> bool:  # type: ignore[override]
        """Whether OPTIONS["native_uuid"] is set; existing tables have char(32)."""
        return bool(self.connection.has_native_uuid)

    @cached_property
    def has_case_insensitive_like(self) -> bool:  # type: ignore[override]
        """Whether LIKE ignores case, by the database's collation."""
        return not self.connection.server.is_case_sensitive

    @cached_property
    def ignores_table_name_case(self) -> bool:  # type: ignore[override]
        """Whether names that differ in case are one: the catalog has the database's collation.

        https://learn.microsoft.com/sql/relational-databases/databases/database-identifiers
        """
        return not self.connection.server.is_case_sensitive

    @cached_property
    def supports_primitives_in_json_field(self) -> bool:  # type: ignore[override]
        """Whether JSON is nvarchar(max): the type json accepts only objects and arrays (13609)."""
        return not self.connection.has_native_json

    @cached_property
    def django_test_skips(self) -> Any:  # type: ignore[override]
        """Return the tests of Django's suite that SQL Server cannot start, by reason."""
        return conformance.skips(self.connection)

    @cached_property
    def django_test_expected_failures(self) -> Any:  # type: ignore[override]
        """Return the tests of Django's suite that SQL Server cannot pass."""
        return conformance.expected_failures(self.connection)
