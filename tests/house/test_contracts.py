"""Every import contract is kept, and a planted violation of each is caught."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

# One planted file for each contract: where it stands, and what it imports against the plan.
PLANTED = {
    "gateway-shelves": {"gateway/domain/planted_shelf.py": "import gateway.services"},
    "bot-shelves": {"bot/forms/planted_shelf.py": "import bot.conversations"},
    "bot-sees-schemas-and-wire": {"bot/conversations/planted_sight.py": "import gateway.services"},
    "schemas-take-names": {"gateway/schemas/planted_rule.py": "import gateway.domain.escalations"},
    "gateway-without-bot": {"gateway/services/planted_bot.py": "import bot.errors"},
    "pure-rules": {"gateway/domain/planted_library.py": "import httpx2"},
    "door-of-sql": {"gateway/services/planted_sql.py": "import sqlalchemy"},
    "door-of-asyncpg": {"gateway/services/planted_asyncpg.py": "import asyncpg"},
    "door-of-redis": {"gateway/services/planted_redis.py": "import redis"},
    "door-of-http": {"gateway/services/planted_http.py": "import fastapi"},
    "door-of-apscheduler": {"gateway/services/planted_apscheduler.py": "import apscheduler"},
    "door-of-jinja": {"gateway/services/planted_jinja.py": "import jinja2"},
    "door-of-aiogram": {"gateway/services/planted_aiogram.py": "import aiogram"},
    "door-of-yaml": {"gateway/services/planted_yaml.py": "import yaml"},
    "door-of-spreadsheets": {"gateway/services/planted_xlsxwriter.py": "import xlsxwriter"},
    "door-of-xlsforms": {"gateway/services/planted_pyxform.py": "import pyxform"},
    "door-of-joserfc": {"gateway/services/planted_joserfc.py": "import joserfc"},
    "door-of-pydantic": {"gateway/services/planted_pydantic.py": "import pydantic"},
    "door-of-mail": {"gateway/services/planted_mail.py": "import aiosmtplib"},
    "door-of-apprise": {"gateway/services/planted_apprise.py": "import apprise"},
    "conversations-apart": {
        "bot/conversations/planted_one.py": "import bot.conversations.planted_two",
        "bot/conversations/planted_two.py": "",
    },
    "channels-apart": {
        "gateway/channels/planted_one.py": "import gateway.channels.planted_two",
        "gateway/channels/planted_two.py": "",
    },
    "no-cycles": {
        "gateway/services/planted_hen.py": "import gateway.services.planted_egg",
        "gateway/services/planted_egg.py": "import gateway.services.planted_hen",
    },
}


def lint(tree: Path, *arguments: str) -> str:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache", *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the source that may be spoilt."""
    for name in ("bot", "gateway"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.csv", "*.po"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_contract_is_kept() -> None:
    said = lint(ROOT)
    assert re.search(rf"Contracts: {len(CONTRACTS)} kept, 0 broken", said), said


def test_a_planted_violation_of_each_contract_is_caught(tree: Path) -> None:
    assert {contract["id"] for contract in CONTRACTS} == set(PLANTED), "every contract has a planted violation"
    for files in PLANTED.values():
        for path, line in files.items():
            (tree / path).write_text(f"{line}\n")

    said = lint(tree)

    missed = [contract["name"] for contract in CONTRACTS if f"{contract['name']} BROKEN" not in said]
    assert not missed, said
    unnamed = [next(iter(files)) for files in PLANTED.values() if not re.search(_module(next(iter(files))), said)]
    assert not unnamed, said


@pytest.mark.parametrize(("half", "contract"), [("gateway", "gateway-shelves"), ("bot", "bot-shelves")])
def test_a_new_shelf_needs_a_place_in_the_plan(tree: Path, half: str, contract: str) -> None:
    (tree / half / "cellar.py").write_text("")

    said = lint(tree, "--contract", contract)

    assert "BROKEN" in said
    assert "cellar" in said


def _module(path: str) -> str:
    """How a planted module is named in a report, whole or by its last part."""
    return re.escape(path.removesuffix(".py").rpartition("/")[2])
