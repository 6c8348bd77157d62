"""The conversion of a text to code page 1252.

A Latin letter outside the code page becomes the most similar one ("best fit"), any other character
a question mark per UTF-16 unit. Recorded in
mirek/bitsql harness/corpus/collation/cp1252-best-fit.sql.
"""

from __future__ import annotations

_LETTERS = (
    "ĀāĂăĄąĆćĈĉĊċČčĎďĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĨĩĪīĬĭĮįİĴĵĶķĹĺĻļĽľŃńŅņŇňŌōŎŏŐőŔŕŖŗŘřŚśŜŝŞşŢ"
    "ţŤťŨũŪūŬŭŮůŰűŲųŴŵŶŷŹźŻżƠơƯưǍǎǏǐǑǒǓǔǕǖǗǘǙǚǛǜǞǟǠǡǦǧǨǩǪǫǬǭǰĐđĦħıŁłŦŧ∞\u0301"
)
_LIKE = (
    "AaAaAaCcCcCcCcDdEeEeEeEeEeGgGgGgGgHhIiIiIiIiIJjKkLlLlLlNnNnNnOoOoOoRrRrRrSsSsSsT"
    "tTtUuUuUuUuUuUuWwYyZzZzOoUuAaIiOoUuUuUuUuUuAaAaGgKkOoOojÐdHhiLlTt8\xb4"
)
_BEST_FIT = str.maketrans(_LETTERS, _LIKE)


def fitted(text: str) -> str:
    """Return the text as a varchar of code page 1252 keeps it."""
    if text.isascii():
        return text
    text = "".join("??" if ord(letter) > 0xFFFF else letter for letter in text)
    return text.translate(_BEST_FIT).encode("cp1252", "replace").decode("cp1252")
