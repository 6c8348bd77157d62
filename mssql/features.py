"""What SQL Server can do, in Django's words. Every flag that says no says why."""

from __future__ import annotations

from typing import Any

import django
from django.db.backends.base.features import BaseDatabaseFeatures
from django.utils.functional import cached_property

from mssql import compat
from mssql.compiler.parameters import MAX_PARAMETERS

# Tests that Django's suite has not always had.
_TESTS_SINCE = {
    "delete.tests.OnDeleteTests.test_db_setdefault": (6, 1),
    "delete.tests.OnDeleteTests.test_db_setdefault_none": (6, 1),
    "distinct_on_fields.tests.DistinctOnTests.test_distinct_on_duplicated_raw_sql_annotations": (
        6,
        1,
    ),
    "expressions.tests.BasicExpressionsTests.test_lookups_subquery": (6, 0),
}


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
    # FILTER (WHERE ...) does not exist; Django makes it a CASE.
    supports_aggregate_filter_clause = False
    supports_aggregate_order_by_clause = True
    # STRING_AGG takes no DISTINCT.
    supports_aggregate_distinct_multiple_argument = False
    supports_any_value = True
    supports_bit_aggregations = True
    supports_default_in_bit_aggregations = True
    # NULLS FIRST and NULLS LAST do not exist; the compiler orders by a CASE where it must.
    supports_order_by_nulls_modifier = False
    order_by_nulls_first = True
    nulls_order_largest = False
    greatest_least_ignores_nulls = True
    supports_over_clause = True
    # RANGE knows UNBOUNDED and CURRENT ROW only (error 4194).
    supports_frame_range_fixed_distance = False
    only_supports_unbounded_with_preceding_and_following = True
    # EXCLUDE does not exist.
    supports_frame_exclusion = False
    supports_slicing_ordering_in_compound = True
    # XOR does not exist; Django counts.
    supports_logical_xor = False
    can_distinct_on_fields = compat.FILTERS_WINDOWS
    max_query_params = MAX_PARAMETERS
    rounds_to_even = False

    # Rows: inserted, changed, locked

    can_return_columns_from_insert = True
    can_return_rows_from_bulk_insert = True
    can_return_rows_from_update = True
    # IDENTITY_INSERT allows a key of 0, as any other.
    allows_auto_pk_0 = True
    supports_ignore_conflicts = True
    # MERGE names the columns to match by, so a target has to be given.
    supports_update_conflicts = True
    supports_update_conflicts_with_target = True
    supports_default_keyword_in_insert = True
    supports_default_keyword_in_bulk_insert = True
    requires_casted_case_in_updates = False
    has_select_for_update = True
    has_select_for_update_nowait = True
    has_select_for_update_skip_locked = True
    has_select_for_update_of = True
    # An update lock lets foreign keys be checked against the row, as FOR NO KEY UPDATE does.
    has_select_for_no_key_update = True
    # The compiler puts the hints of a lock behind each table.
    for_update_after_from = True
    supports_select_for_update_with_limit = True

    # Transactions and connections

    uses_savepoints = True
    # SAVE TRANSACTION has no counterpart that gives the savepoint up.
    can_release_savepoints = False
    supports_transactions = True
    can_rollback_ddl = True
    atomic_transactions = False
    # Constraints are checked at the end of each statement.
    can_defer_constraint_checks = False
    supports_deferrable_unique_constraints = False
    supports_forward_references = False
    can_clone_databases = True
    test_db_allows_multiple_connections = True

    # Types and values

    # datetime2 keeps 100 ns, Python microseconds.
    time_cast_precision = 6
    supports_timezones = True
    # Windows' zones, reached through a map of IANA's names.
    has_zoneinfo_database = True
    supports_temporal_subtraction = True
    # There is no interval type; durations are microseconds in a bigint.
    has_native_duration_field = False
    has_real_datatype = True
    supports_uuid4_function = True
    supports_uuid4_function_in_default = True
    supports_uuid7_function = True
    supports_uuid7_function_shift = True
    has_native_boolean_field = False
    has_case_insensitive_like = True
    ignores_table_name_case = True
    # numeric always has a precision.
    supports_no_precision_decimalfield = False
    # nvarchar(max) is what CharField() without a length becomes.
    supports_unlimited_charfield = True
    supports_date_lookup_using_string = True
    # RE2, the engine of REGEXP_LIKE, knows no back references.
    supports_regex_backreferencing = False
    prohibits_null_characters_in_text_exception = None

    # JSON

    supports_json_field = True
    supports_primitives_in_json_field = True
    supports_json_field_contains = True
    json_key_contains_list_matching_requires_list = True
    supports_json_negative_indexing = True
    has_json_object_function = True
    # The type json exists since 2025; nvarchar(max) is what existing tables have.
    has_native_json_field = False
    # -> and ->> do not exist.
    has_json_operators = False
    can_introspect_json_field = True

    # Tables, columns, constraints, indexes

    supports_nullable_unique_constraints = True
    supports_partially_nullable_unique_constraints = True
    # A unique index takes NULLs for equal; what Django wants is made with filtered indexes.
    supports_nulls_distinct_unique_constraints = True
    supports_table_check_constraints = True
    supports_column_check_constraints = True
    can_introspect_check_constraints = True
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
    # ALTER TABLE takes one ALTER COLUMN.
    supports_combined_alters = False
    can_create_inline_fk = True
    supports_comments = True
    # A comment is an extended property, added by a procedure of its own.
    supports_comments_inline = False
    # DEFAULT takes no parameters.
    requires_literal_defaults = True
    schema_editor_uses_clientside_param_binding = False
    supports_expression_defaults = True
    supports_stored_generated_columns = True
    supports_virtual_generated_columns = True
    supports_collation_on_charfield = True
    supports_collation_on_textfield = True
    supports_non_deterministic_collations = True
    # Names over 128 characters are refused (error 103).
    truncates_names = False
    supports_sequence_reset = True
    # Error 1785 where two ways of cascading meet; the schema editor says so.
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

    # What Django's own tests ask

    test_collations: Any = {
        "ci": "Latin1_General_100_CI_AS",
        "cs": "Latin1_General_100_CS_AS",
        "non_default": "Latin1_General_100_CI_AI",
        "swedish_ci": "Finnish_Swedish_100_CI_AS",
        "virtual": "Finnish_Swedish_100_CI_AS",
    }
    test_now_utc_template = "SYSUTCDATETIME()"
    insert_test_table_with_defaults = "INSERT INTO {} DEFAULT VALUES"

    # What Django's types come back as: some are one type to SQL Server.
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
        """By OPTIONS["native_uuid"]; what existing tables have is char(32)."""
        return bool(self.connection.has_native_uuid)

    @cached_property
    def django_test_skips(self) -> Any:  # type: ignore[override]
        """Return the tests of Django's suite that SQL Server cannot start, each with its reason."""
        tests = {"admin_utils.tests.DBNestedObjectsTests"} if django.VERSION >= (6, 1) else set()
        # https://learn.microsoft.com/sql/relational-databases/tables/primary-and-foreign-key-constraints
        return {"A table cannot cascade to itself (error 1785), so theirs cannot be made.": tests}

    @cached_property
    def django_test_expected_failures(self) -> Any:  # type: ignore[override]
        """Return the tests of Django's suite that SQL Server cannot pass, each with its reason."""
        tests = {test for tests in self._impossible_tests().values() for test in tests}
        return {test for test in tests if _TESTS_SINCE.get(test, (3, 2)) <= django.VERSION}

    def _impossible_tests(self) -> dict[str, set[str]]:
        extract = "db_functions.datetime.test_extract_trunc"
        json = "model_fields.test_jsonfield.TestQuerying"
        impossible = {
            "They look for EXTRACT in the SQL; T-SQL's word is DATEPART.": {
                f"{extract}.{case}.test_extract_year_{lookup}_lookup"
                for case in ("DateFunctionTests", "DateFunctionWithTimeZoneTests")
                for lookup in ("exact", "greaterthan", "lessthan")
            },
            "They look for RETURNING in the SQL; T-SQL's word is OUTPUT.": {
                "queries.test_db_returning.ReturningValuesTests.test_insert_returning",
                "queries.test_db_returning.ReturningValuesTests.test_insert_returning_multiple",
            },
            "It looks for a filegroup in double quotes; names are quoted by brackets.": {
                "model_indexes.tests.IndexesTests.test_db_tablespace",
            },
            "It looks for INSERT at the beginning; the table for the keys is declared before.": {
                "admin_views.test_actions.AdminActionsTest.test_model_admin_default_delete_action",
            },
            "It looks for FOR UPDATE in the SQL; T-SQL locks by table hints.": {
                "select_for_update.tests.SelectForUpdateTests.test_for_update_after_from",
            },
            "It looks for a JSON path in the SQL; the keys go as parameters.": {
                f"{json}.test_key_sql_injection_escape",
            },
            "They send LIMIT, SUBSTR and RANDOM in SQL of their own; T-SQL knows none of them.": {
                "aggregation_regress.tests.AggregationTests.test_annotate_with_extra",
                "custom_lookups.tests.BilateralTransformTests.test_transform_order_by",
                "distinct_on_fields.tests.DistinctOnTests."
                "test_distinct_on_duplicated_raw_sql_annotations",
            },
            "HASHBYTES knows neither SHA-224 nor SHA-384.": {
                f"db_functions.text.test_sha{bits}.SHA{bits}Tests.test_{test}"
                for bits in (224, 384)
                for test in ("basic", "transform")
            },
            "nvarchar(max) is TextField's and CharField()'s column alike.": {
                "inspectdb.tests.InspectDBTestCase.test_char_field_unlimited",
            },
            "It counts the second index that PostgreSQL needs for LIKE.": {
                "indexes.tests.SchemaIndexesTests.test_alter_field_unique_false_removes_deferred_sql",
            },
            "It counts the statement that releases a savepoint; T-SQL has none.": {
                "cache.tests.CreateCacheTableForDBCacheTests."
                "test_createcachetable_observes_database_router",
            },
            "It looks for a filegroup in double quotes; T-SQL's names are in brackets here.": {
                "model_indexes.tests.IndexesTests.test_db_tablespace",
            },
            "It inserts keys into an identity by SQL of its own (error 544).": {
                "migrations.test_operations.OperationTests."
                "test_create_model_with_boolean_expression_in_check_constraint",
            },
            "Two SET DEFAULT foreign keys to one table are two ways of cascading (error 1785).": {
                "delete.tests.OnDeleteTests.test_db_setdefault",
                "delete.tests.OnDeleteTests.test_db_setdefault_none",
            },
            "A session has no time zone of its own.": {
                "timezones.tests.NewDatabaseTests.test_cursor_explicit_time_zone",
            },
        }
        if not self.connection.server.has_utf8_collations:
            impossible["UTF-8, whose bytes are hashed elsewhere, came with SQL Server 2019."] = {
                f"db_functions.text.test_{name.lower()}.{name}Tests.test_{test}"
                for name in ("MD5", "SHA1", "SHA256", "SHA512")
                for test in ("basic", "transform")
            }
        if self.connection.data_types["DateTimeField"] != "datetimeoffset":
            impossible["A table made without USE_TZ has datetime2, which knows no time zone."] = {
                f"timezones.tests.NewDatabaseTests.test_cursor_execute_{does}_aware_datetime"
                for does in ("accepts", "returns")
            }
        if not self.connection.server.has_regexp_like:
            impossible["LIKE cannot tell a regular expression that is in a column."] = {
                "expressions.tests.BasicExpressionsTests.test_lookups_subquery",
            }
        return impossible
