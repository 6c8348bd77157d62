"""Rows and the constraints that they break; identity columns."""

from __future__ import annotations

MESSAGES: dict[int, tuple[int, str]] = {
    515: (
        16,
        "Cannot insert the value NULL into column '{}', table '{}'; column does not "
        "allow nulls. {} fails.",
    ),
    544: (
        16,
        "Cannot insert explicit value for identity column in table '{}' when "
        "IDENTITY_INSERT is set to OFF.",
    ),
    545: (
        16,
        "Explicit value must be specified for identity column in table '{}' either when"
        " IDENTITY_INSERT is set to ON or when a replication user is inserting into a "
        "NOT FOR REPLICATION identity column.",
    ),
    547: (
        16,
        'The {} statement conflicted with the {} constraint "{}". The conflict occurred'
        ' in database "{}", table "{}"{}.',
    ),
    1505: (
        16,
        "The CREATE UNIQUE INDEX statement terminated because a duplicate key was found"
        " for the object name '{}' and the index name '{}'. The duplicate key value is "
        "({}).",
    ),
    2601: (
        14,
        "Cannot insert duplicate key row in object '{}' with unique index '{}'. The "
        "duplicate key value is ({}).",
    ),
    2627: (
        14,
        "Violation of {} constraint '{}'. Cannot insert duplicate key in object '{}'. The "
        "duplicate key value is ({}).",
    ),
    3621: (0, "The statement has been terminated."),
    8101: (
        16,
        "An explicit value for the identity column in table '{}' can only be specified "
        "when a column list is used and IDENTITY_INSERT is ON.",
    ),
    8102: (16, "Cannot update identity column '{}'."),
    8106: (16, "Table '{}' does not have the identity property. Cannot perform SET operation."),
    8107: (
        16,
        "IDENTITY_INSERT is already ON for table '{}'. Cannot perform SET operation for "
        "table '{}'.",
    ),
    8672: (
        16,
        "The MERGE statement attempted to UPDATE or DELETE the same row more than once."
        " This happens when a target row matches more than one source row. A MERGE "
        "statement cannot UPDATE/DELETE the same row of the target table multiple "
        "times. Refine the ON clause to ensure a target row matches at most one source "
        "row, or use the GROUP BY clause to group the source rows.",
    ),
    11728: (
        16,
        "The sequence object '{}' has reached its minimum or maximum value. Restart the "
        "sequence object to allow new values to be generated.",
    ),
}
