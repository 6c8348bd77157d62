"""Decisions that follow from samplers' settings equal those of the samplers."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry import context, trace
from opentelemetry.sdk.trace import sampling
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.span import TraceState

from mssql.telemetry.sdk.samplers import Forecast

HALF = sampling.TraceIdRatioBased(0.5)
USUAL: dict[str, Any] = {
    "always_on": sampling.ALWAYS_ON,
    "traceidratio": HALF,
    "none by ratio": sampling.TraceIdRatioBased(0),
    "all by ratio": sampling.TraceIdRatioBased(1),
    "parentbased_always_on": sampling.DEFAULT_ON,
    "parentbased_traceidratio": sampling.ParentBasedTraceIdRatio(0.5),
}
# Asked at least for some spans.
ASKED: dict[str, Any] = {
    "parentbased_always_off": sampling.DEFAULT_OFF,
    "mind of its own": sampling.ParentBased(HALF, local_parent_not_sampled=sampling.ALWAYS_ON),
    "by ratio inside": sampling.ParentBased(sampling.ALWAYS_ON, remote_parent_sampled=HALF),
    "another static one": sampling.StaticSampler(sampling.Decision.RECORD_ONLY),
}
PARENTS = [
    None,
    *(
        SpanContext(1, 2, is_remote, TraceFlags(flags), TraceState([("a", "b")]))
        for is_remote in (False, True)
        for flags in range(2)
    ),
]
EDGE = HALF.bound
IDS = [
    *(1, EDGE - 1, EDGE, EDGE + 1, 2**64 - 1, 2**64, 2**64 + EDGE),
    *((7 << 64) + EDGE - 1, 2**128 - 1),
]


@pytest.mark.parametrize("name", [*USUAL, *ASKED])
def test_forecasts_equal_decisions(name: str) -> None:
    sampler = {**USUAL, **ASKED}[name]
    forecast = Forecast(sampler)
    for parent in PARENTS:
        current = context.Context()
        if parent is not None:
            current = trace.set_span_in_context(trace.NonRecordingSpan(parent), current)
        for trace_id in IDS:
            foreseen = forecast.decision(parent, trace_id)
            result = sampler.should_sample(current, trace_id, "x", SpanKind.CLIENT, {"a": 1}, ())
            if foreseen is None:
                assert name in ASKED
                continue
            assert foreseen is (result.decision is sampling.Decision.RECORD_AND_SAMPLE)
            if foreseen:
                assert result.attributes == {"a": 1}
                assert result.trace_state == (parent and parent.trace_state)


@pytest.mark.parametrize("parent", PARENTS)
def test_derived_samplers_are_called(parent: SpanContext | None) -> None:
    class Ratio(sampling.TraceIdRatioBased):
        def should_sample(self, *args: Any, **options: Any) -> sampling.SamplingResult:
            return sampling.ALWAYS_ON.should_sample(*args, **options)

    class Based(sampling.ParentBased):
        def should_sample(self, *args: Any, **options: Any) -> sampling.SamplingResult:
            return sampling.ALWAYS_ON.should_sample(*args, **options)

    for sampler in (Ratio(0), Based(sampling.ALWAYS_OFF)):
        assert Forecast(sampler).decision(parent, 1) is None


def test_another_sampler_is_called() -> None:
    sampler = sampling.ParentBased(sampling.ALWAYS_ON)
    del sampler._root
    assert Forecast(sampler).decision(None, 1) is None
    del sampler._local_parent_sampled
    for parent in PARENTS:
        assert Forecast(sampler).decision(parent, 1) is None
