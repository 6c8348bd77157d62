from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from mssql.telemetry import ConnectionInfo, Telemetry, settings


@pytest.mark.parametrize("options", [None, {}, True])
def test_the_defaults(options: Any) -> None:
    assert settings.read(options) == settings.Settings()
    assert settings.Settings().plan_threshold == 500


def test_false_is_off() -> None:
    assert settings.read(False) == settings.Settings(enabled=False)


def test_all_of_them() -> None:
    options = {
        "enabled": True,
        "caller": False,
        "query_text": False,
        "parameters": True,
        "parameter_hook": print,
        "filter": callable,
        "require_parent": True,
        "request_hook": print,
        "response_hook": print,
        "transactions": True,
        "context_info": True,
        "comment_tags": ("route",),
        "azure_monitor": False,
        "plans": "off",
        "plan_threshold": 0,
        "plans_per_minute": 5,
        "plan_interval": 0,
        "tracer_provider": object(),
    }
    read = settings.read(options)
    assert {name: getattr(read, name) for name in options} == options


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("on", ["must be a dict or a bool", "type str"]),
        ({"treshold": 5}, ["'treshold'", "plan_threshold"]),
        ({"caller": "yes"}, ['"caller"', "True or False", "type str"]),
        ({"plan_threshold": "500"}, ["plan_threshold", "milliseconds", "type str"]),
        ({"plan_threshold": -1}, ["plan_threshold", "-1"]),
        ({"plan_threshold": True}, ["plan_threshold", "type bool"]),
        ({"plan_threshold": None}, ["plan_threshold", "milliseconds", "type NoneType"]),
        ({"plans": None}, ['"plans"', '"off", "slow" or "every"', "type NoneType"]),
        ({"plans": "all"}, ['"plans"', "type str"]),
        ({"plans": ["off"]}, ['"plans"', "type list"]),
        ({"plans_per_minute": -1}, ["plans_per_minute", "number of plans"]),
        ({"parameters": 1}, ['"parameters"', "True or False", "1"]),
        ({"context_info": "yes"}, ['"context_info"', "True or False", "type str"]),
        ({"azure_monitor": "yes"}, ['"azure_monitor"', "None to find out", "type str"]),
        ({"request_hook": "shop.hook"}, ['"request_hook"', "a function or None", "type str"]),
        ({"parameter_hook": print}, ['"parameter_hook"', '"parameters"']),
        ({"comment_tags": "route"}, ['"comment_tags"', "a list", "route", "type str"]),
        ({"comment_tags": ["traceparent"]}, ['"comment_tags"', "application", "type list"]),
        ({"comment_tags": [["route"]]}, ['"comment_tags"', "type list"]),
        ({"plan_interval": None}, ["plan_interval", "seconds", "type NoneType"]),
    ],
)
def test_a_message_for_each_invalid_setting(options: Any, words: list[str]) -> None:
    (problem,) = settings.problems(options)
    assert [word for word in words if word not in problem] == []
    with pytest.raises(ImproperlyConfigured) as caught:
        Telemetry(ConnectionInfo("default", "", None, "", options))
    assert str(caught.value) == problem


def test_every_problem_is_said_and_no_value() -> None:
    problems = settings.problems({"caller": "hunter2", "query_text": "hunter2", "x": "hunter2"})
    assert len(problems) == 3
    assert "hunter2" not in " ".join(problems)
