"""Properties of objects, columns and indexes that SQL Server has and the embedded server lacks.

An unknown name yields NULL; these would, too, if they were not refused.
Follows "OBJECTPROPERTY", "COLUMNPROPERTY" and "INDEXPROPERTY",
https://learn.microsoft.com/sql/t-sql/functions/objectproperty-transact-sql
"""

from __future__ import annotations

from collections.abc import Sequence

from tds_embedded.tsql import ast
from tds_embedded.tsql.translate.values import unsupported

_OF_OBJECTS = """
    CnstIsClustKey CnstIsColumn CnstIsDeleteCascade CnstIsDisabled CnstIsNonclustKey CnstIsNotRepl
    CnstIsNotTrusted CnstIsUpdateCascade ExecIsAfterTrigger ExecIsAnsiNullsOn ExecIsDeleteTrigger
    ExecIsFirstDeleteTrigger ExecIsFirstInsertTrigger ExecIsFirstUpdateTrigger ExecIsInsertTrigger
    ExecIsInsteadOfTrigger ExecIsLastDeleteTrigger ExecIsLastInsertTrigger ExecIsLastUpdateTrigger
    ExecIsQuotedIdentOn ExecIsStartup ExecIsTriggerDisabled ExecIsTriggerNotForRepl
    ExecIsUpdateTrigger ExecIsWithNativeCompilation HasAfterTrigger HasDeleteTrigger
    HasInsertTrigger HasInsteadOfTrigger HasUpdateTrigger IsAnsiNullsOn IsDefault IsDeterministic
    IsEncrypted IsExecuted IsExtendedProc IsIndexable IsIndexed IsPrecise IsQueue IsQuotedIdentOn
    IsReplProc IsRule IsSchemaBound IsSystemVerified SystemDataAccess TableDeleteTrigger
    TableDeleteTriggerCount TableFullTextMergeStatus TableFulltextCatalogId
    TableFulltextPopulateStatus TableHasActiveFulltextIndex TableHasAfterTrigger TableHasColumnSet
    TableHasDeleteTrigger TableHasInsertTrigger TableHasNonclustIndex TableHasRowGuidCol
    TableHasTextImage TableHasTimestamp TableHasUpdateTrigger TableHasVarDecimalStorageFormat
    TableInsertTrigger TableInsertTriggerCount TableIsFake TableIsLockedOnBulkLoad
    TableIsMemoryOptimized TableIsPinned TableTemporalType TableTextInRowLimit TableUpdateTrigger
    TableUpdateTriggerCount UserDataAccess
"""
_OF_COLUMNS = """
    FullTextTypeColumn GeneratedAlwaysType IsColumnSet IsCursorType IsDeterministic
    IsFulltextIndexed IsHidden IsIdNotForRepl IsIndexable IsOutParam IsPrecise IsSystemVerified
    IsXmlIndexable StatisticalSemantics SystemDataAccess UserDataAccess UsesAnsiTrim
"""
_OF_INDEXES = """
    IndexDepth IndexFillFactor IsAutoStatistics IsColumnstore IsFulltextKey IsHypothetical
    IsOptimizedForArrayIndex IsPadIndex IsPageLockDisallowed IsRowLockDisallowed IsStatistics
"""
_LACKING = {
    "OBJECTPROPERTY": frozenset(_OF_OBJECTS.lower().split()),
    "COLUMNPROPERTY": frozenset(_OF_COLUMNS.lower().split()),
    "INDEXPROPERTY": frozenset(_OF_INDEXES.lower().split()),
}


def check_property(function: str, arguments: Sequence[ast.Node]) -> None:
    """Raise 40517 for a property that is written out and not here."""
    name = arguments[-1] if arguments else None
    if isinstance(name, ast.StringLiteral) and name.value.lower() in _LACKING.get(function, ()):
        raise unsupported(f"{function} {name.value}")
