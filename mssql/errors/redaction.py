"""Redaction of data values that exceptions quote, mainly in SQL Server's messages.

Texts are those of "Database Engine events and errors", a page for each thousand of numbers,
https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors
and of the error's own page, such as .../errors-events/mssqlserver-1505-database-engine-error.
Messages that quote a statement's text (102, 105, 1007) stay as they are, and so do the words of a
RAISERROR or THROW; 241, 8114, 8115, 8152 and 9400 to 9499 quote no value.
"""

from __future__ import annotations

import re
from dataclasses import replace

from mssql.errors.fault import Fault
from mssql.errors.numbers import ErrorNumber

ELLIPSIS = "..."

# By number, the English text before the value and the text after it, up to the message's end. A
# value may itself contain such words and quotation marks: the first `before` counts, and the
# `after` at the very end.
_DUPLICATE_KEY = (r"The duplicate key value is \(", r"\)\.")
_OVERFLOW = (r", value = ", r"\.")
_CHARACTER = (r"Unexpected character '", r"' is found at position \d+\.")
_XML = (r"Invalid simple type value: '", r"'\.")
_QUOTING: dict[int, tuple[str, str]] = {
    ErrorNumber.OVERFLOW_OF_TYPE: _OVERFLOW,
    ErrorNumber.OVERFLOW_OF_VALUE: _OVERFLOW,
    ErrorNumber.SMALL_INTEGER_OVERFLOW: (
        r" value '",
        r"' overflowed an \w+ column\. Use a larger integer column\.",
    ),
    ErrorNumber.CONVERSION_FAILED: (r" value '", r"' to data type \w+\."),
    ErrorNumber.INTEGER_OVERFLOW: (r" value '", r"' overflowed an int column\."),
    ErrorNumber.INVALID_ESCAPE_CHARACTER: (
        r'escape character "',
        r'" was specified in an? \w+ predicate\.',
    ),
    ErrorNumber.DUPLICATE_KEY_IN_NEW_INDEX: _DUPLICATE_KEY,
    ErrorNumber.DUPLICATE_INDEX_KEY: _DUPLICATE_KEY,
    ErrorNumber.DUPLICATE_KEY: _DUPLICATE_KEY,
    ErrorNumber.TRUNCATED_VALUE: (r"Truncated value: '", r"'\."),
    ErrorNumber.CLR_ERROR: (
        r'aggregate "\w+": ?',
        r"\Z",
    ),  # of geography, hierarchyid and other CLR types
    ErrorNumber.XML_INVALID_VALUE: _XML,
    ErrorNumber.XML_INVALID_VALUE_OF_TYPE: _XML,
    ErrorNumber.FULL_TEXT_SYNTAX: (r"Syntax error near '", r"'\."),  # a full-text search condition
    ErrorNumber.INVALID_JSON_PATH: _CHARACTER,
    ErrorNumber.INVALID_JSON: _CHARACTER,
    # The second argument is the matcher's complaint, which repeats the pattern.
    ErrorNumber.INVALID_REGULAR_EXPRESSION: (
        r"An invalid pattern '",
        r"' occurred during evaluation of the regular expression\.",
    ),
}
# The text of a conversion that expressions/json_rows.py makes fail: it contains no value.
_OWN_WORDS = re.compile(r"JSON nested deeper than \d+ levels: type \d")
# In other languages: the beginning of a value. A key includes its parentheses.
_KEY_BEGINS = re.compile(r"\(")
_VALUE_BEGINS = re.compile(r"""['"«‹„“”‚‘’「『(=:]""")


def leave_out_values(fault: Fault, error: BaseException) -> Fault:
    """Return the fault without the values that SQL Server quoted.

    Removes them from the driver's exception `error`, too, which a traceback shows as the cause.
    """
    quotes = not _QUOTING.keys().isdisjoint(fault.numbers)
    if not fault.from_server or not (quotes or _may_quote(fault)):
        return fault
    message = _without_value(fault)

    def clean(text: object) -> object:
        if not isinstance(text, str) or fault.message not in text:
            return text
        before, _, after = text.partition(fault.message)
        return before + message + after.partition(";")[0]  # further records may quote values, too

    error.args = tuple(map(clean, error.args))
    for name, value in vars(error).items():
        setattr(error, name, clean(value))
    return replace(fault, message=message)


def leave_out_text(error: UnicodeEncodeError) -> None:
    """Remove the text that cannot be encoded, except for the invalid characters."""
    characters = error.object[error.start : error.end]
    UnicodeEncodeError.__init__(error, error.encoding, characters, 0, len(characters), error.reason)


def _may_quote(fault: Fault) -> bool:
    """Whether a message without a number is about data: SQLSTATE classes 22 and 23."""
    return not fault.numbers and fault.sqlstate[:2] in ("22", "23")


def _without_value(fault: Fault) -> str:
    if fault.numbers and fault.number not in _QUOTING:
        return fault.message
    before, after = _QUOTING.get(fault.number, _DUPLICATE_KEY)
    begin = re.search(before, fault.message)
    if begin is None:
        return _cut(fault)
    tail = fault.message[begin.end() :]
    rest = re.search(rf"(?:{after})\Z", tail)
    if rest and _OWN_WORDS.fullmatch(tail, 0, rest.start()):
        return fault.message
    return fault.message[: begin.end()] + ELLIPSIS + (rest.group() if rest else "")


def _cut(fault: Fault) -> str:
    """Return a message in another language up to the first possible value or name."""
    is_key = fault.sqlstate.startswith("23") or _QUOTING.get(fault.number) is _DUPLICATE_KEY
    begin = (_KEY_BEGINS if is_key else _VALUE_BEGINS).search(fault.message)
    if begin is None:
        return fault.message if not fault.numbers else ELLIPSIS
    return fault.message[: begin.end()] + ELLIPSIS
