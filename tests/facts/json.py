"""JSON: the type json, JSON_VALUE and its relatives, OPENJSON, and the functions that build it."""

from __future__ import annotations

from tests.facts.model import Fact, batch, rpc

DOC = "mirek/bitsql docs/reference/json.md"
CAST = "mirek/bitsql harness/corpus/json4/type-cast.sql"
COLUMNS = "mirek/bitsql harness/corpus/json4/type-columns.sql"
COMPARE = "mirek/bitsql harness/corpus/json4/type-compare.sql"
FUNCTIONS = "mirek/bitsql harness/corpus/json4/type-functions.sql"
RETURNING = "mirek/bitsql harness/corpus/json4/returning.sql"
MODIFY = "mirek/bitsql harness/corpus/json2/json-modify-whitespace.sql"
MODIFY_ERRORS = "mirek/bitsql harness/corpus/json2/json-modify-errors.sql"
MODIFY_VALUES = "mirek/bitsql harness/corpus/json2/json-modify-values.sql"
GAPS = "mirek/msduck reference/gaps-json_string.json"
BOUNDARIES = "mirek/msduck reference/json-extraction-boundaries.json"
CONSTRUCTORS = "mirek/msduck reference/json-constructors.json"
ANALYTIC = "mirek/bitsql docs/reference/analytic.md"

TABLE = batch(
    "CREATE TABLE doc (id int PRIMARY KEY, data json NULL);"
    """INSERT doc VALUES (1, N'{"k": 1}'), (2, N'[1, 2]'), (3, NULL)"""
)
INCOMPARABLE = [
    ("SELECT id FROM doc ORDER BY data", (13636, 2)),
    ("SELECT data, COUNT(*) FROM doc GROUP BY data", (13636, 2)),
    ("SELECT ROW_NUMBER() OVER (ORDER BY data) FROM doc", (13636, 2)),
    ("SELECT COUNT(*) OVER (PARTITION BY data) FROM doc", (13636, 2)),
    ("SELECT DISTINCT data FROM doc", (421, 1)),
    ("SELECT data FROM doc UNION SELECT data FROM doc", (5335, 1)),
    ("SELECT data FROM doc EXCEPT SELECT data FROM doc", (5335, 1)),
    ("SELECT a.id FROM doc a JOIN doc b ON a.data = b.data", (13636, 1)),
    ("SELECT id FROM doc WHERE data = N'[1,2]'", (402, 1)),
    ("SELECT id FROM doc WHERE data IN (N'[1,2]')", (402, 1)),
    ("SELECT id FROM doc WHERE data LIKE N'%1%'", (8116, 1)),
    ("SELECT NULLIF(data, data) FROM doc", (13636, 1)),
    ("SELECT MIN(data) FROM doc", (8117, 1)),
    ("SELECT COUNT(DISTINCT data) FROM doc", (8117, 2)),
    ("SELECT data + N'x' FROM doc", (402, 1)),
    ("SELECT CONCAT(N'x', data) FROM doc", 257),
    ("SELECT LEN(data) FROM doc", (8116, 1)),
    ("SELECT UPPER(data) FROM doc", (8116, 1)),
    ("SELECT REPLACE(data, N'k', N'l') FROM doc", (8116, 1)),
    ("SELECT SUBSTRING(data, 1, 2) FROM doc", (8116, 1)),
    ("SELECT ISNUMERIC(data) FROM doc", (8116, 1)),
    ("SELECT HASHBYTES('SHA1', data) FROM doc", (8116, 1)),
    ("SELECT GREATEST(data, data) FROM doc", (8116, 4)),
    ("SELECT STRING_AGG(data, N',') FROM doc", (8116, 1)),
]

FACTS = [
    Fact(
        "json keeps objects and arrays without blanks",
        COLUMNS,
        [
            TABLE,
            batch(
                "SELECT id, data FROM doc ORDER BY id",
                rows=[[1, '{"k":1}'], [2, "[1,2]"], [3, None]],
            ),
        ],
        since="2025",
    ),
    Fact(
        "json refuses a scalar as the whole document",
        CAST,
        [
            batch("SELECT CAST(N'5' AS json)", errors=[(13609, 9)]),
            batch("SELECT CAST(N'null' AS json)", errors=[(13609, 9)]),
            batch("SELECT CAST(N'\"text\"' AS json)", errors=[(13609, 9)]),
            batch("SELECT CAST(N' ' AS json)", errors=[(13609, 9)]),
            batch("SELECT CAST(N'[] ]' AS json)", errors=[(13609, 9)]),
        ],
        since="2025",
    ),
    Fact(
        "A column of type json refuses what is no JSON, and keeps the row it had",
        COLUMNS,
        [
            TABLE,
            batch("INSERT doc VALUES (4, N'{k: 1}')", errors=[(13609, 9)]),
            batch("UPDATE doc SET data = N'nothing' WHERE id = 1", errors=[(13609, 9)]),
            batch("SELECT data FROM doc WHERE id IN (1, 4)", rows=[['{"k":1}']]),
        ],
        since="2025",
    ),
    Fact(
        "Numbers and binary values are not converted to json",
        COLUMNS,
        [
            TABLE,
            batch("INSERT doc VALUES (4, 12)", errors=[(206, 2)]),
            batch("INSERT doc VALUES (4, 0x7B7D)", errors=[(206, 2)]),
        ],
        since="2025",
    ),
    Fact(
        "A parameter of a character type becomes json when it is inserted",
        COLUMNS,
        [
            TABLE,
            rpc(
                "INSERT doc VALUES (4, @d); SELECT data FROM doc WHERE id = 4",
                {"@d": ("nvarchar(max)", '{ "a": [ true, null ] }')},
                rows=[['{"a":[true,null]}']],
            ),
        ],
        since="2025",
    ),
    Fact(
        "Of members with one name json keeps the first, and names are compared exactly",
        DOC,
        [
            batch(
                """SELECT CAST(N'{"a":1,"b":2,"a":3,"A":4}' AS json)""",
                rows=[['{"a":1,"b":2,"A":4}']],
            )
        ],
        since="2025",
    ),
    Fact(
        "json keeps a number without an exponent as it is written, but not the sign of zero",
        DOC,
        [
            batch(
                "SELECT CAST(N'[1.50,0.00,-0,-0.0,-2]' AS json)",
                rows=[["[1.50,0.00,0,0.0,-2]"]],
            )
        ],
        since="2025",
    ),
    Fact(
        "json writes a number with an exponent as a decimal with ten places",
        DOC,
        [
            batch(
                "SELECT CAST(N'[1e2,1e28,1e-11]' AS json)",
                rows=[["[100.0000000000,9999999999999999583119736832.0000000000,0.0000000000]"]],
            )
        ],
        since="2025",
    ),
    Fact(
        "json refuses a number of more than 28 digits before the point if it has an exponent",
        DOC,
        [
            batch("SELECT CAST(N'[1e29]' AS json)", errors=[(1007, 5)]),
            batch("SELECT CAST(N'[1e400]' AS json)", errors=[(1007, 5)]),
            batch(f"SELECT CAST(N'[{'9' * 39}]' AS json)", errors=[(1007, 3)]),
        ],
        since="2025",
    ),
    Fact(
        "TRY_CAST to json gives NULL for text that is no JSON, but not for a number too long",
        DOC,
        [
            batch("SELECT TRY_CAST(N'{' AS json)", rows=[[None]]),
            batch("SELECT TRY_CONVERT(json, N'[1e29]')", errors=[1007]),
        ],
        since="2025",
    ),
    Fact(
        "json escapes strings no more than it must",
        DOC,
        [
            batch(
                r"""SELECT CAST(N'["a\/b\u00e9","q\"","\u001f","\ud83d\ude00","\ud800"]' """
                "AS json)",
                rows=[[r'["a/bé","q\"","\u001F","😀","' + "\N{REPLACEMENT CHARACTER}" + '"]']],
            )
        ],
        since="2025",
    ),
    Fact(
        "json takes 128 levels of nesting and refuses the 129th",
        DOC,
        [
            batch(
                f"SELECT LEN(CAST(CAST(N'{'[' * 128}{']' * 128}' AS json) AS nvarchar(max)))",
                rows=[[256]],
            ),
            batch(f"SELECT CAST(N'{'[' * 129}{']' * 129}' AS json)", errors=[13645]),
        ],
        since="2025",
    ),
    *[
        Fact(
            f"json is not comparable, and few functions take it: {statement}",
            COMPARE,
            [TABLE, batch(statement, errors=[number])],
            since="2025",
        )
        for statement, number in INCOMPARABLE
    ],
    Fact(
        "COUNT and IS NULL take json",
        COMPARE,
        [
            TABLE,
            batch("SELECT COUNT(data) FROM doc", rows=[[2]]),
            batch("SELECT id FROM doc WHERE data IS NULL", rows=[[3]]),
        ],
        since="2025",
    ),
    Fact(
        "json is not converted to text or numbers implicitly",
        COMPARE,
        [
            batch("DECLARE @j json = N'[]', @t nvarchar(max); SET @t = @j", errors=[(257, 3)]),
            batch("DECLARE @j json = N'[]', @t varchar(20) = ''; SET @t = @j", errors=[(257, 3)]),
            batch("DECLARE @j json = N'[]', @n int; SET @n = @j", errors=[(206, 2)]),
        ],
        since="2025",
    ),
    Fact(
        "CAST of json to a string gives its text, and fails if it does not fit",
        COMPARE,
        [
            batch(
                "DECLARE @j json = N'[ 1, 2 ]';"
                "SELECT CAST(@j AS nvarchar(max)) + N'!', CONVERT(varchar(20), @j)",
                rows=[["[1,2]!", "[1,2]"]],
            ),
            batch("SELECT CAST(CAST(N'[1,2]' AS json) AS nvarchar(4))", errors=[13639]),
            batch("SELECT CAST(CAST(N'[\"☃\"]' AS json) AS varchar(20))", errors=[13640]),
        ],
        since="2025",
    ),
    Fact(
        "CASE, COALESCE, ISNULL, IIF and UNION ALL of json and text give json",
        COMPARE,
        [
            TABLE,
            batch(
                "SELECT ISNULL(data, N'{ }'), COALESCE(data, N'[ ]'), IIF(id = 3, N'[ 3 ]', data)"
                " FROM doc WHERE id > 1 ORDER BY id",
                rows=[["[1,2]", "[1,2]", "[1,2]"], ["{}", "[]", "[3]"]],
            ),
            batch("SELECT CAST(N'[]' AS json) UNION ALL SELECT N'[ 10 ]'", rows=[["[]"], ["[10]"]]),
        ],
        since="2025",
    ),
    Fact(
        "json does not mix with other types in COALESCE",
        COMPARE,
        [
            batch("DECLARE @j json; SELECT COALESCE(@j, 1)", errors=[(206, 2)]),
            batch("DECLARE @j json; SELECT COALESCE(@j, SYSDATETIME())", errors=[(206, 2)]),
            batch("DECLARE @j json; SELECT COALESCE(@j, 0x01)", errors=[(206, 2)]),
        ],
        since="2025",
    ),
    Fact(
        "A json column cannot become nvarchar(max), and the other way it is checked",
        DOC,
        [
            batch("CREATE TABLE doc (a json NULL, b nvarchar(max) NULL, c nvarchar(max) NULL)"),
            batch("""INSERT doc VALUES (N'[]', N'{"x" : 1}', N'nothing')"""),
            batch("ALTER TABLE doc ALTER COLUMN a nvarchar(max) NULL", errors=[(257, 3)]),
            batch("ALTER TABLE doc ALTER COLUMN b json NULL"),
            batch("SELECT b FROM doc", rows=[['{"x":1}']]),
        ],
        since="2025",
    ),
    Fact(
        "The catalog shows json as a type of its number and without a length",
        COLUMNS,
        [
            TABLE,
            batch(
                "SELECT system_type_id, max_length, precision, collation_name FROM sys.columns"
                " WHERE object_id = OBJECT_ID('doc') AND name = 'data'",
                rows=[[244, -1, 0, None]],
            ),
            batch(
                "SELECT DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, CHARACTER_OCTET_LENGTH, COLLATION_NAME"
                " FROM INFORMATION_SCHEMA.COLUMNS WHERE COLUMN_NAME = 'data'",
                rows=[["json", -1, -1, None]],
            ),
            batch(
                "SELECT TYPE_ID('json'), COLUMNPROPERTY(OBJECT_ID('doc'), 'data', 'Precision')",
                rows=[[244, -1]],
            ),
        ],
        since="2025",
    ),
    Fact(
        "JSON_VALUE, JSON_QUERY, ISJSON and JSON_PATH_EXISTS read json",
        FUNCTIONS,
        [
            TABLE,
            batch(
                "SELECT JSON_VALUE(data, '$.k'), JSON_QUERY(data, '$'), ISJSON(data),"
                " JSON_PATH_EXISTS(data, '$[0]') FROM doc ORDER BY id",
                rows=[["1", '{"k":1}', 1, 0], [None, "[1,2]", 1, 1], [None, None, None, None]],
            ),
        ],
        since="2025",
    ),
    Fact(
        "OPENJSON opens json",
        FUNCTIONS,
        [
            TABLE,
            batch(
                "SELECT d.id, o.[key], o.value, o.type FROM doc d CROSS APPLY OPENJSON(d.data) o"
                " ORDER BY d.id, o.[key]",
                rows=[[1, "k", "1", 2], [2, "0", "1", 2], [2, "1", "2", 2]],
            ),
        ],
        since="2025",
    ),
    Fact(
        "JSON_MODIFY of json gives json, so a float becomes a decimal",
        FUNCTIONS,
        [
            batch(
                "DECLARE @j json = N'[1]';"
                "SELECT JSON_MODIFY(@j, 'append $', 2), JSON_MODIFY(@j, 'append $', 1e2),"
                " JSON_MODIFY(@j, 'append $', JSON_QUERY(N'[2, 3]')),"
                """ JSON_MODIFY(@j, 'append $', CAST(N'{"x" : 1}' AS json))""",
                rows=[["[1,2]", "[1,100.0000000000]", "[1,[2,3]]", '[1,{"x":1}]']],
            )
        ],
        since="2025",
    ),
    Fact(
        "JSON_MODIFY of text takes no json as the new value",
        FUNCTIONS,
        [batch("SELECT JSON_MODIFY(N'{}', '$.a', CAST(N'[1]' AS json))", errors=[(8116, 1)])],
        since="2025",
    ),
    Fact(
        "A json argument makes JSON_OBJECT and JSON_ARRAY nest it",
        FUNCTIONS,
        [
            batch(
                "DECLARE @j json = N'[ 1 ]';"
                "SELECT JSON_OBJECT('k': @j), JSON_ARRAY(@j, 1), JSON_OBJECT('k': JSON_QUERY(@j))",
                rows=[['{"k":[1]}', "[[1],1]", '{"k":[1]}']],
            )
        ],
        since="2025",
    ),
    Fact(
        "FOR JSON nests a json column",
        FUNCTIONS,
        [
            TABLE,
            batch(
                "SELECT id, data FROM doc ORDER BY id FOR JSON PATH",
                rows=[['[{"id":1,"data":{"k":1}},{"id":2,"data":[1,2]},{"id":3}]']],
            ),
        ],
        since="2025",
    ),
    Fact(
        "OPENJSON's columns of type json keep containers with AS JSON and read strings without",
        FUNCTIONS,
        [
            batch(
                """SELECT * FROM OPENJSON(N'{"o":{"y" : 1},"s":"[1, 2]","n":1}')"""
                " WITH (o json '$.o' AS JSON, p json '$.o', s json '$.s', n json '$.n' AS JSON)",
                rows=[['{"y":1}', None, "[1,2]", None]],
            )
        ],
        since="2025",
    ),
    Fact(
        "RETURNING JSON makes the constructors give json",
        RETURNING,
        [
            batch(
                "SELECT JSON_OBJECT('a': 1, 'a': 2 RETURNING JSON), JSON_OBJECT('a': 1, 'a': 2),"
                " JSON_ARRAY(1, NULL, 'x' NULL ON NULL RETURNING JSON)",
                rows=[['{"a":1}', '{"a":1,"a":2}', '[1,null,"x"]']],
            ),
            batch(
                "SELECT JSON_OBJECT('f': 1.5e0, 'm': CAST(2.5 AS money), 'd': 1.50 RETURNING JSON)",
                rows=[['{"f":1.5000000000,"m":2.5000,"d":1.50}']],
            ),
        ],
        since="2025",
    ),
    Fact(
        "JSON_ARRAYAGG leaves NULL out and JSON_OBJECTAGG keeps it; no rows give NULL",
        RETURNING,
        [
            batch("CREATE TABLE t (g int, k nvarchar(9), n int)"),
            batch("INSERT t VALUES (1, N'b', 2), (1, N'a', 1), (2, N'c', NULL)"),
            batch(
                "SELECT g, JSON_ARRAYAGG(n ORDER BY n), JSON_OBJECTAGG(k : n ABSENT ON NULL)"
                " FROM t WHERE k <> N'b' GROUP BY g ORDER BY g",
                rows=[[1, "[1]", '{"a":1}'], [2, "[]", "{}"]],
            ),
            batch("SELECT JSON_OBJECTAGG(k : n) FROM t WHERE g = 2", rows=[['{"c":null}']]),
            batch("SELECT JSON_ARRAYAGG(n ORDER BY n DESC) FROM t", rows=[["[2,1]"]]),
            batch(
                "SELECT JSON_ARRAYAGG(n), JSON_OBJECTAGG(k : n) FROM t WHERE g = 9",
                rows=[[None, None]],
            ),
        ],
        since="2025",
    ),
    Fact(
        "JSON_ARRAYAGG with OVER gives a running array",
        RETURNING,
        [
            batch("CREATE TABLE t (n int)"),
            batch("INSERT t VALUES (1), (2)"),
            batch(
                "SELECT n, JSON_ARRAYAGG(n) OVER (ORDER BY n) FROM t ORDER BY n",
                rows=[[1, "[1]"], [2, "[1,2]"]],
            ),
        ],
        since="2025",
        bad_grammar=True,
    ),
    Fact(
        "JSON_ARRAYAGG takes neither DISTINCT nor an aggregate",
        DOC,
        [
            batch("CREATE TABLE t (n int)"),
            batch("SELECT JSON_ARRAYAGG(DISTINCT n) FROM t", errors=[(313, 2)]),
            batch("SELECT JSON_ARRAYAGG(SUM(n)) FROM t", errors=[130]),
        ],
        since="2025",
    ),
    Fact(
        "A NULL key is an error of JSON_OBJECT",
        ANALYTIC,
        [batch("DECLARE @k nvarchar(9); SELECT JSON_OBJECT(@k : 1)", errors=[13638])],
        since="2022",
    ),
    Fact(
        "JSON_OBJECT writes money with four places, floats with sixteen digits, bits as booleans",
        ANALYTIC,
        [
            batch(
                "SELECT JSON_OBJECT('m': CAST(3 AS money), 'f': 1.5e0, 'b': CAST(0 AS bit),"
                " 'x': 0x0102, 'd': CAST('2024-01-02' AS date), 'n': NULL)",
                rows=[
                    [
                        '{"m":3.0000,"f":1.500000000000000e+000,"b":false,"x":"AQI=",'
                        '"d":"2024-01-02","n":null}'
                    ]
                ],
            )
        ],
        since="2022",
    ),
    Fact(
        "JSON_VALUE gives NULL for JSON's null, for containers and for what is not there",
        DOC,
        [
            batch(
                """SELECT JSON_VALUE(N'{"a":null,"b":[1],"c":true,"d":1.50}', '$.a'),"""
                """ JSON_VALUE(N'{"b":[1]}', '$.b'), JSON_VALUE(N'{"b":[1]}', '$.x'),"""
                """ JSON_VALUE(N'{"c":true}', '$.c'), JSON_VALUE(N'{"d":1.50}', '$.d'),"""
                """ JSON_QUERY(N'{"d":1}', '$.d')""",
                rows=[[None, None, None, "true", "1.50", None]],
            )
        ],
    ),
    Fact(
        "JSON_VALUE gives NULL for a text of more than 4,000 characters",
        DOC,
        [
            batch(
                "SELECT LEN(JSON_VALUE(N'{\"a\":\"' + REPLICATE(CAST(N'x' AS nvarchar(max)), 4000)"
                " + N'\"}', '$.a')), JSON_VALUE(N'{\"a\":\"' + REPLICATE(CAST(N'x' AS"
                " nvarchar(max)), 4001) + N'\"}', '$.a')",
                rows=[[4000, None]],
            )
        ],
    ),
    Fact(
        "A strict path makes what JSON_VALUE and JSON_QUERY miss an error",
        DOC,
        [
            batch("""SELECT JSON_VALUE(N'{"a":1}', 'strict $.b')""", errors=[(13608, 1)]),
            batch("""SELECT JSON_VALUE(N'{"a":[1]}', 'strict $.a')""", errors=[(13623, 2)]),
            batch("""SELECT JSON_QUERY(N'{"a":1}', 'strict $.a')""", errors=[(13624, 2)]),
            batch("SELECT JSON_QUERY(N'[null]', 'strict $[0]')", rows=[[None]]),
        ],
    ),
    Fact(
        "JSON_VALUE reads no further than it must",
        DOC,
        [
            batch("SELECT JSON_VALUE(N'[1,x]', '$[0]')", rows=[["1"]]),
            batch("""SELECT JSON_VALUE(N'{"a":1} x', '$.missing')""", errors=[13609]),
            batch("SELECT JSON_VALUE(N'x', '$.a')", errors=[(13609, 1)]),
        ],
    ),
    Fact(
        "A JSON path may have blanks between its parts",
        DOC,
        [
            batch(
                """SELECT JSON_VALUE(N'{"a":[1,2]}', ' $ . "a" [ 1 ] '),"""
                """ JSON_VALUE(N'{"a":1}', 'strict$.a')""",
                rows=[["2", "1"]],
            )
        ],
    ),
    Fact(
        "A JSON path that is badly formed is error 13607",
        DOC,
        [
            batch("SELECT JSON_VALUE(N'{}', 'x')", errors=[(13607, 22)]),
            batch("SELECT JSON_VALUE(N'{}', '')", errors=[(13607, 14)]),
            batch("SELECT JSON_VALUE(N'{}', '$.')", errors=[(13607, 14)]),
            batch("SELECT JSON_VALUE(N'{}', '$a')", errors=[(13607, 22)]),
            batch("SELECT JSON_VALUE(N'{}', '$.a-b')", errors=[(13607, 22)]),
            batch("SELECT JSON_VALUE(N'{}', '$.ä')", errors=[(13607, 22)]),
            batch("SELECT JSON_VALUE(N'{}', '$[a]')", errors=[(13607, 21)]),
            batch("SELECT JSON_VALUE(N'{}', '$[]')", errors=[(13607, 14)]),
        ],
    ),
    Fact(
        "A JSON path that is NULL is an error",
        DOC,
        [
            batch("SELECT JSON_VALUE(N'{}', NULL)", errors=[(8116, 1)]),
            batch("DECLARE @p nvarchar(9); SELECT JSON_QUERY(N'{}', @p)", errors=[(8116, 8)]),
            batch("SELECT JSON_MODIFY(N'{}', CAST(NULL AS nvarchar(9)), 1)", errors=[(8116, 8)]),
        ],
    ),
    Fact(
        "ISJSON takes objects and arrays, and any value if it is told so",
        DOC,
        [
            batch(
                "SELECT ISJSON(N'{}'), ISJSON(N'1'), ISJSON(N'[1,]'), ISJSON(NULL)",
                rows=[[1, 0, 0, None]],
            ),
            batch(
                "SELECT ISJSON(N'1', VALUE), ISJSON(N'1', SCALAR), ISJSON(N'[]', ARRAY),"
                " ISJSON(N'[]', object)",
                rows=[[1, 1, 1, 0]],
            ),
        ],
        since="2022",
    ),
    Fact(
        "SCALAR of ISJSON is a string or a number",
        DOC,
        [
            batch(
                "SELECT ISJSON(N'true', SCALAR), ISJSON(N'null', SCALAR), ISJSON(N'null', VALUE),"
                " ISJSON(N' \"x\" ', SCALAR)",
                rows=[[0, 0, 1, 1]],
            )
        ],
        since="2022",
    ),
    Fact(
        "JSON_PATH_EXISTS finds JSON's null, and nothing in what is no JSON",
        DOC,
        [
            batch(
                """SELECT JSON_PATH_EXISTS(N'{"a":null}', '$.a'), JSON_PATH_EXISTS(N'{}', '$.a'),"""
                """ JSON_PATH_EXISTS(N'{"a":1,"b":x}', '$.a'), JSON_PATH_EXISTS(NULL, '$')""",
                rows=[[1, 0, 0, None]],
            )
        ],
        since="2022",
    ),
    Fact(
        "The functions that read JSON take text only",
        DOC,
        [
            batch("SELECT JSON_PATH_EXISTS(1, '$')", errors=[(8116, 1)]),
            batch("SELECT JSON_MODIFY(1, '$.a', 2)", errors=[(8116, 1)]),
            batch("SELECT JSON_MODIFY(N'{}', 1, 2)", errors=[(8116, 1)]),
        ],
        since="2022",
    ),
    Fact(
        "OPENJSON lists members and elements with the number of their type",
        "mirek/bitsql .claude/skills/t-sql/SKILL.md",
        [
            batch(
                """SELECT * FROM OPENJSON(N'{"a":1,"b":"x","c":null,"d":true,"e":[1],"f":{}}')""",
                rows=[
                    ["a", "1", 2],
                    ["b", "x", 1],
                    ["c", None, 0],
                    ["d", "true", 3],
                    ["e", "[1]", 4],
                    ["f", "{}", 5],
                ],
            )
        ],
    ),
    Fact(
        "OPENJSON gives no rows for NULL and for a lax path that leads nowhere",
        "mirek/bitsql .claude/skills/t-sql/SKILL.md",
        [
            batch("SELECT * FROM OPENJSON(NULL)", rows=[]),
            batch("SELECT * FROM OPENJSON(N'{}', '$.a')", rows=[]),
            batch("""SELECT * FROM OPENJSON(N'{"a":1}', '$.a')""", rows=[]),
        ],
    ),
    Fact(
        "OPENJSON fails for what is no JSON and for a strict path that leads nowhere",
        DOC,
        [
            batch("SELECT * FROM OPENJSON(N'x')", errors=[(13609, 4)]),
            batch("SELECT * FROM OPENJSON(N'{}', 'strict $.a')", errors=[(13608, 3)]),
            batch("""SELECT * FROM OPENJSON(N'{"a":1}', 'strict $.a')""", errors=[(13611, 1)]),
        ],
    ),
    Fact(
        "OPENJSON's columns of text may be containers only with AS JSON",
        "mirek/bitsql .claude/skills/t-sql/SKILL.md",
        [
            batch(
                """SELECT * FROM OPENJSON(N'[{"a":1,"b":[1, 2]},{"a":2}]')"""
                " WITH (a int, b nvarchar(max) AS JSON, c nvarchar(9) '$.b')",
                rows=[[1, "[1, 2]", None], [2, None, None]],
            ),
            batch("SELECT * FROM OPENJSON(N'{}') WITH (a nvarchar(9) AS JSON)", errors=[13618]),
        ],
    ),
    Fact(
        "JSON_MODIFY adds a member before the closing brace and keeps the blanks there",
        MODIFY,
        [
            batch(
                """SELECT JSON_MODIFY(N'{"a": 1 }', '$.b', 2), JSON_MODIFY(N'{ }', '$.b', 2),"""
                """ JSON_MODIFY(N'  {"a": 1}  ', '$.a', 7)""",
                rows=[['{"a": 1 ,"b":2}', '{ "b":2}', '  {"a": 7}  ']],
            )
        ],
    ),
    Fact(
        "JSON_MODIFY appends before the closing bracket",
        MODIFY,
        [
            batch(
                "SELECT JSON_MODIFY(N'[1, 2 ]', 'append $', 3), JSON_MODIFY(N'[ ]', 'append $', 3),"
                """ JSON_MODIFY(N'{"a":{}}', 'append $.a.b', 5)""",
                rows=[["[1, 2 ,3]", "[ 3]", '{"a":{"b":[5]}}']],
            )
        ],
    ),
    Fact(
        "JSON_MODIFY with NULL takes a member out with one comma, and other blanks stay",
        MODIFY,
        [
            batch(
                """SELECT JSON_MODIFY(N'{ "a":1 , "b":2}', '$.a', NULL),"""
                """ JSON_MODIFY(N'{"b":2 , "a":1, "c":3}', '$.a', NULL),"""
                """ JSON_MODIFY(N'{ "a" : 1 }', '$.a', NULL)""",
                rows=[['{  "b":2}', '{"b":2 , "c":3}', "{  }"]],
            )
        ],
    ),
    Fact(
        "JSON_MODIFY with NULL writes null with a strict path and in an array",
        ANALYTIC,
        [
            batch(
                """SELECT JSON_MODIFY(N'{"a":1}', 'strict $.a', NULL),"""
                " JSON_MODIFY(N'[1,2]', '$[0]', NULL)",
                rows=[['{"a":null}', "[null,2]"]],
            )
        ],
    ),
    Fact(
        "JSON_MODIFY leaves a text as it is if a lax path goes through what is not there",
        ANALYTIC,
        [
            batch(
                """SELECT JSON_MODIFY(N'{"a": 1}', '$.b.c', 2), JSON_MODIFY(N'[1]', '$[3]', 2)""",
                rows=[['{"a": 1}', "[1]"]],
            ),
            batch("""SELECT JSON_MODIFY(N'{"a":1}', 'strict $.b', 2)""", errors=[(13608, 2)]),
            batch("""SELECT JSON_MODIFY(N'[1]', 'strict $[1]', NULL)""", errors=[(13608, 2)]),
        ],
    ),
    Fact(
        "JSON_MODIFY takes strings, numbers and bits as new values, and no dates or money",
        MODIFY_ERRORS,
        [
            batch(
                "SELECT JSON_MODIFY(N'[]', 'append $', CAST('2024-01-01' AS date))",
                errors=[(8116, 1)],
            ),
            batch("SELECT JSON_MODIFY(N'[]', 'append $', CAST(1 AS money))", errors=[(8116, 1)]),
            batch("SELECT JSON_MODIFY(N'[]', 'append $', NEWID())", errors=[(8116, 1)]),
            batch("SELECT JSON_MODIFY(N'[]', 'append $', 0x01)", errors=[(8116, 1)]),
            batch("SELECT JSON_MODIFY(N'[]', 'append $', SYSDATETIME())", errors=[(8116, 1)]),
        ],
    ),
    Fact(
        "JSON_MODIFY writes floats with sixteen digits and decimals as they are",
        MODIFY_VALUES,
        [
            batch(
                "SELECT JSON_MODIFY(N'[]', 'append $', 1e0),"
                " JSON_MODIFY(N'[]', 'append $', CAST(1.5 AS real)),"
                " JSON_MODIFY(N'[]', 'append $', CAST(5 AS decimal(5, 2))),"
                " JSON_MODIFY(N'[]', 'append $', CAST(1 AS bit))",
                rows=[
                    [
                        "[1.000000000000000e+000]",
                        "[1.500000000000000e+000]",
                        "[5.00]",
                        "[true]",
                    ]
                ],
            )
        ],
    ),
    Fact(
        "JSON_MODIFY refuses a path, a document or a count of arguments that is none",
        MODIFY_ERRORS,
        [
            batch("SELECT JSON_MODIFY(N'{}', '$', N'x')", errors=[(13619, 1)]),
            batch("SELECT JSON_MODIFY(N'x', '$.a', 1)", errors=[(13609, 7)]),
            batch("SELECT JSON_MODIFY(N'{}', 'bad', 1)", errors=[(13607, 22)]),
            batch("SELECT JSON_MODIFY(N'{}', 'APPEND $.a', 1)", errors=[(13607, 22)]),
            batch("SELECT JSON_MODIFY(N'{}', 'strict append $.a', 1)", errors=[(13607, 14)]),
            batch("SELECT JSON_MODIFY(N'{}', '$.a[-1]', 1)", errors=[(13607, 21)]),
            batch("SELECT JSON_MODIFY(N'{}', '$.a')", errors=[174]),
        ],
    ),
    Fact(
        "FOR JSON AUTO of one table lists its rows",
        "mirek/msduck reference/gaps-json_string.json",
        [
            batch("CREATE TABLE t (id int, [a.b] nvarchar(9) NULL)"),
            batch("INSERT t VALUES (1, N'x'), (2, NULL)"),
            batch(
                "SELECT id, [a.b] FROM t ORDER BY id FOR JSON AUTO",
                rows=[['[{"id":1,"a.b":"x"},{"id":2}]']],
            ),
            batch(
                "SELECT id FROM t WHERE id = 1 FOR JSON AUTO, ROOT('r')",
                rows=[['{"r":[{"id":1}]}']],
            ),
        ],
    ),
    Fact(
        "FOR JSON AUTO needs a table",
        "mirek/msduck reference/gaps-json_string.json",
        [batch("SELECT 1 AS n FOR JSON AUTO", errors=[(13600, 1)])],
    ),
    Fact(
        "FOR JSON PATH nests members whose names have points",
        "mirek/bitsql .claude/skills/t-sql/SKILL.md",
        [
            batch(
                "SELECT 1 AS [a.b], N'x/y' AS [a.c], CAST(NULL AS int) AS d, 1.5e0 AS f"
                " FOR JSON PATH, WITHOUT_ARRAY_WRAPPER",
                rows=[['{"a":{"b":1,"c":"x\\/y"},"f":1.500000000000000e+000}']],
            )
        ],
    ),
    Fact(
        "FOR JSON refuses two members of one name and a column without a name",
        DOC,
        [
            batch("SELECT 1 AS a, 2 AS [a.b] FOR JSON PATH", errors=[13601]),
            batch("SELECT 1 FOR JSON PATH", errors=[13605]),
        ],
    ),
    Fact(
        "FOR JSON nests JSON that a function made, also through a derived table or a CTE",
        DOC,
        [
            batch(
                "SELECT d.j FROM (SELECT JSON_QUERY(N'[1]') AS j) AS d FOR JSON PATH",
                rows=[['[{"j":[1]}]']],
            ),
            batch(
                "WITH c AS (SELECT JSON_MODIFY(N'{}', '$.a', 1) AS j)"
                " SELECT j FROM c FOR JSON PATH",
                rows=[['[{"j":{"a":1}}]']],
            ),
        ],
    ),
    Fact(
        "FOR JSON nests a subquery of FOR JSON, and quotes one without the array",
        DOC,
        [
            batch(
                "SELECT 1 AS a, (SELECT 2 AS b FOR JSON PATH) AS c FOR JSON PATH",
                rows=[['[{"a":1,"c":[{"b":2}]}]']],
            ),
            batch(
                "SELECT (SELECT 2 AS b FOR JSON PATH, WITHOUT_ARRAY_WRAPPER) AS c FOR JSON PATH",
                rows=[['[{"c":"{\\"b\\":2}"}]']],
            ),
            batch(
                "DECLARE @j nvarchar(9) = N'[1]'; SELECT @j AS j FOR JSON PATH",
                rows=[['[{"j":"[1]"}]']],
            ),
        ],
    ),
    Fact(
        "json is no key of an index or of a primary key",
        COMPARE,
        [
            TABLE,
            batch("CREATE INDEX by_data ON doc (data)", errors=[(1978, 3)]),
            batch("CREATE TABLE other (data json PRIMARY KEY)", errors=[1919, 1750]),
        ],
        since="2025",
    ),
    Fact(
        "Of members with one name the first counts, in nvarchar, too",
        BOUNDARIES,
        [
            batch(
                """SELECT JSON_VALUE(N'{"p": 5, "p": 6}', '$.p'),"""
                """ JSON_QUERY(N'{"p": {"q": [5], "q": [6]}}', '$.p.q'),"""
                """ (SELECT p FROM OPENJSON(N'{"p": 5, "p": 6}') WITH (p int))""",
                rows=[["5", "[5]", 5]],
            ),
            batch(
                """SELECT [key], value FROM OPENJSON(N'{"p": 5, "p": 6}')""",
                rows=[["p", "5"], ["p", "6"]],
            ),
        ],
    ),
    Fact(
        "A root and WITHOUT_ARRAY_WRAPPER contradict each other",
        GAPS,
        [batch("SELECT 4 AS p FOR JSON PATH, ROOT('q'), WITHOUT_ARRAY_WRAPPER", errors=[13620])],
        bad_grammar=True,
    ),
    Fact(
        "HASHBYTES has MD4",
        GAPS,
        [
            batch(
                "SELECT HASHBYTES('MD4', 'abc')",
                rows=[[bytes.fromhex("a448017aaf21d8525fc10ae87aa6729d")]],
            )
        ],
        unsupported=40517,
    ),
    Fact(
        "JSON_OBJECT writes a binary key in base64",
        CONSTRUCTORS,
        [batch("SELECT JSON_OBJECT(0x4243: 5)", rows=[['{"QkM=":5}']])],
        since="2022",
    ),
    Fact(
        "JSON_OBJECT writes times in ISO, without a fraction of zeros",
        ANALYTIC,
        [
            batch(
                "SELECT JSON_OBJECT('a': CAST('2024-01-02T03:04:05' AS datetime2(3)),"
                " 'b': CAST('2024-01-02T03:04:05.123' AS datetime2(3)))",
                rows=[['{"a":"2024-01-02T03:04:05","b":"2024-01-02T03:04:05.123"}']],
            )
        ],
        since="2022",
    ),
    Fact(
        "FOR JSON of no rows gives no row",
        "mirek/bitsql query, FOR JSON",
        [batch("SELECT 1 AS a WHERE 1 = 0 FOR JSON PATH", rows=[])],
    ),
    Fact(
        "In a subquery it gives NULL",
        "mirek/bitsql query, FOR JSON",
        [batch("SELECT (SELECT 1 AS a WHERE 1 = 0 FOR JSON PATH)", rows=[[None]])],
    ),
]
