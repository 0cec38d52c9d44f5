"""Every setting is told in both READMEs."""

import re
from pathlib import Path

import pytest

from bot.settings import Settings as BotSettings
from gateway.settings import Settings as GatewaySettings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_every_setting_has_its_row_and_every_row_a_setting(readme: str) -> None:
    rows = set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \|", (ROOT / readme).read_text(), re.MULTILINE))
    settings = {name.upper() for each in (GatewaySettings, BotSettings) for name in each.model_fields}
    assert rows - {"CHROMIUM", "PYTHON", "TEST_DATABASE_URL"} == settings


def test_settings_of_both_halves_with_one_name_have_one_default() -> None:
    shared = GatewaySettings.model_fields.keys() & BotSettings.model_fields.keys()
    assert shared
    different = [
        name for name in shared if GatewaySettings.model_fields[name].default != BotSettings.model_fields[name].default
    ]
    assert different == []
