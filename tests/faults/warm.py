"""A pytest that forks for every run (`python -m tests.faults.warm`); with `--stories` everything the stories of the
suite need is loaded and the engines have been started before the first.

Each line of standard input is a list of pytest's arguments, or of none to see whether the packs can be read; each line
of standard output says how that ended: `{"code": …, "said": …}`. What is read from data files is read after the fork.
"""

import functools
import gc
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from tests.support.databases import TEMPLATE


class Engines:
    """Gives tests the engines that run already, in place of some of their own."""

    def __init__(self, running: Mapping[str, Any]) -> None:
        self.running = running

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Any:
        engine = self.running.get(fixturedef.argname)
        if engine is not None:
            fixturedef.cached_result = (engine, fixturedef.cache_key(request), None)
        return engine


#: What was imported before pytest came cannot be rewritten by it; nothing here needs that.
QUIET = ("-W", "ignore::pytest.PytestAssertRewriteWarning")


def loads() -> int:
    """A spoilt pack that is refused at once proves nothing about the tests."""
    from gateway.policies.loader import load_packs
    from gateway.services.packs import OVERLAYS

    load_packs()
    load_packs(overlays=tuple(OVERLAYS.values()))
    return 0


def forked(arguments: Sequence[str], engines: Engines) -> dict[str, Any]:
    with tempfile.TemporaryFile() as told:
        child = os.fork()
        if child == 0:
            code = 70
            try:
                os.dup2(told.fileno(), 1)
                os.dup2(told.fileno(), 2)
                code = int(pytest.main([*QUIET, *arguments], plugins=[engines]) if arguments else loads())
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(child, 0)
        told.seek(0)
        return {"code": os.waitstatus_to_exitcode(status), "said": told.read().decode(errors="replace")}


def forget_what_was_read() -> None:
    for each in gc.get_objects():
        if isinstance(each, functools._lru_cache_wrapper):
            each.cache_clear()


def serve(engines: Engines, swept: Callable[[], None]) -> None:
    forget_what_was_read()
    gc.freeze()
    for line in sys.stdin:
        said = forked(json.loads(line), engines)
        swept()
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


def main(*, for_stories: bool) -> None:
    if not for_stories:
        serve(Engines({}), lambda: None)
        return
    import asyncio
    from importlib import import_module

    from gateway.engines import Postgres, Valkey
    from gateway.record.migrate import migrate

    for module in ("bot.bootstrap", "gateway.town", "tests.support.fake_telegram"):
        import_module(module)
    with Postgres.for_tests() as postgres, Valkey.for_tests() as valkey:
        asyncio.run(migrate(postgres.create_database(TEMPLATE)))

        def swept() -> None:
            """A run leaves its databases to whoever ends the server: here that is not soon."""
            for name in postgres.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'").split():
                postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")

        serve(Engines({"postgres": postgres, "valkey": valkey}), swept)


if __name__ == "__main__":
    main(for_stories="--stories" in sys.argv)
