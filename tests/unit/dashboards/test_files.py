"""The generated files: those that are committed, and the rules of Grafana's dashboard linter."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from dashboards.__main__ import FOLDER, files

TEXTS = files()
BOARDS = {path.stem: json.loads(text) for path, text in TEXTS.items() if path.suffix == ".json"}
TEMPLATED = {"prometheus": "${datasource}", "tempo": "${traces}", "loki": "${logs}"}


def panels(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (panel for panel in board["panels"] if panel["type"] != "row")


PANELS = [
    pytest.param(panel, id=f"{name}-{panel['title']}")
    for name, board in BOARDS.items()
    for panel in panels(board)
]
SELECTOR = re.compile(r"[a-z_]+\{([^}]*)\}")


def expressions(panel: dict[str, Any]) -> list[str]:
    """Return the panel's PromQL."""
    return [target["expr"] for target in panel["targets"] if TEMPLATED["prometheus"] in str(panel)
            and "expr" in target and panel["datasource"]["type"] == "prometheus"]  # fmt: skip


@pytest.mark.parametrize("path", sorted(TEXTS), ids=lambda path: path.name)
def test_the_committed_file_is_the_generated_one(path: Any) -> None:
    assert path.read_text() == TEXTS[path], "run `make dashboards` and commit the result"


def test_no_file_is_left_over() -> None:
    on_disk = {*(FOLDER / "grafana").glob("*.json"), *(FOLDER / "prometheus").glob("*.yml")}
    assert on_disk == {path for path in TEXTS if path.parent.name in ("grafana", "prometheus")}


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_explains_itself(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert len(panel["description"]) > 10
    assert panel["fieldConfig"]["defaults"].get("unit") or panel["type"] == "logs"
    assert panel["datasource"]["uid"] == TEMPLATED[panel["datasource"]["type"]]


@pytest.mark.parametrize("panel", PANELS)
def test_queries_use_the_variables(panel: dict[str, Any]) -> None:
    for expression in expressions(panel):
        for labels in SELECTOR.findall(expression):
            server = 'server_address=~"$server"'
            assert ('job=~"$job"' in labels and 'instance=~"$instance"' in labels) or (
                labels == server
            ), labels
        for window in re.findall(r"rate\([^[]*\[([^]]+)\]", expression):
            assert window in ("$__rate_interval", "5m"), expression
        for window in re.findall(r"increase\([^[]*\[([^]]+)\]", expression):
            assert window == "$__range", expression


@pytest.mark.parametrize("name", BOARDS)
def test_a_dashboard_can_be_provisioned(name: str) -> None:
    board = BOARDS[name]
    assert board["uid"] == f"mssql-{name}"
    assert board["title"]
    assert board["description"]
    assert board["editable"] is False
    variables = {variable["name"]: variable for variable in board["templating"]["list"]}
    assert set(variables) >= {"datasource", "job", "instance", "database"}
    used = set(re.findall(r"\$\{?([a-z]+)\b", json.dumps(board))) - {"var"}
    assert used <= set(variables), "a variable that the dashboard lacks"
    assert len({str(panel["gridPos"]) for panel in panels(board)}) == len(list(panels(board)))


def test_links_lead_to_dashboards() -> None:
    known = {board["uid"] for board in BOARDS.values()}
    text = json.dumps(BOARDS) + (FOLDER / "prometheus" / "rules.yml").read_text()
    links = set(re.findall(r"/d/([a-z-]+)", text))
    assert links
    assert links <= known


def test_a_rule_has_what_its_reader_needs() -> None:
    document = yaml.safe_load((FOLDER / "prometheus" / "rules.yml").read_text())
    for group in document["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in ("critical", "warning", "info")
            assert set(rule["annotations"]) == {"summary", "description", "dashboard"}
