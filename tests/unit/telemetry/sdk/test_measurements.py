"""Measurements of operations equal those of the SDK's instruments."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.metrics import Histogram
from opentelemetry.sdk.metrics import (
    AlwaysOffExemplarFilter,
    AlwaysOnExemplarFilter,
    ExemplarFilter,
    MeterProvider,
)
from opentelemetry.sdk.metrics import Histogram as SdkHistogram
from opentelemetry.sdk.metrics._internal import _view_instrument_match
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader
from opentelemetry.sdk.metrics.view import (
    DropAggregation,
    ExponentialBucketHistogramAggregation,
    View,
)
from opentelemetry.sdk.trace import TracerProvider

from mssql.telemetry.sdk.measurements import MOST_SERIES, AttributeSet, Operations
from mssql.telemetry.statements import Endpoint

# Older SDKs measure themselves.
keeps_series = pytest.mark.skipif(
    not hasattr(_view_instrument_match, "_hash_attributes"), reason="the SDK is before 1.45"
)
SETS = [
    AttributeSet({"db.system.name": "microsoft.sql_server", "db.query.summary": f"SELECT {table}"})
    for table in ("a", "b", "c")
]


def delta_reader() -> InMemoryMetricReader:
    return InMemoryMetricReader(preferred_temporality={SdkHistogram: AggregationTemporality.DELTA})


class OnlyRows(ExemplarFilter):
    """A filter for numbers of rows, which are larger than durations."""

    def should_sample(self, value: float, *others: Any) -> bool:
        return value >= 1


class Measured:
    """An SDK and its measurements."""

    def __init__(self, **options: Any) -> None:
        options = {"readers": lambda: [InMemoryMetricReader()], **options}
        self.readers = options.pop("readers")()
        self.provider = MeterProvider(self.readers, shutdown_on_exit=False, **options)
        meter = self.provider.get_meter("test")
        self.histograms = (
            meter.create_histogram("duration", explicit_bucket_boundaries_advisory=(0.1, 1.0)),
            meter.create_histogram("rows", explicit_bucket_boundaries_advisory=(1, 10)),
        )

    def points(self) -> list[Any]:
        """All points by reader and metric, without times."""
        return [
            (index, metric.name, [described(point) for point in metric.data.data_points])
            for index, reader in enumerate(self.readers)
            for resource in getattr(reader.get_metrics_data(), "resource_metrics", ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        ]


def described(point: Any) -> dict[str, Any]:
    names = ("attributes", "count", "sum", "min", "max", "bucket_counts", "positive", "zero_count")
    return {
        **{name: getattr(point, name, None) for name in names},
        "exemplars": [
            (each.value, each.span_id, each.trace_id, each.filtered_attributes)
            for each in point.exemplars
        ],
    }


def recorded(duration: Histogram, returned_rows: Histogram) -> Callable[..., None]:
    """Return a function that measures by the SDK's record()."""

    def record(seconds: float, rows: int | None, attributes: Any, current: Any) -> None:
        duration.record(seconds, attributes, current)
        if rows is not None:
            returned_rows.record(rows, attributes, current)

    return record


CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "delta": {"readers": lambda: [delta_reader()]},
    "two readers": {"readers": lambda: [InMemoryMetricReader(), delta_reader()]},
    "no reader": {"readers": list},
    "fewer attributes": {"views": [View(instrument_name="*", attribute_keys={"db.system.name"})]},
    "two views": {
        "views": [
            View(instrument_name="duration", name="a", attribute_keys={"db.query.summary"}),
            View(instrument_name="duration", name="b", attribute_keys=set()),
        ]
    },
    "exponential": {
        "views": [View(instrument_name="*", aggregation=ExponentialBucketHistogramAggregation())]
    },
    "dropped": {"views": [View(instrument_name="rows", aggregation=DropAggregation())]},
    "every exemplar": {"exemplar_filter": AlwaysOnExemplarFilter()},
    "no exemplar": {"exemplar_filter": AlwaysOffExemplarFilter()},
    "another's filter": {"exemplar_filter": OnlyRows()},
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_it_measures_as_the_sdk_does(name: str) -> None:
    ours, theirs = (Measured(**CONFIGURATIONS[name]) for _ in range(2))
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("test")
    sampled = trace.set_span_in_context(tracer.start_span("SELECT a"))
    for number in range(3):
        for index, attributes in enumerate(SETS):
            rows = None if index == 2 else number
            for current in (None, sampled):
                Operations(*ours.histograms).record(0.05, rows, attributes, current)
                recorded(*theirs.histograms)(0.05, rows, attributes, current)
        points = theirs.points()
        assert ours.points() == points
        assert bool(points) is (name != "no reader")


@keeps_series
def test_the_series_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = Measured()
    operations = Operations(*measured.histograms)
    monkeypatch.setattr(SdkHistogram, "record", lambda *arguments: pytest.fail("looked up"))
    attributes = AttributeSet(SETS[0])
    operations.record(0.5, 3, attributes, None)
    series = attributes.series[operations]
    operations.record(0.5, 3, attributes, None)
    assert attributes.series == {operations: series}
    assert [point["count"] for _, _, points in measured.points() for point in points] == [2, 2]


def test_another_filter_judges_each_amount() -> None:
    measured = Measured(exemplar_filter=OnlyRows())
    Operations(*measured.histograms).record(0.5, 3, SETS[0], None)
    counts = {name: len(points[0]["exemplars"]) for _, name, points in measured.points()}
    assert counts == {"duration": 0, "rows": 1}


@pytest.mark.skipif(not hasattr(MeterProvider, "add_metric_reader"), reason="an older SDK")
def test_readers_may_come_and_go() -> None:
    measured = Measured()
    operations = Operations(*measured.histograms)
    operations.record(0.5, 3, SETS[0], None)
    measured.provider.add_metric_reader(late := InMemoryMetricReader())
    measured.readers.append(late)
    operations.record(0.5, 3, SETS[0], None)
    measured.provider.remove_metric_reader(measured.readers.pop(0))
    operations.record(0.5, 3, SETS[0], None)
    assert [point["count"] for _, _, points in measured.points() for point in points] == [2, 2]


@pytest.mark.skipif(
    not hasattr(MeterProvider, "_set_meter_configurator"), reason="the SDK cannot switch one off"
)
def test_a_meter_that_is_switched_off_measures_nothing() -> None:
    from opentelemetry.sdk.metrics._internal import _MeterConfig

    measured = Measured()
    operations = Operations(*measured.histograms)
    operations.record(0.5, None, SETS[0], None)
    measured.provider._set_meter_configurator(
        meter_configurator=lambda scope: _MeterConfig(is_enabled=False)
    )
    operations.record(0.5, None, SETS[0], None)
    measured.provider._set_meter_configurator(
        meter_configurator=lambda scope: _MeterConfig(is_enabled=True)
    )
    operations.record(0.5, None, SETS[0], None)
    assert [point["count"] for _, _, points in measured.points() for point in points] == [2]


def test_other_attributes_are_the_sdk_s_to_look_up() -> None:
    measured = Measured()
    operations = Operations(*measured.histograms)
    operations.record(0.5, None, {**SETS[0], "error.type": "1205"}, None)
    ((_, _, (point,)),) = measured.points()
    assert point["attributes"]["error.type"] == "1205"


def test_statements_of_one_summary_share_a_set() -> None:
    endpoint = Endpoint("db.example", 1433, "shop")
    one, other = (endpoint.statement(f"SELECT {number} FROM t", False) for number in (1, 2))
    assert one is not other
    assert one.measured is other.measured
    assert one.batch(2).measured is other.batch(3).measured
    assert one.batch(2).measured["db.query.summary"] == "BATCH SELECT t"
    assert endpoint.statement("SELECT 1 FROM u", False).measured is not one.measured


class Part:
    """A part of an SDK with other parts."""

    __module__ = "opentelemetry.sdk.metrics.another"

    def __init__(self, **parts: Any) -> None:
        self.__dict__.update(parts)


class AnotherHistogram(Part):
    __module__ = "opentelemetry.sdk.metrics.another"

    def record(self, *arguments: Any) -> None:
        self.amounts.append(arguments[0])


def another_sdk(missing: str) -> dict[str, Any]:
    """The parts that are relied on, without the one called `missing`."""

    def part(**parts: Any) -> Part:
        return Part(**{name: value for name, value in parts.items() if name != missing})

    match = part(
        _view=part(_attribute_keys=None),
        _lock=Lock(),
        _reset_on_collect=False,
        _get_or_create_aggregation=lambda key, attributes: part(aggregate=None),
    )
    storage = part(_get_or_init_view_instrument_match=lambda histogram: [match])
    consumer = part(_reader_storages={"reader": storage}, _sdk_config=part(exemplar_filter=part()))
    return {"_measurement_consumer": consumer} if missing != "_measurement_consumer" else {}


@pytest.mark.parametrize(
    "missing",
    [
        *("_measurement_consumer", "_reader_storages", "_sdk_config", "exemplar_filter"),
        *("_get_or_init_view_instrument_match", "_view", "_attribute_keys", "_lock"),
        *("_get_or_create_aggregation", "_reset_on_collect", "aggregate"),
    ],
)
def test_an_sdk_of_another_make_measures_itself(missing: str) -> None:
    parts = another_sdk(missing)
    duration, rows = AnotherHistogram(amounts=[], **parts), AnotherHistogram(amounts=[], **parts)
    operations = Operations(duration, rows)  # type: ignore[arg-type]
    for _ in range(2):
        operations.record(0.5, 3, AttributeSet(SETS[0]), None)
    assert (duration.amounts, rows.amounts) == ([0.5, 0.5], [3, 3])


@keeps_series
def test_an_sdk_without_the_search_s_hash_measures_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(_view_instrument_match, "_hash_attributes")
    test_an_sdk_of_another_make_measures_itself("nothing")


@keeps_series
def test_a_set_keeps_the_series_of_few_meters() -> None:
    attributes = AttributeSet(SETS[0])
    for _ in range(MOST_SERIES + 1):
        Operations(*Measured().histograms).record(0.5, 3, attributes, None)
        assert 1 <= len(attributes.series) <= MOST_SERIES
