"""Removal of all values from ShowPlan XML documents.

An allow-list decides: other elements and attributes are left out, and so is an attribute that
should be a number, a word or a hash and is not. T-SQL texts keep their names and lose their
literals. A document that cannot be parsed is an error.

Follows the Showplan Schema, https://schemas.microsoft.com/sqlserver/2004/07/showplan/
"""

from __future__ import annotations

import re
from typing import Callable, Optional
from xml.etree.ElementTree import Element, tostring

from mssql.telemetry.plans import read
from mssql.telemetry.sanitize import sanitize
from mssql.tsql import scanner

# Characters. Longer plans are of no use, and would need too much memory.
LONGEST = 4_000_000


def scrub(xml: str) -> str:
    """Return a document without values. Raises ValueError if it is invalid or too long."""
    if len(xml) > LONGEST:
        raise ValueError(f"The query plan is longer than {LONGEST:,} characters.")
    root = read.parse(xml)
    try:
        document = _without_values(root)
    except RecursionError:
        raise ValueError("The query plan is nested too deeply.") from None
    assert document is not None  # the root is a ShowPlanXML
    document.set("xmlns", read.NAMESPACE)
    return tostring(document, encoding="unicode")


def _without_values(element: Element) -> Element | None:
    name = read.local(element)
    if name not in ELEMENTS:
        return None
    copy = Element(name)
    for attribute, value in element.items():
        rule = ATTRIBUTES.get(attribute)
        text = rule(value) if rule else None
        if text is not None:
            copy.set(attribute, text)
    for below in element:
        inner = _without_values(below) if isinstance(below.tag, str) else None
        if inner is not None:
            copy.append(inner)
    return copy


Rule = Callable[[str], Optional[str]]


def _matching(pattern: str) -> Rule:
    fullmatch = re.compile(pattern).fullmatch
    return lambda value: value if fullmatch(value) else None


def _of_vocabulary(value: str) -> str | None:
    """Return a value that consists of the server's words only, otherwise None."""
    words = _WORD_GAPS.sub(" ", value).split()
    return value if _VOCABULARY.issuperset(words) else None


def identifier(value: str) -> str:
    """Return an identifier as it is, since it belongs to the schema."""
    return value


def _nothing(value: str) -> str:
    """Return a question mark for a constant."""
    return "?"


def expression_text(value: str) -> str:
    """Return an expression without its literals.

    It is not documented how ShowPlan writes a quote inside a string, so everything from the first
    quote to the last counts as one literal, and everything after the first if the last does not
    look like the end of a literal.
    """
    first, last = value.find("'"), value.rfind("'")
    if first >= 0:
        before = value[:first]
        before = before[:-1] if before.endswith(("N", "n")) else before
        after = value[last + 1 :]
        is_closed = value.count("'") % 2 == 0 and (not after or not _is_word(after[0]))
        value = f"{before}?{after if is_closed else ''}"
    return "".join(
        token.text if _is_harmless(token) else "?"
        for token in scanner.tokens(value)
        if token.kind != scanner.COMMENT
    )


def _is_word(character: str) -> bool:
    return character.isalnum() or character in "_@#$"


def _is_harmless(token: scanner.Token) -> bool:
    if token.kind in (scanner.NAME, scanner.VARIABLE):
        return '"' not in token.text and scanner.is_whole(token.text)
    return token.kind in (scanner.SPACE, scanner.OPERATOR)


def _words(*lines: str) -> list[str]:
    return " ".join(lines).split()


ELEMENTS = frozenset(
    _words(
        # the document and its statements
        "ShowPlanXML BatchSequence Batch Statements StmtSimple StmtCond StmtCursor StmtUseDb",
        "StatementSetOptions Condition Then Else CursorPlan Operation QueryPlan UDF StoredProc",
        "ThreadStat ThreadReservation MissingIndexes MissingIndexGroup MissingIndex ColumnGroup",
        "Column Warnings MemoryGrantInfo OptimizerHardwareDependentProperties",
        "OptimizerStatsUsage StatisticsInfo TraceFlags TraceFlag WaitStats Wait QueryTimeStats",
        "ParameterList ColumnReference UnmatchedIndexes Parameterization Object",
        # warnings
        "ColumnsWithNoStatistics ColumnsWithStaleStatistics SpillToTempDb SpillOccurred",
        "SortSpillDetails HashSpillDetails ExchangeSpillDetails PlanAffectingConvert",
        "MemoryGrantWarning",
        # operators
        "RelOp OutputList MemoryFractions RunTimeInformation RunTimeCountersPerThread",
        "RunTimePartitionSummary PartitionsAccessed PartitionRange AdaptiveJoin Apply Assert",
        "BatchHashTableBuild Bitmap Collapse ComputeScalar Concat ConstantScan ConstTableGet",
        "CreateIndex Delete DeletedScan Extension Filter ForeignKeyReferencesCheck",
        "ForeignKeyReferenceCheck GbAgg GbApply Generic Get Hash IndexScan InsertedScan Insert",
        "Join LocalCube LogRowScan Merge MergeInterval Move NestedLoops OnlineIndex Parallelism",
        "ParameterTableScan PrintDataflow Project Put RemoteFetch RemoteModify RemoteQuery",
        "RemoteRange RemoteScan RowCountSpool ScalarInsert Segment Sequence SequenceProject",
        "SimpleUpdate Sort Split Spool StreamAggregate Switch TableScan TableValuedFunction Top",
        "TopSort Update Union UnionAll WindowSpool WindowAggregate XcsScan",
        # their parts
        "DefinedValues DefinedValue OrderBy OrderByColumn GroupBy PartitionColumns OuterReferences",
        "HashKeysBuild HashKeysProbe BuildResidual ProbeResidual ProbeColumn Residual PassThru",
        "InnerSideJoinColumns OuterSideJoinColumns SegmentColumn RankColumns TieColumns",
        "ActionColumn TopExpression OffsetExpression SeekPredicates SeekPredicate",
        "SeekPredicateNew SeekPredicatePart SeekKeys Prefix StartRange EndRange IsNotNull",
        "RangeColumns RangeExpressions Predicate SetPredicate StarJoinInfo IndexedViewInfo",
        "PartitionId Values Row ValueVector PartitioningColumns HashKeys Activation",
        # scalar expressions
        "ScalarOperator Aggregate Arithmetic Assign Compare Const Convert Identifier IF Intrinsic",
        "Logical MultipleAssign ScalarExpressionList Subquery UDTMethod UserDefinedAggregate",
        "UserDefinedFunction UDAggObject CLRFunction Style",
    )
)

_WORD_GAPS = re.compile(r"[ /-]")
_VOCABULARY = frozenset(
    _words(
        # operators
        "Adaptive Aggregate All Anti Apply Assert Async Batch Bitmap Broadcast Build Check",
        "Clustered Collapse Columnstore Compute Concat Concatenation Constant Control Count Create",
        "Cross Cube Delete Deleted Distinct Distribute Distribution Eager Except External Filter",
        "Flow Foreign Full Gather Generic Get Group Hash Index Inner Insert Inserted Intersect",
        "Interval Join Key Lazy Left Local Log Lookup Loops Match Merge Move N Nested Node Nodes",
        "Online Outer Parallelism Parameter Partial Partition Print Project Put Query RID Range",
        "Rank References Remote Repartition Right Robin Round Row Scalar Scan Seek Segment Select",
        "Semi Sequence Shuffle Single Snapshot Sort Split Spool Stream Streams Switch Table To Top",
        "TopN Trim UDX Union Update Window function valued",
        # their properties
        "FORWARD BACKWARD Heap NonClustered NonClusteredHash ViewClustered ViewNonClustered",
        "PrimaryXML SecondaryXML SelectiveXML SecondarySelectiveXML FTSpatial Spatial RowStore",
        "ColumnStore MemoryOptimized CloneLocation Demand NoPartitioning RoundRobin",
        "EQ NE LT GT LE GE IS NOT BINARY SUM MIN MAX ANY AVG COUNT STDEV STDEVP VAR VARP",
        "countstar COUNT_BIG",
        "EQUALITY INEQUALITY INCLUDE Cardinality Estimate Plan Excessive Grant Increase Used More",
        "Than Granted Memory Write Read",
        # statements
        "SELECT INSERT UPDATE DELETE MERGE INTO WITH QUERY CREATE ALTER DROP TABLE INDEX VIEW",
        "PROCEDURE FUNCTION TRIGGER STATISTICS TRUNCATE EXECUTE EXEC STRING PROC SET ON OFF ASSIGN",
        "OBJECT FetchQuery PopulateQuery RefreshQuery",
        "COND IF WHILE BEGIN END RETURN DECLARE CURSOR OPEN FETCH CLOSE DEALLOCATE PRINT RAISERROR",
        "TRANSACTION COMMIT ROLLBACK SAVE USE DATABASE GOTO WAITFOR THROW TRY CATCH BULK",
        "TRIVIAL FULL GoodEnoughPlanFound TimeOut MemoryLimitExceeded",
        "MaxDOPSetToOne EstimatedDOPIsOne NoParallelPlansInDesktopOrExpressEdition",
        "CouldNotGenerateValidParallelPlan TSQLUserDefinedFunctionsNotParallelizable",
        "NonParallelizableIntrinsicFunction CLRUserDefinedFunctionRequiresDataAccess",
        "NoParallelDynamicCursor NoParallelFastForwardCursor NoParallelCursorFetchByBookmark",
        "NoParallelForMemoryOptimizedTables NoParallelForDmlOnMemoryOptimizedTable",
        "NoParallelWithRemoteQuery NoRemoteParallelismForMatrix ParallelismDisabledByTraceFlag",
        "UpdatingWritebackVariable DMLQueryReturnsOutputToClient",
        "MixedSerialAndParallelOnlineIndexBuildNotSupported NoParallelForNativelyCompiledModule",
        "TableVariableTransactionsDoNotSupportParallelNestedTransaction",
    )
)
_TYPE = (
    "bigint|binary|bit|char|date|datetime|datetime2|datetimeoffset|decimal|float|geography|geometry|"
    "hierarchyid|image|int|json|money|nchar|ntext|numeric|nvarchar|real|smalldatetime|smallint|"
    "smallmoney|sql_variant|sysname|text|time|timestamp|tinyint|uniqueidentifier|varbinary|varchar|"
    "vector|xml"
)


def _text(value: str) -> str:
    """Return a statement without its literals."""
    return sanitize(value)


_RULES: dict[Rule, list[str]] = {
    identifier: _words(
        "Server Database Schema Table Index Alias Column Statistics Name ProcName FunctionName",
    ),
    _text: ["StatementText"],
    expression_text: ["ScalarString", "Expression"],
    _nothing: ["ConstValue"],
    _matching(r"[0-9.]{1,40}"): _words("Version Build CardinalityEstimationModelVersion"),
    _matching(r"0x[0-9A-Fa-f]{1,16}"): _words("QueryHash QueryPlanHash"),
    _matching(r"true|false|0|1"): _words(
        "ANSI_NULLS ANSI_PADDING ANSI_WARNINGS ARITHABORT CONCAT_NULL_YIELDS_NULL",
        "NUMERIC_ROUNDABORT QUOTED_IDENTIFIER RetrievedFromCache SecurityPolicyApplied",
        "BatchModeOnRowStoreUsed Parallel Partitioned RemoteDataAccess IsAdaptive GroupExecuted",
        "Ordered ForcedIndex ForceScan ForceSeek NoExpandHint Lookup DynamicSeek Filtered",
        "Distinct Ascending Implicit ComputedColumn ManyToMany Optimized WithOrderedPrefetch",
        "WithUnorderedPrefetch Stack BitmapCreator IsPercent WithTies RowCount NoJoinPredicate",
        "SpatialGuess UnmatchedIndexes FullUpdateForOnlineIndexBuild DMLRequestSort Detail",
        "IsClrFunction IsNativelyCompiled Remoting LocalParallelism InRow StartupExpression",
    ),
    _matching(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,4})?"): _words(
        "StatementCompId StatementEstRows StatementId StatementSubTreeCost DegreeOfParallelism",
        "EffectiveDegreeOfParallelism MemoryGrant CachedPlanSize CompileTime CompileCPU",
        "CompileMemory UsePlan SerialRequiredMemory SerialDesiredMemory RequiredMemory",
        "DesiredMemory RequestedMemory GrantWaitTime GrantedMemory MaxUsedMemory MaxQueryMemory",
        "LastRequestedMemory EstimatedAvailableMemoryGrant EstimatedPagesCached",
        "EstimatedAvailableDegreeOfParallelism MaxCompileMemory ModificationCount",
        "SamplingPercent CpuTime ElapsedTime UdfCpuTime UdfElapsedTime WaitTimeMs WaitCount",
        "Branches UsedThreads NodeId ReservedThreads Impact ColumnId AvgRowSize EstimateCPU",
        "EstimateIO EstimateRebinds EstimateRewinds EstimateRows EstimateRowsWithoutRowGoal",
        "EstimatedRowsRead EstimatedTotalSubtreeCost TableCardinality AdaptiveThresholdRows",
        "StatsCollectionId Input Output Thread ActualRows ActualRowsRead ActualEndOfScans",
        "ActualExecutions ActualRebinds ActualRewinds ActualElapsedms ActualCPUms ActualScans",
        "ActualLogicalReads ActualPhysicalReads ActualReadAheads ActualLobLogicalReads",
        "ActualLobPhysicalReads ActualLobReadAheads ActualSegmentReads ActualSegmentSkips",
        "Batches TableReferenceId Length Precision Scale SpillLevel SpilledThreadCount",
        "GrantedMemoryKb UsedMemoryKb WritesToTempDb ReadsFromTempDb PartitionCount Start End",
        "PrimaryNodeId InputMemoryGrant OutputMemoryGrant UsedMemoryGrant",
    ),
    _of_vocabulary: _words(
        "StatementType StatementOptmLevel StatementOptmEarlyAbortReason NonParallelPlanReason",
        "PhysicalOp LogicalOp EstimatedExecutionMode EstimatedJoinType ActualExecutionMode",
        "ActualJoinType IndexKind Storage ScanDirection PartitioningType ScanType CompareOp",
        "AggType Usage ConvertIssue GrantWarningKind OperationType",
    ),
    # There are too many wait types to list them: ASYNC_NETWORK_IO, PAGEIOLATCH_SH.
    _matching(r"Memory Grant|[A-Z]{2,20}(?:_[A-Z]{1,20}){0,5}"): ["WaitType"],
    _matching(rf"(?:{_TYPE})(?:\((?:max|[0-9]{{1,5}}(?:,[0-9]{{1,5}})?)\))?"): _words(
        "DataType ParameterDataType"
    ),
    _matching(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,20}"): ["LastUpdate"],
}
ATTRIBUTES = {attribute: rule for rule, several in _RULES.items() for attribute in several}
