"""The share of annotated arguments that have no type but `Any`.

    python -m tools.any_share [PATH ...]

prints it for each folder of modules. `*args: Any` and `**kwargs: Any` count, as do optional ones;
a container of anything, such as `list[Any]`, is a type.
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
# The rooms that work on Django's objects.
ROOMS = ("mssql/compiler", "mssql/expressions")
_ANY = ("Any", "typing.Any", "Any | None", "None | Any", "Optional[Any]")


@dataclass(frozen=True)
class Share:
    """Annotated arguments, and those of them that are `Any`."""

    names: tuple[str, ...]
    arguments: int

    @property
    def percent(self) -> float:
        """The share of arguments that are `Any`, in per cent."""
        return 100 * len(self.names) / self.arguments if self.arguments else 0.0


def share(modules: Iterable[Path]) -> Share:
    """Count the annotated arguments of all functions and methods in some modules."""
    annotations = [
        (f"{path}:{argument.lineno} {argument.arg}", ast.unparse(argument.annotation))
        for path in modules
        for argument in _arguments(ast.parse(path.read_text()))
        if argument.annotation is not None
    ]
    names = tuple(name for name, annotation in annotations if annotation in _ANY)
    return Share(names, len(annotations))


def _arguments(tree: ast.Module) -> Iterator[ast.arg]:
    for node in ast.walk(tree):
        if isinstance(node, ast.arguments):
            yield from (*node.posonlyargs, *node.args, *node.kwonlyargs)
            yield from filter(None, (node.vararg, node.kwarg))


def main() -> None:
    """Print the share of each folder, and every such argument with `--list`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("paths", nargs="*", default=ROOMS, metavar="PATH")
    parser.add_argument("--list", action="store_true", help="name the arguments")
    options = parser.parse_args()
    for path in options.paths:
        folder = ROOT / path
        result = share(sorted(folder.rglob("*.py")) if folder.is_dir() else [folder])
        print(f"{path}: {result.percent:.0f}% of {result.arguments} arguments are Any")
        if options.list:
            print(*result.names, sep="\n")


if __name__ == "__main__":
    main()
