"""Write the generated files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.grafana import (
    connections,
    overview,
    plans,
    requests,
    server,
    statement,
    transactions,
)
from dashboards.prometheus import rules

FOLDER = Path(__file__).parent
BOARDS = (overview, statement, plans, connections, transactions, requests, server)


def files() -> dict[Path, str]:
    """Return the text of each generated file, by its path."""
    texts = {}
    for module in BOARDS:
        board = module.build().build()
        path = FOLDER / "grafana" / f"{module.__name__.rpartition('.')[2]}.json"
        texts[path] = _json(json.loads(JSONEncoder(sort_keys=True).encode(board)))
    texts[FOLDER / "prometheus" / "rules.yml"] = yaml.safe_dump(
        rules.build(), sort_keys=False, width=10_000, allow_unicode=True
    )
    return texts


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True) + "\n"


def main() -> None:
    """Write all files."""
    for path, text in files().items():
        path.write_text(text)
        print(path.relative_to(FOLDER.parent))


if __name__ == "__main__":
    main()
