"""Panels, variables and links that all dashboards share.

Follows the rules of grafana/dashboard-linter: a title, a description and a unit per panel, a
datasource variable, job and instance in each selector, `$__rate_interval` in each rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    heatmap,
    logs,
    loki,
    prometheus,
    stat,
    table,
    tempo,
    timeseries,
)
from grafana_foundation_sdk.models.common import BigValueGraphMode
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    VariableOption,
)
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode

PROMETHEUS = DataSourceRef(type_val="prometheus", uid="${datasource}")
TEMPO = DataSourceRef(type_val="tempo", uid="${traces}")
LOKI = DataSourceRef(type_val="loki", uid="${logs}")
WIDTH, HEIGHT = 12, 8
TAG = "mssql"


@dataclass(frozen=True)
class Query:
    """A PromQL expression and the legend of its series."""

    expression: str
    legend: str = ""
    exemplars: bool = False

    def target(self, number: int, *, instant: bool = False, kind: str = "time_series") -> Any:
        """Return the query as a target of a panel."""
        target = (
            prometheus.Dataquery()
            .expr(self.expression)
            .legend_format(self.legend or "__auto")
            .ref_id(chr(ord("A") + number))
            .format(kind)  # type: ignore[arg-type]
        )
        if self.exemplars:
            target.exemplar(True)
        return target.instant() if instant else target.range()


def series(
    title: str, description: str, unit: str, *queries: Query, stacked: bool = False, **size: int
) -> Any:
    """Return a chart of values over time."""
    panel = _sized(timeseries.Panel(), title, description, size).unit(unit).min(0)
    if stacked:
        panel.stacking(common.StackingConfig().mode("normal")).fill_opacity(30)  # type: ignore[arg-type]
    panel.legend(
        common.VizLegendOptions()
        .display_mode("table")  # type: ignore[arg-type]
        .placement("bottom")  # type: ignore[arg-type]
        .calcs(["mean", "max"])
        .show_legend(True)
    )
    return panel.targets([query.target(number) for number, query in enumerate(queries)])


def number(title: str, description: str, unit: str, query: Query, **size: int) -> Any:
    """Return a single figure with its course."""
    panel = _sized(stat.Panel(), title, description, {"span": 4, "height": 4, **size}).unit(unit)
    panel.graph_mode(BigValueGraphMode.AREA)
    return panel.reduce_options(_last()).no_value("0").targets([query.target(0)])


def heat(title: str, description: str, unit: str, query: Query, **size: int) -> Any:
    """Return a heatmap of a histogram's buckets."""
    panel = _sized(heatmap.Panel(), title, description, size).unit(unit).calculate(False)
    panel.y_axis(heatmap.YAxisConfig().unit(unit))
    panel.color(heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Oranges"))
    return panel.targets([query.target(0, kind="heatmap")])


def ranking(
    title: str, description: str, unit: str, query: Query, links: Sequence[Any] = (), **size: int
) -> Any:
    """Return horizontal bars, the largest first."""
    panel = _sized(bargauge.Panel(), title, description, size).unit(unit).min(0)
    panel.orientation("horizontal").display_mode("gradient")
    panel.reduce_options(_last(values=True)).data_links(list(links))
    return panel.targets([query.target(0, instant=True, kind="table")])


def rows(
    title: str,
    description: str,
    columns: dict[str, tuple[str, Query]],
    key: str,
    links: Sequence[Any] = (),
    **size: int,
) -> Any:
    """Return a table: one row per value of the label `key`, one column per query.

    `columns` maps the heading to the unit and the query.
    """
    panel = _sized(table.Panel(), title, description, {"span": 24, "height": 10, **size})
    panel.unit("short").data_links(list(links))
    names = {"Time": True} | {f"Time {number + 1}": True for number in range(len(columns))}
    headings = {}
    for number, (heading, (unit, _query)) in enumerate(columns.items()):
        headings[f"Value #{chr(ord('A') + number)}"] = heading
        panel.override_by_name(heading, [DynamicConfigValue("unit", unit)])
    panel.transformations(
        [
            DataTransformerConfig(id_val="joinByField", options={"byField": key, "mode": "outer"}),
            DataTransformerConfig(
                id_val="organize", options={"excludeByName": names, "renameByName": headings}
            ),
        ]
    )
    return panel.targets(
        [
            query.target(number, instant=True, kind="table")
            for number, (_unit, query) in enumerate(columns.values())
        ]
    )


def traces(title: str, description: str, query: str, **size: int) -> Any:
    """Return a table of the traces that a TraceQL query finds."""
    panel = _sized(table.Panel(), title, description, {"span": 24, **size}, TEMPO).unit("ms")
    target = tempo.TempoQuery().query(query).query_type("traceql").ref_id("A").limit(20)
    return panel.targets([target])


def events(title: str, description: str, query: str, **size: int) -> Any:
    """Return the log events that a LogQL query finds."""
    panel = _sized(logs.Panel(), title, description, {"span": 24, **size}, LOKI)
    panel.show_time(True).enable_log_details(True).wrap_log_message(False)
    return panel.targets([loki.Dataquery().expr(query).ref_id("A").max_lines(50)])


def source(name: str, label: str, kind: str) -> Any:
    """Return a variable for a datasource."""
    return dashboard.DatasourceVariable(name).label(label).type(kind)


def create(
    uid: str, title: str, description: str, panels: Sequence[Any], *variables: Any
) -> dashboard.Dashboard:
    """Return a dashboard with the variables and links that all of them have."""
    board = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([TAG, "sql-server", "django"])
        .readonly()
        .time("now-1h", "now")
        .timezone("browser")
        .refresh("1m")
    )
    board.link(
        dashboard.DashboardLink("SQL dashboards")
        .type(DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(True)
        .include_vars(True)
        .keep_time(True)
    )
    for variable in (*common_variables(), *variables):
        board.with_variable(variable)
    for panel in panels:
        board.with_row(panel) if isinstance(panel, dashboard.Row) else board.with_panel(panel)
    return board


def common_variables() -> list[Any]:
    """Return the variables for the datasource, job, instance and database."""
    return [
        source("datasource", "Metrics", "prometheus"),
        labels("job", "Job", 'db_client_operation_duration_seconds_count{job!=""}', "job"),
        labels(
            "instance",
            "Instance",
            'db_client_operation_duration_seconds_count{job=~"$job"}',
            "instance",
        ),
        labels(
            "database",
            "Database",
            'db_client_operation_duration_seconds_count{job=~"$job", instance=~"$instance"}',
            "db_namespace",
        ),
    ]


def labels(name: str, label: str, selector: str, of: str, *, several: bool = True) -> Any:
    """Return a variable whose values are those of a label."""
    variable = (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(PROMETHEUS)
        .query(f"label_values({selector}, {of})")
        .refresh(2)  # type: ignore[arg-type]
        .sort(1)  # type: ignore[arg-type]
    )
    if several:
        everything = VariableOption(selected=True, text="All", value="$__all")
        variable.multi(True).include_all(True).all_value(".*").current(everything)
    return variable


def link(title: str, url: str) -> Any:
    """Return a link of a row or a series; `url` may contain Grafana's variables."""
    return dashboard.DashboardLink(title).url(url)


def to_statement(label: str = "db_query_summary") -> Any:
    """Return the link from a row about a statement to its dashboard."""
    value = "${__field.labels." + label + "}"
    return link("The statement", f"/d/mssql-statement?var-statement={value}&${{__url_time_range}}")


def section(title: str) -> dashboard.Row:
    """Return a heading between panels."""
    return dashboard.Row(title)


def _sized(
    panel: Any,
    title: str,
    description: str,
    size: dict[str, int],
    source: DataSourceRef = PROMETHEUS,
) -> Any:
    panel.title(title).description(description).datasource(source)
    return panel.span(size.get("span", WIDTH)).height(size.get("height", HEIGHT))


def _last(*, values: bool = False) -> Any:
    options = common.ReduceDataOptions().calcs(["lastNotNull"])
    return options.values(values)
