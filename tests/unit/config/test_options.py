"""The table of OPTIONS: every setting has a type, and a default that is valid."""

from __future__ import annotations

from typing import Any

import pytest

from mssql.config.loading import load
from mssql.config.options import OPTIONS, Options
from mssql.config.target import target
from mssql.errors.retry import RetryPolicy


@pytest.mark.parametrize("name", OPTIONS)
def test_defaults_are_valid(name: str) -> None:
    option = OPTIONS[name]
    assert option.accepts(None)
    assert option.accepts(option.default)


@pytest.mark.parametrize("name", OPTIONS)
def test_none_is_the_default(name: str) -> None:
    assert Options({name: None})[name] == Options()[name] == OPTIONS[name].default


def test_a_connection_with_every_option_none_is_one_without_options() -> None:
    plain: dict[str, Any] = {"NAME": "shop", "USER": "ann", "PASSWORD": "x", "OPTIONS": {}}
    none = {**plain, "OPTIONS": dict.fromkeys(OPTIONS)}
    one, other = (load(settings, "default").require() for settings in (plain, none))
    assert target(one, None) == target(other, None)
    assert one.retry_policy == other.retry_policy == RetryPolicy()
    assert one.key == other.key


def test_the_margin_of_a_token_may_be_none() -> None:
    options = {"authentication": "ActiveDirectoryMSI", "token_refresh_margin": None}
    sign_in = load({"NAME": "x", "OPTIONS": options}, "default").require().sign_in
    assert sign_in.identity is not None
    assert sign_in.identity.margin == 300


def test_unknown_names_are_errors_of_the_program() -> None:
    with pytest.raises(KeyError):
        Options()["no_such_option"]
