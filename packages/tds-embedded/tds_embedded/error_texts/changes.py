"""The texts of errors of INSERT, UPDATE, DELETE and MERGE, and of changes through views."""

from __future__ import annotations

MESSAGES: dict[int, tuple[int, str]] = {
    330: (
        15,
        "The target '{}' of the OUTPUT INTO clause cannot be a view or common table expression.",
    ),
    331: (
        15,
        "The target table '{}' of the OUTPUT INTO clause cannot have any enabled triggers.",
    ),
    332: (
        15,
        "The target table '{}' of the OUTPUT INTO clause cannot be on either side of a (primary "
        "key, foreign key) relationship. Found reference constraint '{}'.",
    ),
    333: (
        15,
        "The target table '{}' of the OUTPUT INTO clause cannot have any enabled check constraints "
        "or any enabled rules. Found check constraint or rule '{}'.",
    ),
    404: (
        16,
        'The column reference "{}" is not allowed because it refers to a base table that is not '
        "being modified in this statement.",
    ),
    550: (
        16,
        "The attempted insert or update failed because the target view either specifies WITH "
        "CHECK OPTION or spans a view that specifies WITH CHECK OPTION and one or more rows "
        "resulting from the operation did not qualify under the CHECK OPTION constraint.",
    ),
    4403: (
        16,
        "Cannot update the view or function '{}' because it contains aggregates, or a DISTINCT or "
        "GROUP BY clause, or PIVOT or UNPIVOT operator.",
    ),
    4405: (
        16,
        "View or function '{}' is not updatable because the modification affects multiple base "
        "tables.",
    ),
    4406: (
        16,
        "Update or insert of view or function '{}' failed because it contains a derived or "
        "constant field.",
    ),
    4421: (
        16,
        "Derived table '{}' is not updatable because a column of the derived table is derived or "
        "constant.",
    ),
    4422: (
        16,
        "View '{}' has an INSTEAD OF UPDATE trigger and cannot be a target of an UPDATE FROM "
        "statement.",
    ),
    4423: (
        16,
        "View '{}' has an INSTEAD OF DELETE trigger and cannot be a target of a DELETE FROM "
        "statement.",
    ),
    10705: (15, "Subqueries are not allowed in the OUTPUT clause."),
    10714: (
        15,
        "An action of type '{}' cannot appear more than once in a '{}' clause of a MERGE "
        "statement.",
    ),
    4426: (
        16,
        "View '{}' is not updatable because the definition contains a UNION operator.",
    ),
}
