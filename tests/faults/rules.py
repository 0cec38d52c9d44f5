"""Does anybody notice when a rule is gone? Each CORE rule is taken out of the data, or its value altered, in a copy of
the project; then the tests that claim the rule must fail. One that still passes is a survivor, and is printed.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Self

import yaml

from tests.faults.claims import TOLD_TO

ROOT = Path(__file__).resolve().parents[2]
#: Where rules have their values: the packs with what belongs to them, and the residents' forms.
DATA = ("gateway/policies", "bot/forms/definitions")
#: The quotes themselves, and the list of what the notices leave open, are no values.
NOT_DATA = ("gateway/policies/rules/", "gateway/policies/ambiguities", "gateway/policies/demo-overlay")

At = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change to some data files that takes a rule out or bends it."""

    rule: str
    how: str
    files: Mapping[str, Any]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    rule: str
    state: str  # killed, survived, unclaimed, homeless, broken
    how: str = ""
    changed: tuple[str, ...] = ()
    by: str = ""
    seconds: float = 0.0


def is_citation(key: object) -> bool:
    return isinstance(key, str) and (key in ("source", "rules") or key.endswith(("_source", "_rules")))


def citing(content: Any, rule: str, at: At = ()) -> Iterator[At]:
    """Ways to the mappings that cite the rule and hold no other mapping that does: the rule's own nodes."""
    if isinstance(content, list):
        for number, value in enumerate(content):
            yield from citing(value, rule, (*at, number))
    if not isinstance(content, dict):
        return
    below = [way for key, value in content.items() if not is_citation(key) for way in citing(value, rule, (*at, key))]
    if below:
        yield from below
    elif any(is_citation(key) and rule in (value or ()) for key, value in content.items()):
        yield at


def without(content: Any, way: At) -> None:
    """Take the node out of the mapping or list that holds it."""
    holder = content
    for step in way[:-1]:
        holder = holder[step]
    if isinstance(holder, list):
        holder[way[-1]] = _GONE
    else:
        del holder[way[-1]]


_GONE = object()


def swept(content: Any) -> Any:
    if isinstance(content, list):
        return [swept(value) for value in content if value is not _GONE]
    if isinstance(content, dict):
        return {key: swept(value) for key, value in content.items()}
    return content


def bent(value: Any) -> Any:
    """A value of the same kind that says something else; None where there is none."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, date):
        return value + timedelta(days=1)
    if isinstance(value, list) and value and not isinstance(value[0], dict):
        return [bent(each) or each for each in value] if isinstance(value[0], int | float) else value[:-1]
    if isinstance(value, str) and len(value) == 5 and value[2] == ":" and value[:2].isdigit():
        return f"{(int(value[:2]) + 1) % 24:02}{value[2:]}"
    return None


def bend(node: dict[Any, Any]) -> list[str]:
    """Bend every plain value of the node, and of what lies in it without a source of its own."""
    changed = []
    for key, value in list(node.items()):
        if is_citation(key):
            continue
        if isinstance(value, dict) and not any(is_citation(each) for each in value):
            changed += [f"{key}.{one}" for one in bend(value)]
            continue
        other = bent(value)
        if other is not None:
            node[key] = other
            changed.append(f"{key}: {value!r} → {other!r}")
    return changed


def mutants(rule: str, files: Mapping[str, Any]) -> Iterator[Mutant]:
    """First the rule taken out everywhere; then, one by one, its nodes taken out; then its values bent."""
    ways = [(name, way) for name, content in files.items() for way in citing(content, rule) if way]
    if not ways:
        return
    everywhere = {name: deepcopy(files[name]) for name, _ in ways}
    for name, way in ways:
        without(everywhere[name], way)
    said = tuple(f"{name}: {'.'.join(map(str, way))}" for name, way in ways)
    yield Mutant(rule, "taken out", {name: swept(content) for name, content in everywhere.items()}, said)
    crooked = {name: deepcopy(files[name]) for name, _ in ways}
    changes: list[str] = []
    for name, way in ways:
        node = crooked[name]
        for step in way:
            node = node[step]
        changes += [f"{name}: {'.'.join(map(str, way))}: {one}" for one in bend(node)]
    if changes:
        yield Mutant(rule, "altered", crooked, tuple(changes))
    for name, way in ways if len(ways) > 1 else ():
        alone = deepcopy(files[name])
        without(alone, way)
        yield Mutant(rule, "taken out in one place", {name: swept(alone)}, (f"{name}: {'.'.join(map(str, way))}",))


def data_files(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for folder in DATA:
        for path in sorted((root / folder).rglob("*.yaml")):
            name = path.relative_to(root).as_posix()
            if not name.startswith(NOT_DATA):
                found[name] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def claims(root: Path = ROOT) -> dict[str, list[str]]:
    """Which tests claim which rule, as pytest itself sees them."""
    with tempfile.NamedTemporaryFile(suffix=".json") as told:
        collected = subprocess.run(
            [sys.executable, "-P", "-m", "pytest", "--collect-only", "-qq", "-p", "tests.faults.claims", "tests"],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root), TOLD_TO: told.name},
            capture_output=True,
            text=True,
        )
        if collected.returncode not in (0, 5):
            raise SystemExit(f"the tests cannot be collected:\n{collected.stdout[-2000:]}")
        claimed: dict[str, list[str]] = json.load(told)
    return claimed


def core_rules() -> list[str]:
    from gateway.domain.rules import RuleClass
    from gateway.policies.loader import load_rules

    return [rule.id for rule in load_rules().values() if rule.class_ is RuleClass.CORE]


class Copy:
    """The project once more, whose data may be spoilt, with a pytest of its own that waits in it, warm."""

    def __init__(self, folder: Path, *, for_stories: bool = True) -> None:
        self.folder = folder
        self._for_stories = for_stories
        self._pytest: asyncio.subprocess.Process | None = None
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout.decode()
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)

    async def __aenter__(self) -> Self:
        self._pytest = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "tests.faults.warm", *(["--stories"] if self._for_stories else [])),
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=MOST_SAID,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._pytest is not None and self._pytest.stdin is not None:
            self._pytest.stdin.close()
            await self._pytest.wait()

    async def judge(self, mutant: Mutant, tests: Sequence[str]) -> tuple[str, str]:
        """`killed` where a claiming test failed, and which; `survived`; `broken` where nothing was shown, and why:
        the spoilt data no longer loads, or the run itself did not end as runs end."""
        kept = {name: (self.folder / name).read_text(encoding="utf-8") for name in mutant.files}
        try:
            for name, content in mutant.files.items():
                text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
                (self.folder / name).write_text(text, encoding="utf-8")
            code, said = await self._run()
            if code:
                return "broken", _last_line(said)
            code, said = await self._run("-x", "-q", "-p", "no:cacheprovider", "--tb=line", KEEP_ON, *tests)
            failed = [line for line in said.splitlines() if line.startswith("FAILED")]
            if failed:
                return "killed", failed[0][:160]
            return "survived" if code in ORDERLY else "broken", _last_line(said)
        finally:
            for name, text in kept.items():
                (self.folder / name).write_text(text, encoding="utf-8")

    async def _run(self, *arguments: str) -> tuple[int, str]:
        assert self._pytest is not None and self._pytest.stdin is not None and self._pytest.stdout is not None
        self._pytest.stdin.write(json.dumps(arguments).encode() + b"\n")
        answer = json.loads(await self._pytest.stdout.readline())
        return answer["code"], answer["said"]


def _last_line(said: str) -> str:
    return (said.strip().splitlines()[-1:] or ["it said nothing"])[0][:160]


#: How pytest ends when it ends by itself: all passed, some did not, stopped at the first.
ORDERLY = (0, 1, 2)
#: The longest answer of a run that is read, in bytes.
MOST_SAID = 64 * 1024 * 1024
#: A file that cannot even be read without the rule shows nothing; the other claims may.
KEEP_ON = "--continue-on-collection-errors"


async def judge(rule: str, tests: Sequence[str], files: Mapping[str, Any], copy: Copy) -> Verdict:
    began = time.monotonic()
    if not tests:
        return Verdict(rule, "unclaimed")
    tried = None
    for mutant in mutants(rule, files):
        state, by = await copy.judge(mutant, tests)
        verdict = Verdict(rule, state, mutant.how, mutant.changed, by, time.monotonic() - began)
        if state != "broken":
            return verdict
        tried = tried or verdict
    return tried or Verdict(rule, "homeless")


async def judge_all(rules: Sequence[str], claimed: Mapping[str, Sequence[str]], jobs: int) -> list[Verdict]:
    files = data_files(ROOT)
    waiting: asyncio.Queue[str] = asyncio.Queue()
    for rule in rules:
        waiting.put_nowait(rule)
    verdicts: list[Verdict] = []

    async def work(folder: Path) -> None:
        async with Copy(folder) as copy:
            while not waiting.empty():
                verdict = await judge(rule := waiting.get_nowait(), claimed.get(rule, ()), files, copy)
                verdicts.append(verdict)
                mark = {"killed": "✓", "survived": "✗"}.get(verdict.state, "?")
                done = f"{len(verdicts):>4}/{len(rules)} {mark} {rule:<12} {verdict.seconds:5.1f} s"
                sys.stderr.write(f"{done} {verdict.state:<9} {verdict.how:<10} {verdict.by[:90]}\n")

    with tempfile.TemporaryDirectory(prefix="shaodian-rules-") as folder:
        await asyncio.gather(*(work(Path(folder) / str(number)) for number in range(jobs)))
    return verdicts


def main(*, only: Sequence[str], jobs: int, as_json: bool) -> int:
    rules = [rule for rule in core_rules() if not only or rule in only]
    verdicts = asyncio.run(judge_all(rules, claims(), jobs))
    left = sorted((verdict for verdict in verdicts if verdict.state != "killed"), key=lambda verdict: verdict.rule)
    if as_json:
        figures = {
            "rules": len(rules),
            "killed": len(verdicts) - len(left),
            "survivors": [
                {"rule": one.rule, "state": one.state, "how": one.how, "changed": one.changed} for one in left
            ],
        }
        sys.stdout.write(json.dumps(figures, ensure_ascii=False, indent=2) + "\n")
        return bool(left)
    sys.stdout.write(f"rules {len(rules)}, noticed {len(verdicts) - len(left)}, survivors {len(left)}\n")
    for one in left:
        sys.stdout.write(f"  {one.rule}: {one.state} {one.how}\n")
        sys.stdout.writelines(f"    {change}\n" for change in one.changed)
    return bool(left)
