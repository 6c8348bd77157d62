"""A count of the turns of phrase that obscure the project's English.

    python -m tools.language [--hits] [PATH ...]

reads docstrings, comments and pages (Markdown), counts fifteen patterns per 1,000 sentences and
prints each with its rate in psycopg, a library whose English is plain, and then the names of
variables and arguments that are bare participles. `--hits` lists every place. The exit status is 1
if a pattern is more than twice as frequent as in psycopg, or if there is a participle.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
import tokenize
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Iterator

ROOT = Path(__file__).parents[1]
# The code, its tests and its pages.
PATHS = ("mssql", "packages", "tests", "examples", "benchmarks", "tools", "docs", "README.md",
         "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "conftest.py", "noxfile.py")  # fmt: skip


@dataclass(frozen=True)
class Pattern:
    """A turn of phrase, its plain equivalents, and its rate in psycopg 3.3.9 by this module."""

    name: str
    expression: str
    instead: str
    psycopg: float

    @property
    def limit(self) -> float:
        """The highest rate that is plain: twice psycopg's, and one sentence in 1,000 at least."""
        return max(1.0, 2 * self.psycopg)


PATTERNS = (
    Pattern("where", r"\b[Ww]here\b(?! clause)", "if; when", 8.8),
    Pattern("what", r"\b[Ww]hat\b(?![^.]*\?)", "a noun", 5.4),
    Pattern("say", r"\b(?:kn[eo]ws?|t(?:ells?|old)|s(?:ays?|aid)|ask(?:s|ed)?|want(?:s|ed)?)\b",
            "support, report, require", 11.5),
    Pattern("give", r"\bgiv(?:es?|en|ing)\b|\bgave\b", "return, yield, raise", 2.7),
    Pattern("make", r"\bma(?:kes?|de|king)\b", "create, build, compute", 13.0),
    Pattern("none", r"(?<![Tt]here )\b(?:is|are|was|were) (?:none|no)\b|\bof none\b",
            "an invalid name; if there is no X", 0),
    Pattern("hold", r"\bh(?:olds?|eld|olding)\b(?![^.]*\block)", "contain, store, keep", 0.4),
    Pattern("go", r"\b(?:goes|go|went|gone|comes?|came) (?:as|with|by|along|to|of)\b",
            "is sent as; was added in", 1.1),
    Pattern("beside", r"\b(?:beside|behind|beyond)\b", "alongside, after, over", 0),
    Pattern("way", r"\bways?\b", "method, path, source", 4.6),
    Pattern("own", r"\bof (?:its|their|his|her|our|your|my|one's) own\b"
            r"|\bby (?:itself|themselves|himself)\b", "separate; automatically", 0),
    Pattern("archaism", r"\b(?:anew|lest|hence|alike|at hand|of late|somebody|nobody else"
            r"|therein|thereof|whence|whither|nor)\b", "again, so that, therefore", 0),
    Pattern("genitive", r"\b(?:a|an|another|no|any|one|some) (?:\w+ ){1,2}of (?:the )?\w+'s\b",
            "a driver connection", 0),
    Pattern("has not", r"\b(?:has|have|had) not\b"
            r"(?! (?:been|yet|\w+ed|\w+en|\w*set|read|sent|run)\b)"
            r"|\b(?:knows?|takes?|took|knew) no\b", "does not support, lacks", 0),
    Pattern("else", r", else\b|\b(?:one|a|an) (?!\w*ly\b)\w+ (?:a|an) (?!few\b|half\b)\w+\b",
            "otherwise; per", 0.8),
)  # fmt: skip

# Irregular participles; regular ones end in -ed.
PARTICIPLE = re.compile(
    r"found|known|given|seen|chosen|taken|left|kept|held|made|done|sent|bound|built|gone|lost"
    r"|meant|written|drawn|spoken|broken|frozen|shown|begun|told|said|heard|thought|brought"
    r"|sought|caught|met|paid|sold|spent|understood|ways?|place|[a-z]+ed"
)
# Nouns in -ed, and states that Django, the standard library, the DB-API and Entra name so.
STATE = re.compile(
    r"cancelled|closed|disabled|elapsed|embedded|enabled|expected|managed|named|nested|need|seed|shared|speed|unused"
)


def sentences(paths: Iterable[Path]) -> Iterator[tuple[Path, int, str]]:
    """Yield file, line and text of each sentence in Python and Markdown files."""
    for path in paths:
        text = path.read_text()
        passages = _of_python(text) if path.suffix == ".py" else _of_markdown(text)
        for line, passage in passages:
            for paragraph in re.split(r"\n\s*\n|\n\s*[-*] ", passage):
                plain = re.sub(r"``.+?``|`[^`]+`|\"[^\"\n]*\"", "code", paragraph)
                for sentence in re.split(r"(?<=[.!?:;])\s+", " ".join(plain.split())):
                    if re.search(r"[a-z]{2}", sentence):
                        yield path, line, sentence


def _of_python(text: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            docstring = ast.get_docstring(node)
            if docstring:
                yield getattr(node, "lineno", 1), docstring
    first, lines = 0, []  # type: int, list[str]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            first = first or token.start[0]
            lines.append(token.string.lstrip("# "))
        elif token.type not in (tokenize.NL, tokenize.NEWLINE) and lines:
            yield first, " ".join(lines)
            first, lines = 0, []
    if lines:
        yield first, " ".join(lines)


def _of_markdown(text: str) -> Iterator[tuple[int, str]]:
    is_code, first, lines = False, 1, []  # type: bool, int, list[str]
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        is_fence = line.lstrip().startswith("```")
        if is_fence or is_code or not line.strip():
            if lines:
                yield first, "\n".join(lines)
            lines = []
        elif line.lstrip().startswith(("|", "#")):
            for cell in line.strip("#| ").split("|"):
                yield number, cell
        else:
            first = first if lines else number
            lines.append(line)
        is_code = is_code != is_fence


def participles(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and name of each variable or argument that is a participle or a "way".

    A boolean may be one (`nested: bool` is a state), and so may `left` in a file with a `right`.
    """
    tree = ast.parse(path.read_text())
    names = {getattr(node, "arg", getattr(node, "id", "")) for node in ast.walk(tree)}
    flags = {id(node) for each in ast.walk(tree) for node in _flags(each)}
    for node in ast.walk(tree):
        if id(node) in flags:
            continue
        if isinstance(node, ast.arg):
            name = node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            name = node.id
        else:
            continue
        word = name.strip("_")
        if word == "left" and "right" in names:
            continue
        if PARTICIPLE.fullmatch(word) and not STATE.fullmatch(word):
            yield node.lineno, name


def _flags(node: ast.AST) -> Iterable[ast.AST]:
    annotation = getattr(node, "annotation", None)
    if isinstance(annotation, ast.BinOp):  # bool | None
        annotation = annotation.left
    if isinstance(annotation, ast.Name) and annotation.id == "bool":
        return [node.target] if isinstance(node, ast.AnnAssign) else [node]
    value = getattr(node, "value", None)
    if isinstance(node, ast.Assign) and isinstance(value, ast.Constant):
        return node.targets if isinstance(value.value, bool) else []
    return []


def files(paths: Iterable[str]) -> list[Path]:
    """Return the Python and Markdown files under `paths`, which count from the project's root."""
    result: list[Path] = []
    for name in paths:
        path = ROOT / name
        result += [path] if path.is_file() else [*path.rglob("*.py"), *path.rglob("*.md")]
    return sorted(set(result))


def is_test(path: Path) -> bool:
    folders = path.relative_to(ROOT).parts if ROOT in path.parents else ()
    return path.name == "conftest.py" or any(folder.endswith("tests") for folder in folders)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if ROOT in path.parents else str(path)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("paths", nargs="*", default=PATHS, metavar="PATH")
    parser.add_argument("--hits", action="store_true", help="list every place")
    arguments = parser.parse_args()
    paths = files(arguments.paths)
    total, counts = 0, Counter()  # type: int, Counter[str]
    code = [path for path in paths if path.suffix == ".py" and not is_test(path)]
    for path, line, sentence in sentences(paths):
        total += 1
        for pattern in PATTERNS:
            if re.search(pattern.expression, sentence):
                counts[pattern.name] += 1
                if arguments.hits:
                    print(f"{_name(path)}:{line}: {pattern.name}: {sentence}")
    names = [(path, *hit) for path in code for hit in participles(path)]
    if arguments.hits:
        for path, line, name in names:
            print(f"{_name(path)}:{line}: participle: {name}")
    print(f"{total:,} sentences in {len(paths)} files\n")
    print(f"{'pattern':<10} {'count':>6} {'per 1,000':>10} {'psycopg':>8} {'at most':>8}  write")
    is_plain = not names
    for pattern in PATTERNS:
        rate = 1000 * counts[pattern.name] / max(total, 1)
        is_plain &= rate <= pattern.limit
        mark = " " if rate <= pattern.limit else "!"
        print(f"{pattern.name:<10} {counts[pattern.name]:>6} {rate:>9.1f}{mark} "
              f"{pattern.psycopg:>8.1f} {pattern.limit:>8.1f}  {pattern.instead}")  # fmt: skip
    print(f"{'participle':<10} {len(names):>6}")
    return 0 if is_plain else 1


if __name__ == "__main__":
    sys.exit(main())
