"""The tests of Django's own suite that SQL Server cannot pass, each with SQL Server's reason."""

from __future__ import annotations

from typing import Any, Callable, Iterator, NamedTuple

from mssql import compat

DOCUMENTS = "https://learn.microsoft.com/sql"


class ExpectedFailures(NamedTuple):
    """Tests that fail for one reason, documented by Microsoft."""

    reason: str
    document: str  # its address, below DOCUMENTS
    tests: tuple[str, ...]
    since: tuple[int, int] = (3, 2)  # the version of Django that added them
    applies: Callable[[Any], bool] = lambda connection: True


def _lacks_zones(connection: Any) -> bool:
    """Whether the tables were created for USE_TZ = False."""
    return bool(connection.data_types["DateTimeField"] == "datetime2")


_EXTRACT = "db_functions.datetime.test_extract_trunc"
_ZONES = "timezones.tests.NewDatabaseTests"
_NAIVE = "timezones.tests.LegacyDatabaseTests"

EXPECTED_FAILURES = (
    # They look for the SQL of another database
    ExpectedFailures(
        "They look for EXTRACT in the SQL; T-SQL's word is DATEPART.",
        "t-sql/functions/datepart-transact-sql",
        tuple(
            f"{_EXTRACT}.{case}.test_extract_year_{lookup}_lookup"
            for case in ("DateFunctionTests", "DateFunctionWithTimeZoneTests")
            for lookup in ("exact", "greaterthan", "lessthan")
        ),
    ),
    ExpectedFailures(
        "They look for RETURNING in the SQL; T-SQL's word is OUTPUT.",
        "t-sql/queries/output-clause-transact-sql",
        (
            "queries.test_db_returning.ReturningValuesTests.test_insert_returning",
            "queries.test_db_returning.ReturningValuesTests.test_insert_returning_multiple",
        ),
    ),
    ExpectedFailures(
        "It looks for a filegroup in double quotes, test_func_with_tablespace beside it for one in "
        "the quotes of quote_name(), which are T-SQL's own brackets.",
        "relational-databases/databases/database-identifiers",
        ("model_indexes.tests.IndexesTests.test_db_tablespace",),
    ),
    ExpectedFailures(
        "It looks for INSERT at the beginning. OUTPUT without INTO is refused if the table has a "
        "trigger (error 334), so the table variable for the keys comes first, and a batch declares "
        "a variable before its use.",
        "t-sql/queries/output-clause-transact-sql#triggers",
        ("admin_views.test_actions.AdminActionsTest.test_model_admin_default_delete_action",),
    ),
    ExpectedFailures(
        "It looks for FOR UPDATE in the SQL; T-SQL locks by table hints.",
        "t-sql/queries/hints-transact-sql-table",
        ("select_for_update.tests.SelectForUpdateTests.test_for_update_after_from",),
    ),
    ExpectedFailures(
        "It looks for the key in a path. JSON_VALUE is NULL for a text over 4,000 characters, so "
        "values come from the rows of OPENJSON, whose keys are compared with parameters.",
        "t-sql/functions/json-value-transact-sql",
        ("model_fields.test_jsonfield.TestQuerying.test_key_sql_injection_escape",),
    ),
    ExpectedFailures(
        "It counts a statement that releases a savepoint; T-SQL has none.",
        "t-sql/language-elements/save-transaction-transact-sql",
        (
            "cache.tests.CreateCacheTableForDBCacheTests."
            "test_createcachetable_observes_database_router",
        ),
    ),
    # They send the SQL of another database
    ExpectedFailures(
        "Its own SQL ends in LIMIT; T-SQL has TOP, and OFFSET with FETCH.",
        "t-sql/queries/select-order-by-clause-transact-sql",
        ("aggregation_regress.tests.AggregationTests.test_annotate_with_extra",),
    ),
    ExpectedFailures(
        "Its own SQL calls SUBSTR; T-SQL has SUBSTRING.",
        "t-sql/functions/substring-transact-sql",
        ("custom_lookups.tests.BilateralTransformTests.test_transform_order_by",),
    ),
    ExpectedFailures(
        "Its own SQL calls RANDOM; T-SQL has RAND.",
        "t-sql/functions/rand-transact-sql",
        (
            "distinct_on_fields.tests.DistinctOnTests."
            "test_distinct_on_duplicated_raw_sql_annotations",
        ),
        since=(6, 1),
    ),
    ExpectedFailures(
        "Its own SQL gives a key to an identity, which takes SET IDENTITY_INSERT (error 544).",
        "t-sql/statements/set-identity-insert-transact-sql",
        (
            "migrations.test_operations.OperationTests."
            "test_create_model_with_boolean_expression_in_check_constraint",
        ),
        since=(4, 2),
    ),
    # SQL Server lacks it
    ExpectedFailures(
        "HASHBYTES knows neither SHA-224 nor SHA-384.",
        "t-sql/functions/hashbytes-transact-sql",
        tuple(
            f"db_functions.text.test_sha{bits}.SHA{bits}Tests.test_{test}"
            for bits in (224, 384)
            for test in ("basic", "transform")
        ),
    ),
    ExpectedFailures(
        "HASHBYTES hashes the bytes of a varchar or nvarchar. Those of UTF-8, which other "
        "databases hash, no varchar had before the collations of SQL Server 2019.",
        "relational-databases/collations/collation-and-unicode-support#utf8",
        tuple(
            f"db_functions.text.test_{name.lower()}.{name}Tests.test_{test}"
            for name in ("MD5", "SHA1", "SHA256", "SHA512")
            for test in ("basic", "transform")
        ),
        applies=lambda connection: not connection.server.has_utf8_collations,
    ),
    ExpectedFailures(
        "They aggregate texts by STRING_AGG, which came with SQL Server 2017. FOR XML PATH, used "
        "for it before, belongs to a SELECT: it joins the rows of a query, not those of a group.",
        "t-sql/functions/string-agg-transact-sql",
        tuple(
            f"aggregation.tests.AggregateTestCase.test_{test}"
            for test in (
                "empty_result_optimization",
                "order_by_in_subquery",
                "raises_error_on_multiple_argument_distinct",
                "string_agg_escapes_delimiter",
                "string_agg_filter",
                "string_agg_filter_in_subquery",
                "string_agg_filter_outerref",
                "string_agg_jsonfield_order_by",
                "string_agg_order_by",
                "stringagg_default_value",
            )
        ),
        since=(6, 0),
        applies=lambda connection: not connection.server.has_string_agg,
    ),
    ExpectedFailures(
        "A regular expression in a column takes REGEXP_LIKE, which came with SQL Server 2025.",
        "t-sql/functions/regexp-like-transact-sql",
        ("expressions.tests.BasicExpressionsTests.test_lookups_subquery",),
        since=(6, 0),
        applies=lambda connection: not connection.server.has_regexp_like,
    ),
    ExpectedFailures(
        "nvarchar(max) is the column of a TextField and of a CharField without a length alike.",
        "t-sql/data-types/nchar-and-nvarchar-transact-sql",
        ("inspectdb.tests.InspectDBTestCase.test_char_field_unlimited",),
        since=(4, 2),
    ),
    ExpectedFailures(
        "A session has no time zone: CURRENT_TIMESTAMP is the server's local time.",
        "t-sql/functions/current-timestamp-transact-sql",
        (f"{_ZONES}.test_cursor_explicit_time_zone",),
    ),
    ExpectedFailures(
        "Without USE_TZ a table has datetime2, which knows no time zone.",
        "t-sql/data-types/datetime2-transact-sql",
        (f"{_ZONES}.test_cursor_execute_returns_aware_datetime",),
        applies=_lacks_zones,
    ),
    ExpectedFailures(
        "With USE_TZ a table has datetimeoffset, whose values come back with their offset.",
        "t-sql/data-types/datetimeoffset-transact-sql",
        (f"{_NAIVE}.test_cursor_execute_returns_naive_datetime",),
        applies=lambda connection: not _lacks_zones(connection),
    ),
)

# Their tables cannot be created, and without them nothing else of their module could run.
SKIPS = (
    ExpectedFailures(
        "A table cannot cascade to itself (error 1785).",
        "relational-databases/tables/primary-and-foreign-key-constraints#cascading-referential-integrity",
        ("admin_utils.tests.DBNestedObjectsTests",),
        since=(6, 1),
    ),
    ExpectedFailures(
        "Two foreign keys ON DELETE SET DEFAULT to one table are two ways of cascading (error "
        "1785).",
        "relational-databases/tables/primary-and-foreign-key-constraints#cascading-referential-integrity",
        (
            "delete.tests.OnDeleteTests.test_db_setdefault",
            "delete.tests.OnDeleteTests.test_db_setdefault_none",
        ),
        since=(6, 1),
    ),
)


def expected_failures(connection: Any) -> set[str]:
    """Return the tests that fail on the connection's server, under this version of Django."""
    return {test for group in _of(EXPECTED_FAILURES, connection) for test in group.tests}


def skips(connection: Any) -> dict[str, set[str]]:
    """Return the tests that cannot be started there, by reason."""
    return {
        f"{group.reason} {DOCUMENTS}/{group.document}": set(group.tests)
        for group in _of(SKIPS, connection)
    }


def _of(groups: tuple[ExpectedFailures, ...], connection: Any) -> Iterator[ExpectedFailures]:
    for group in groups:
        if compat.is_since(group.since) and group.applies(connection):
            yield group
