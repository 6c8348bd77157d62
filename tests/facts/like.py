"""LIKE and PATINDEX."""

from __future__ import annotations

from tests.facts.expressions import fails, holds, refused, value

LIKE = "mirek/msduck reference/like-patterns.json"
NOTES = "mirek/bitsql .claude/skills/t-sql/SKILL.md"
BIN2 = "COLLATE Latin1_General_100_BIN2"

FACTS = [
    holds("A percent sign stands for any text, also for none", LIKE,
          "'beta' LIKE 'b%'", "'beta' LIKE 'beta%'"),
    holds("An underscore stands for one character", LIKE, "'bat' LIKE 'b_t'"),
    fails("An underscore does not stand for nothing", LIKE, "'bt' LIKE 'b_t'"),
    holds("A range of a set holds what lies between its ends", LIKE, "'c' LIKE '[b-d]'"),
    fails("A range of a set does not hold what lies outside it", LIKE, "'y' LIKE '[b-d]'"),
    holds("A caret at the start of a set excludes its members", LIKE, "'y' LIKE '[^b-d]'"),
    fails("A set with a caret does not match its members", LIKE, "'c' LIKE '[^b-d]'"),
    holds("A bracket is matched by a set of a bracket", LIKE, "'[' LIKE '[[]'"),
    fails("A set ends at the first closing bracket, so it cannot hold one", LIKE,
          "']' LIKE '[]]'"),
    holds("A hyphen at the start or end of a set is a member", LIKE,
          "'-' LIKE '[-b]'", "'-' LIKE '[b-]'"),
    fails("A bracket that is not closed matches nothing, not even itself", LIKE,
          "'[' LIKE '['", "N'[' LIKE N'['", "'[b' LIKE '[b'"),
    fails("An empty set matches nothing", LIKE, "'b' LIKE '[]'"),
    fails("A range from high to low matches nothing", LIKE, "'b' LIKE '[y-b]'", "'m' LIKE '[y-b]'"),
    holds("An escaped wildcard is a plain character", LIKE,
          "'50%' LIKE '50!%' ESCAPE '!'", "'b_t' LIKE 'b!_t' ESCAPE '!'",
          "'[b' LIKE '![b' ESCAPE '!'", "'b!' LIKE 'b!!' ESCAPE '!'"),
    fails("An escaped wildcard is no wildcard", LIKE,
          "'505' LIKE '50!%' ESCAPE '!'", "'bat' LIKE 'b!_t' ESCAPE '!'"),
    holds("An escape character that the pattern does not use changes nothing", LIKE,
          "'bat' LIKE 'bat' ESCAPE '!'"),
    fails("An escape character at the end of a pattern matches nothing", LIKE,
          "'b!' LIKE 'b!' ESCAPE '!'"),
    refused("An escape of two characters is error 506", LIKE,
            "CASE WHEN 'b' LIKE 'b' ESCAPE '!!' THEN 1 END", 506),
    refused("An empty escape is error 506", LIKE,
            "CASE WHEN 'b' LIKE 'b' ESCAPE '' THEN 1 END", 506),
    holds("An escape of NULL is none", LIKE, "'b' LIKE 'b' ESCAPE CAST(NULL AS varchar(1))"),
    fails("A NULL on either side of LIKE is neither true nor false", LIKE,
          "CAST(NULL AS varchar(9)) LIKE 'b%'", "NOT (CAST(NULL AS varchar(9)) LIKE 'b%')",
          "'bat' LIKE CAST(NULL AS varchar(9))", "NOT ('bat' LIKE CAST(NULL AS varchar(9)))"),
    fails("A blank at the end of a pattern has to be matched", LIKE,
          "'b' LIKE 'b '", "N'b' LIKE N'b '", "'b' LIKE N'b '"),
    holds("Blanks at the end of a varchar do not count against its pattern", LIKE,
          "'b ' LIKE 'b'", "CAST('b' AS char(4)) LIKE 'b'"),
    fails("Blanks at the end of an nvarchar count", LIKE, "N'b ' LIKE N'b'", "N'b ' LIKE 'b'"),
    fails("The padding of an nchar counts", LIKE, "CAST(N'b' AS nchar(4)) LIKE N'b'"),
    fails("A range of a binary collation follows the code points", LIKE,
          f"N'C' {BIN2} LIKE N'[b-d]'"),
    holds("A range of a binary collation holds letters of its case", LIKE,
          f"N'c' {BIN2} LIKE N'[b-d]'"),
    value("PATINDEX ignores case as the collation does", NOTES, "PATINDEX('%T%', 'bat')", 3),
    value("PATINDEX finds what a set excludes", NOTES, "PATINDEX('%[^a-b]%', 'abba-b')", 5),
    value("PATINDEX gives 0 for what is not there", NOTES, "PATINDEX('%q%', 'bat')", 0),
    value("PATINDEX of NULL is NULL", NOTES, "PATINDEX(NULL, 'bat')", None),
]  # fmt: skip
