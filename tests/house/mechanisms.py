"""Each CORE mechanism has a door that exists, and docs/mechanisms.md says so as it is:
`python -m tests.house.mechanisms`.
"""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gateway.commands.policy_mechanisms import page_of
from gateway.errors import Invalid
from gateway.policies.coverages import FORMS, ROOT
from gateway.policies.documents import read_document
from gateway.policies.inheritances import FOLDER
from gateway.policies.mechanisms import Mechanism, load_mechanisms

GATEWAY = ROOT / "gateway"
PAGE = ROOT / "docs" / "mechanisms.md"
MEND = "mend with: ./run gateway policy mechanisms --write"
CORE = 93
_OF_PACKS = {"matter": "matters", "duty": "duties", "register": "registers", "capacity": "capacities"}


def doors() -> Mapping[str, set[str]]:
    """Everything that exists, by what a door can be. Read from the sources: nothing has to be imported for it."""
    paths = {path for shelf in ("api", "console") for file in (GATEWAY / shelf).glob("*.py") for path in _paths(file)}
    packs = [read_document(path).content for path in FOLDER.glob("*.yaml")]
    return {
        "chat": {path.stem for path in (ROOT / "bot" / "conversations").glob("*.py")} - {"__init__", "order"},
        "form": {path.stem for path in FORMS.glob("*.yaml")},
        "page": {path for path in paths if path.startswith(("/console", "/public"))},
        "api": {path for path in paths if path.startswith("/v1")},
        "command": set(re.findall(r'add_parser\("(\w+)"', "".join(_texts(GATEWAY / "commands")))),
        **{
            kind: {name for pack in packs if isinstance(pack.get(section), dict) for name in pack[section]}
            for kind, section in _OF_PACKS.items()
        },
    }


def _texts(folder: Path) -> Iterator[str]:
    return (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))


def _paths(file: Path) -> Iterator[str]:
    source = file.read_text(encoding="utf-8")
    prefixes = dict(re.findall(r'^(\w+) = APIRouter\((?:prefix="([^"]*)")?', source, re.M))
    for router, path in re.findall(r'^@(\w+)\.(?:get|post|put|delete)\(\s*"([^"]*)"', source, re.M):
        yield prefixes.get(router, "") + path


def faults(known: Sequence[Mechanism], existing: Mapping[str, set[str]], page: str) -> Iterator[str]:
    if len({one.id for one in known}) != CORE:
        yield f"there are {CORE} CORE mechanisms, not {len(known)}"
    for one in known:
        if not list(one.doors):
            yield f"{one.id} has no door"
        for kind, name in one.doors:
            if name not in existing[kind]:
                yield f"{one.id}: there is no {kind} {name}"
    if page != page_of(known):
        yield f"docs/mechanisms.md is not what the mechanisms are now ({MEND})"


def main() -> int:
    try:
        found = list(faults(load_mechanisms(), doors(), PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""))
    except Invalid as trouble:
        found = [f"{fault.where}: {fault.message}" for fault in trouble.faults]
    sys.stderr.writelines(f"mechanisms: {each}\n" for each in found)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
