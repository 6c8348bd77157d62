"""Measurements of executed statements, whose series are looked up once for each set of attributes.

The SDK cleans, copies, sorts and hashes the attributes of each measurement to find its series,
which takes five times as long as the aggregation. Statements are measured with the same few sets of
attributes, so a set keeps its series. This needs the SDK's own instruments; if their parts are not
as expected, record() is called.

Follows "Metrics SDK", https://opentelemetry.io/docs/specs/otel/metrics/sdk/
"""

from __future__ import annotations

from time import time_ns
from typing import Any, Callable, Dict, Mapping

from opentelemetry import context
from opentelemetry.context import Context
from opentelemetry.metrics import Histogram

from mssql.telemetry.sdk import versions

_SDK = "opentelemetry.sdk.metrics."
# The number of series that a set of attributes keeps, one per meter.
MOST_SERIES = 16


class Measurement:
    """A measurement as the SDK's aggregations read it."""

    __slots__ = ("attributes", "context", "instrument", "time_unix_nano", "value")

    def __init__(
        self, value: float, time: int, instrument: Histogram, current: Context, attributes: Any
    ) -> None:
        self.value = value
        self.time_unix_nano = time
        self.instrument = instrument
        self.context = current
        self.attributes = attributes


# The arguments are a measurement and whether it may become an exemplar.
Aggregate = Callable[[Measurement, bool], None]


class Series:
    """The aggregations of one set of attributes, one per view of each reader.

    `returned_rows` is None until there is a result: some operations have none. `should_sample`
    returns whether a measurement may become an exemplar. `storages` are those of the readers: the
    SDK replaces them if a reader is added or removed.
    """

    __slots__ = ("attributes", "duration", "returned_rows", "should_sample", "storages")

    def __init__(
        self,
        attributes: Mapping[str, Any],
        duration: tuple[Aggregate, ...],
        should_sample: Callable[[float, int, Mapping[str, Any], Context], bool],
        storages: Mapping[Any, Any],
    ) -> None:
        self.attributes = {**attributes}
        self.duration = duration
        self.returned_rows: tuple[Aggregate, ...] | None = None
        self.should_sample = should_sample
        self.storages = storages


class AttributeSet(Dict[str, Any]):
    """The attributes that many operations share, with their series. They never change."""

    __slots__ = ("series",)

    def __init__(self, attributes: Mapping[str, Any]) -> None:
        super().__init__(attributes)
        self.series: dict[Operations, Series] = {}

    def keep(self, operations: Operations, series: Series) -> Series:
        """Keep the series that `operations` has for these attributes, and return it."""
        if len(self.series) >= MOST_SERIES:
            self.series.clear()
        self.series[operations] = series
        return series


class Operations:
    """The histograms of one meter that each operation is measured with."""

    def __init__(self, duration: Histogram, returned_rows: Histogram) -> None:
        self._duration = duration
        self._returned_rows = returned_rows
        self._is_enabled: Callable[[], bool] = getattr(duration, "_is_enabled", _always)
        # The SDK's recipient of measurements; None if its parts are not as expected.
        self._consumer: Any = getattr(duration, "_measurement_consumer", None)
        is_expected = _are_the_sdk_s(duration, returned_rows, self._consumer)
        if not (versions.ARE_TESTED and is_expected):
            self._consumer = None

    def record(
        self,
        seconds: float,
        rows: int | None,
        attributes: Mapping[str, Any],
        current: Context | None,
    ) -> None:
        """Record an operation's duration, and the rows if it returned any.

        Raises the exceptions of the SDK's instruments.
        """
        series = None
        if type(attributes) is AttributeSet and self._consumer is not None and self._is_enabled():
            series = attributes.series.get(self)
            if series is None or series.storages is not self._consumer._reader_storages:
                series = self._find(attributes)
        if series is None:
            self._duration.record(seconds, attributes, current)
            if rows is not None:
                self._returned_rows.record(rows, attributes, current)
            return
        now, attributes, current = time_ns(), series.attributes, current or context.get_current()
        is_exemplar = series.should_sample(seconds, now, attributes, current)
        measurement = Measurement(seconds, now, self._duration, current, attributes)
        for aggregate in series.duration:
            aggregate(measurement, is_exemplar)
        if rows is None:
            return
        if series.returned_rows is None:
            series.returned_rows = _aggregates(series.storages, self._returned_rows, attributes)
        measurement = Measurement(rows, now, self._returned_rows, current, attributes)
        for aggregate in series.returned_rows:
            aggregate(measurement, is_exemplar)

    def _find(self, attributes: AttributeSet) -> Series | None:
        """Return the series of attributes; None if the SDK's parts are not as expected."""
        consumer = self._consumer
        try:
            storages = consumer._reader_storages
            exemplars = consumer._sdk_config.exemplar_filter
            # Another's filter may judge the duration and the rows differently.
            if _are_the_sdk_s(exemplars):
                duration = _aggregates(storages, self._duration, attributes)
                series = Series(attributes, duration, exemplars.should_sample, storages)
                return attributes.keep(self, series)
        except (AttributeError, ImportError, TypeError):
            pass
        self._consumer = None
        return None


def _aggregates(
    storages: Mapping[Any, Any], histogram: Histogram, attributes: Mapping[str, Any]
) -> tuple[Aggregate, ...]:
    """Return the functions that aggregate a histogram's measurements with some attributes."""
    return tuple(
        _aggregate(match, attributes)
        for storage in storages.values()
        for match in storage._get_or_init_view_instrument_match(histogram)
    )


def _aggregate(match: Any, attributes: Mapping[str, Any]) -> Aggregate:
    """Return the function that aggregates measurements with some attributes for one view."""
    from opentelemetry.sdk.metrics._internal._view_instrument_match import _hash_attributes

    keys = match._view._attribute_keys
    in_view = {key: value for key, value in attributes.items() if keys is None or key in keys}
    key = _hash_attributes(in_view)
    find, lock = match._get_or_create_aggregation, match._lock

    def aggregate_since_collection(measurement: Measurement, is_exemplar: bool) -> None:
        with lock:
            find(key, in_view).aggregate(measurement, is_exemplar)

    # With delta temporality each collection starts new aggregations.
    if match._reset_on_collect:
        return aggregate_since_collection
    with lock:
        aggregation = find(key, in_view)
    return aggregation.aggregate  # type: ignore[no-any-return]


def _are_the_sdk_s(*parts: object) -> bool:
    """Return whether the classes of all parts are the SDK's, not derived from them."""
    return all(type(part).__module__.startswith(_SDK) for part in parts)


def _always() -> bool:
    return True
