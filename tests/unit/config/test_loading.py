"""Loading settings: any values lead to a configuration or to errors, and no text shows a secret."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from mssql.auth.modes import MODES
from mssql.config.address import Address
from mssql.config.loading import connection_parameters, load
from mssql.config.options import OPTIONS
from mssql.config.sign_in import IdentitySignIn, ProjectSignIn
from mssql.config.target import target

SECRET = "a-secret-that-must-not-leak"

texts = st.text(max_size=8) | st.sampled_from(["UID=sa;PWD=x", "Authentication=msi", "Encrypt=no"])
values: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | texts | st.lists(texts)
)
values = values | st.just({}) | st.just(lambda: SECRET)
options = st.dictionaries(st.sampled_from([*OPTIONS, "no_such_option"]), values, max_size=6)
modes = st.sampled_from([mode.keyword for mode in MODES])
settings = st.fixed_dictionaries(
    {
        "OPTIONS": options | options.flatmap(
            lambda each: modes.map(lambda mode: {**each, "authentication": mode})
        )
    },
    optional={
        "NAME": st.none() | texts,
        "HOST": texts | st.sampled_from(["tcp:db,1433", r"db\one", "(embedded)", "x.windows.net"]),
        "PORT": st.none() | st.integers(0, 70000) | texts,
        "USER": texts,
        "PASSWORD": texts,
        "TOKEN": st.none() | texts | st.just(lambda: SECRET),
        "TEST": st.just({"COLLATION": "x; DROP"}),
    },
)  # fmt: skip


@given(settings)
def test_any_settings_are_read_or_refused(settings: dict[str, Any]) -> None:
    before = {**settings, "OPTIONS": {**settings["OPTIONS"]}}
    result = load(settings, "default")
    if result.has_errors:
        with pytest.raises(ImproperlyConfigured, match=r"DATABASES\['default'\]: "):
            result.require()
    else:
        config = result.require()
        assert not config.sign_in.missing_settings
        assert target(config, None).keywords["Server"] == str(config.address)
    assert settings == before


@pytest.mark.parametrize("setting", ["PASSWORD", "TOKEN", "client_secret", "user_assertion"])
def test_neither_result_nor_configuration_shows_a_secret(setting: str) -> None:
    options: dict[str, Any] = {"authentication": "ActiveDirectoryOnBehalfOf", "tenant_id": "t"}
    settings: dict[str, Any] = {"NAME": "shop", "USER": "ann", "OPTIONS": options}
    (settings if setting.isupper() else options)[setting] = SECRET
    result = load(settings, "default")
    assert SECRET not in repr(result)
    assert SECRET not in "".join(map(str, result.problems))
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(result)


def test_the_sign_in_is_decided_once() -> None:
    options = {"authentication": "ActiveDirectoryMSI", "client_id": "c"}
    by_identity = load({"NAME": "x", "OPTIONS": options}, "default").require().sign_in
    assert isinstance(by_identity, IdentitySignIn)
    assert by_identity.token_source() is by_identity.token_source()
    by_token = load({"NAME": "x", "TOKEN": lambda: SECRET}, "default").require().sign_in
    assert isinstance(by_token, ProjectSignIn)
    assert (by_token.name, by_token.is_of_entra, by_token.needs_token) == ("TOKEN", True, True)


def test_parameters_override_the_settings_but_not_those_of_the_sign_in() -> None:
    settings = {"NAME": "shop", "HOST": "db", "PORT": "1500", "USER": "ann", "PASSWORD": "x"}
    parameters = {**connection_parameters(settings), "database": "other", "user": "bob"}
    config = load(settings, "default", parameters).require()
    assert (config.database, config.user) == ("other", "bob")
    assert config.address == Address("db", 1500)
    assert config.sign_in_settings == load(settings, "default").require().sign_in_settings
