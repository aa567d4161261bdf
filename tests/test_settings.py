"""Are settings read from the environment first, then from the secrets file, and validated?"""

from __future__ import annotations

import pytest

from lib.errors import SettingInvalid
from lib.settings import load


def test_nothing_set_means_the_demo() -> None:
    assert load({}, {}).demo
    assert load({"DATABASE_URL": " "}, {}).demo


def test_environment_comes_before_the_secrets_file() -> None:
    secrets = {"DATABASE_URL": "postgresql://a@file/d", "WATCHTOWER_SECRET": "from file"}
    found = load({"DATABASE_URL": "postgresql://a@env/d"}, secrets)
    assert found.database_url is not None
    assert found.database_url.host == "env"
    assert found.secret == "from file"


def test_streamlits_own_place_for_a_connection_is_read() -> None:
    found = load({}, {"connections": {"watchtower": {"url": "postgresql://a@h/d"}}})
    assert found.database_url is not None
    assert found.database_url.host == "h"


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "soon", "99999", "１"])
def test_refresh_that_is_no_number_is_refused_by_name(value: str) -> None:
    with pytest.raises(SettingInvalid, match="WATCHTOWER_REFRESH must be a whole number"):
        load({"WATCHTOWER_REFRESH": value}, {})
