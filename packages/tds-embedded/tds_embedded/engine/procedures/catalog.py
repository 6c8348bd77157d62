"""The catalog procedures of ODBC's SQLTables, SQLColumns and others, in T-SQL.

Follows "Catalog stored procedures",
https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/catalog-stored-procedures-transact-sql
"""

from __future__ import annotations

from tds_embedded.engine.frames import Frame
from tds_embedded.engine.procedures.calls import Call, SystemProcedure
from tds_embedded.engine.procedures.datatype_info import TYPES
from tds_embedded.errors import error
from tds_embedded.types import MAX, SqlType

TEXT = SqlType("nvarchar", length=MAX)

_TABLES = """
SELECT DB_NAME() AS TABLE_QUALIFIER, s.name AS TABLE_OWNER, o.name AS TABLE_NAME,
    CAST(CASE o.type WHEN 'V' THEN 'VIEW' ELSE 'TABLE' END AS varchar(32)) AS TABLE_TYPE,
    CAST(NULL AS varchar(254)) AS REMARKS
FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id
WHERE o.type IN ('U', 'V')
    AND (@table_name IS NULL OR o.name LIKE @table_name)
    AND (@table_owner IS NULL OR s.name LIKE @table_owner)
    AND (@table_qualifier IS NULL OR DB_NAME() LIKE @table_qualifier)
    AND (@table_type IS NULL OR CHARINDEX(
        CASE o.type WHEN 'V' THEN N'''VIEW''' ELSE N'''TABLE''' END, @table_type) > 0)
ORDER BY 4, 1, 2, 3
"""

# name, ODBC 3 type, verbose type, datetime subcode, radix, bytes if the type fixes them
_KINDS = ", ".join(
    "(N'{}', {}, {}, {}, {})".format(
        each.name,
        each.code,
        each.code if each.verbose_code is None else each.verbose_code,
        "NULL" if each.datetime_sub is None else each.datetime_sub,
        "NULL" if each.radix is None else each.radix,
    )
    for each in TYPES
    if " " not in each.name
)
_COLUMNS = f"""
SELECT DB_NAME() AS TABLE_QUALIFIER, s.name AS TABLE_OWNER, o.name AS TABLE_NAME,
    c.name AS COLUMN_NAME, CAST(k.code AS smallint) AS DATA_TYPE,
    CASE WHEN c.is_identity = 1 THEN t.name + N' identity' ELSE t.name END AS TYPE_NAME,
    CASE WHEN c.max_length = -1 THEN 0
        WHEN t.name IN (N'nchar', N'nvarchar') THEN c.max_length / 2
        WHEN t.name IN (N'char', N'varchar', N'binary', N'varbinary') THEN c.max_length
        WHEN t.name = N'uniqueidentifier' THEN 36
        ELSE CAST(c.precision AS int) END AS PRECISION,
    CASE WHEN c.max_length = -1 THEN 0
        WHEN t.name IN (N'decimal', N'numeric') THEN CAST(c.precision AS int) + 2
        WHEN t.name IN (N'datetime', N'smalldatetime', N'datetime2') THEN 16
        ELSE CAST(c.max_length AS int) END AS LENGTH,
    CASE WHEN k.radix = 10 OR k.sub IS NOT NULL OR t.name IN (N'time', N'datetimeoffset')
        THEN CAST(c.scale AS smallint) END AS SCALE,
    CAST(k.radix AS smallint) AS RADIX, CAST(c.is_nullable AS smallint) AS NULLABLE,
    CAST(NULL AS varchar(254)) AS REMARKS, d.definition AS COLUMN_DEF,
    CAST(k.verbose AS smallint) AS SQL_DATA_TYPE, CAST(k.sub AS smallint) AS SQL_DATETIME_SUB,
    CASE WHEN t.name IN (N'nchar', N'nvarchar', N'char', N'varchar', N'binary', N'varbinary')
        THEN CASE WHEN c.max_length = -1 THEN 0 ELSE CAST(c.max_length AS int) END
        END AS CHAR_OCTET_LENGTH,
    CAST(ROW_NUMBER() OVER (PARTITION BY o.object_id ORDER BY c.column_id) AS int)
        AS ORDINAL_POSITION,
    CAST(CASE c.is_nullable WHEN 1 THEN 'YES' ELSE 'NO' END AS varchar(254)) AS IS_NULLABLE,
    CAST(0 AS smallint) AS SS_IS_SPARSE, CAST(0 AS smallint) AS SS_IS_COLUMN_SET,
    CAST(c.is_computed AS smallint) AS SS_IS_COMPUTED,
    CAST(c.is_identity AS smallint) AS SS_IS_IDENTITY,
    CAST(NULL AS nvarchar(128)) AS SS_UDT_CATALOG_NAME,
    CAST(NULL AS nvarchar(128)) AS SS_UDT_SCHEMA_NAME,
    CAST(NULL AS nvarchar(4000)) AS SS_UDT_ASSEMBLY_TYPE_NAME,
    CAST(NULL AS nvarchar(128)) AS SS_XML_SCHEMACOLLECTION_CATALOG_NAME,
    CAST(NULL AS nvarchar(128)) AS SS_XML_SCHEMACOLLECTION_SCHEMA_NAME,
    CAST(NULL AS nvarchar(128)) AS SS_XML_SCHEMACOLLECTION_NAME,
    CAST(t.system_type_id AS tinyint) AS SS_DATA_TYPE
FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id
    JOIN sys.columns c ON c.object_id = o.object_id
    JOIN sys.types t ON t.user_type_id = c.user_type_id
    JOIN (VALUES {_KINDS}) AS k (name, code, verbose, sub, radix) ON k.name = t.name
    LEFT JOIN sys.default_constraints d ON d.object_id = c.default_object_id
WHERE o.type IN ('U', 'V')
    AND (@table_name IS NULL OR o.name LIKE @table_name)
    AND (@table_owner IS NULL OR s.name LIKE @table_owner)
    AND (@table_qualifier IS NULL OR DB_NAME() LIKE @table_qualifier)
    AND (@column_name IS NULL OR c.name LIKE @column_name)
ORDER BY 1, 2, 3, 17
"""

_PRIMARY_KEYS = """
SELECT DB_NAME() AS TABLE_QUALIFIER, s.name AS TABLE_OWNER, o.name AS TABLE_NAME,
    c.name AS COLUMN_NAME, CAST(x.key_ordinal AS smallint) AS KEY_SEQ, i.name AS PK_NAME
FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id
    JOIN sys.indexes i ON i.object_id = o.object_id AND i.is_primary_key = 1
    JOIN sys.index_columns x ON x.object_id = i.object_id AND x.index_id = i.index_id
    JOIN sys.columns c ON c.object_id = x.object_id AND c.column_id = x.column_id
WHERE o.name = @table_name AND (@table_owner IS NULL OR s.name = @table_owner)
ORDER BY 1, 2, 3, 5
"""

_FOREIGN_KEYS = """
SELECT DB_NAME() AS PKTABLE_QUALIFIER, ps.name AS PKTABLE_OWNER, p.name AS PKTABLE_NAME,
    pc.name AS PKCOLUMN_NAME, DB_NAME() AS FKTABLE_QUALIFIER, fs.name AS FKTABLE_OWNER,
    f.name AS FKTABLE_NAME, fc.name AS FKCOLUMN_NAME,
    CAST(x.constraint_column_id AS smallint) AS KEY_SEQ,
    CAST(CASE k.update_referential_action WHEN 1 THEN 0 WHEN 2 THEN 2 WHEN 3 THEN 4 ELSE 1 END
        AS smallint) AS UPDATE_RULE,
    CAST(CASE k.delete_referential_action WHEN 1 THEN 0 WHEN 2 THEN 2 WHEN 3 THEN 4 ELSE 1 END
        AS smallint) AS DELETE_RULE,
    k.name AS FK_NAME, i.name AS PK_NAME, CAST(7 AS smallint) AS DEFERRABILITY
FROM sys.foreign_keys k
    JOIN sys.foreign_key_columns x ON x.constraint_object_id = k.object_id
    JOIN sys.objects f ON f.object_id = k.parent_object_id
    JOIN sys.schemas fs ON fs.schema_id = f.schema_id
    JOIN sys.objects p ON p.object_id = k.referenced_object_id
    JOIN sys.schemas ps ON ps.schema_id = p.schema_id
    JOIN sys.columns fc ON fc.object_id = f.object_id AND fc.column_id = x.parent_column_id
    JOIN sys.columns pc ON pc.object_id = p.object_id AND pc.column_id = x.referenced_column_id
    LEFT JOIN sys.indexes i ON i.object_id = p.object_id AND i.index_id = k.key_index_id
WHERE (@pktable_name IS NULL OR p.name = @pktable_name)
    AND (@pktable_owner IS NULL OR ps.name = @pktable_owner)
    AND (@fktable_name IS NULL OR f.name = @fktable_name)
    AND (@fktable_owner IS NULL OR fs.name = @fktable_owner)
ORDER BY 5, 6, 7, 9
"""

_STATISTICS = """
SELECT DB_NAME() AS TABLE_QUALIFIER, s.name AS TABLE_OWNER, o.name AS TABLE_NAME,
    CAST(1 - CAST(i.is_unique AS int) AS smallint) AS NON_UNIQUE,
    o.name AS INDEX_QUALIFIER, i.name AS INDEX_NAME,
    CAST(CASE i.type WHEN 1 THEN 1 ELSE 3 END AS smallint) AS TYPE,
    CAST(x.key_ordinal AS smallint) AS SEQ_IN_INDEX, c.name AS COLUMN_NAME,
    CAST(CASE x.is_descending_key WHEN 1 THEN 'D' ELSE 'A' END AS char(1)) AS COLLATION,
    CAST(NULL AS int) AS CARDINALITY, CAST(NULL AS int) AS PAGES,
    i.filter_definition AS FILTER_CONDITION
FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id
    JOIN sys.indexes i ON i.object_id = o.object_id AND i.type IN (1, 2)
    JOIN sys.index_columns x ON x.object_id = i.object_id AND x.index_id = i.index_id
    JOIN sys.columns c ON c.object_id = x.object_id AND c.column_id = x.column_id
WHERE o.name = @table_name AND (@table_owner IS NULL OR s.name = @table_owner)
    AND x.is_included_column = 0 AND (@index_name IS NULL OR i.name LIKE @index_name)
    AND (@is_unique IS NULL OR @is_unique <> N'Y' OR i.is_unique = 1)
ORDER BY 4, 7, 6, 8
"""

_DATABASES = """
SELECT name AS DATABASE_NAME, CAST(NULL AS int) AS DATABASE_SIZE,
    CAST(NULL AS varchar(254)) AS REMARKS
FROM sys.databases ORDER BY 1
"""


def _in_tsql(text: str, *names: str, minimum: int = 0) -> SystemProcedure:
    """Return a procedure whose result is that of a T-SQL query over its parameters."""

    def procedure(call: Call) -> int:
        values = call.bind(*names, minimum=minimum)
        if minimum and values[0] is None:
            raise error(201, call.name, names[0])
        frame = Frame(text, level=call.level + 1, is_module=True)
        for name, value in zip(names, values, strict=True):
            frame.declare(name, TEXT, None if value is None else str(value))
        call.engine.run_text(frame, call.sink)
        return 0

    return procedure


_sp_tables = _in_tsql(
    _TABLES, "@table_name", "@table_owner", "@table_qualifier", "@table_type", "@fusepattern"
)
_sp_columns = _in_tsql(
    _COLUMNS,
    "@table_name",
    "@table_owner",
    "@table_qualifier",
    "@column_name",
    "@odbcver",
    "@fusepattern",
    minimum=1,
)
_sp_statistics = _in_tsql(
    _STATISTICS,
    "@table_name",
    "@table_owner",
    "@table_qualifier",
    "@index_name",
    "@is_unique",
    "@accuracy",
    minimum=1,
)
_sp_fkeys = _in_tsql(
    _FOREIGN_KEYS,
    "@pktable_name",
    "@pktable_owner",
    "@pktable_qualifier",
    "@fktable_name",
    "@fktable_owner",
    "@fktable_qualifier",
)

PROCEDURES: dict[str, SystemProcedure] = {
    "sp_columns": _sp_columns,
    "sp_columns_100": _sp_columns,
    "sp_columns_90": _sp_columns,
    "sp_databases": _in_tsql(_DATABASES),
    "sp_fkeys": _sp_fkeys,
    "sp_pkeys": _in_tsql(
        _PRIMARY_KEYS, "@table_name", "@table_owner", "@table_qualifier", minimum=1
    ),
    "sp_statistics": _sp_statistics,
    "sp_statistics_100": _sp_statistics,
    "sp_tables": _sp_tables,
}

# Procedures of SQL Server that are not emulated (40517). Any other unknown name is error 2812.
_UNSUPPORTED = """
    sp_addextendedproc sp_addlinkedserver sp_addlogin sp_addmessage sp_addrole sp_addrolemember
    sp_addsrvrolemember sp_addtype sp_addumpdevice sp_adduser sp_altermessage
    sp_approlepassword sp_attach_db sp_autostats sp_bindefault sp_bindrule sp_bindsession
    sp_certify_removable sp_change_users_login sp_changedbowner sp_changeobjectowner
    sp_column_privileges sp_columns_ex sp_configure sp_control_plan_guide sp_create_plan_guide
    sp_createstats sp_cursor sp_cursor_list sp_cursorclose sp_cursorexecute sp_cursorfetch
    sp_cursoropen sp_cursoroption sp_cursorprepare sp_cursorprepexec sp_cursorunprepare
    sp_cycle_errorlog sp_dbcmptlevel sp_dboption sp_delete_backuphistory sp_denylogin
    sp_depends sp_describe_cursor sp_describe_cursor_columns sp_describe_cursor_tables
    sp_detach_db sp_dropdevice sp_dropextendedproc sp_droplinkedsrvlogin sp_droplogin
    sp_dropmessage sp_droprole sp_droprolemember sp_dropserver sp_dropsrvrolemember sp_droptype
    sp_dropuser sp_estimate_data_compression_savings sp_execute_external_script
    sp_fulltext_catalog sp_fulltext_database sp_fulltext_table sp_getbindtoken sp_grantdbaccess
    sp_grantlogin sp_help sp_help_fulltext_catalogs sp_helpconstraint sp_helpdb
    sp_helpdbfixedrole sp_helpdevice sp_helpextendedproc sp_helpfile sp_helpfilegroup
    sp_helpgroup sp_helpindex sp_helplanguage sp_helplogins sp_helpntgroup sp_helprole
    sp_helprolemember sp_helprotect sp_helpserver sp_helpsort sp_helpsrvrole
    sp_helpsrvrolemember sp_helpstats sp_helptext sp_helptrigger sp_helpuser sp_indexoption
    sp_invalidate_textptr sp_invoke_external_rest_endpoint sp_link_publication sp_linkedservers
    sp_lock sp_markpendingschemachange sp_monitor sp_password sp_procoption
    sp_query_store_flush_db sp_query_store_force_plan sp_query_store_remove_plan
    sp_query_store_remove_query sp_query_store_reset_exec_stats sp_query_store_set_hints
    sp_query_store_unforce_plan sp_recompile sp_refreshsqlmodule sp_refreshview sp_rename_db
    sp_renamedb sp_reset_connection sp_resetstatus sp_revokedbaccess sp_revokelogin
    sp_send_dbmail sp_sequence_get_range sp_server_info sp_serveroption sp_set_session_context
    sp_setapprole sp_setnetname sp_settriggerorder sp_spaceused sp_special_columns
    sp_sproc_columns sp_sproc_columns_100 sp_stored_procedures sp_table_privileges
    sp_tableoption sp_tables_ex sp_trace_create sp_trace_generateevent sp_trace_setevent
    sp_trace_setstatus sp_unbindefault sp_unbindrule sp_unsetapprole sp_updatestats
    sp_validname sp_who sp_who2 sp_xml_preparedocument sp_xml_removedocument xp_cmdshell
    xp_dirtree xp_enumgroups xp_fileexist xp_fixeddrives xp_grantlogin xp_instance_regread
    xp_logevent xp_loginconfig xp_logininfo xp_msver xp_qv xp_readerrorlog xp_regread
    xp_revokelogin xp_sprintf xp_sqlmaint xp_sscanf
"""
UNSUPPORTED = frozenset(_UNSUPPORTED.split())
