"""Every CORE rule has a value behind it and a test that claims it, and docs/rules.md says so as it is:
`python -m tests.house.rules`.
"""

import sys
from collections.abc import Iterator

from gateway.commands.policy_coverage import page_of
from gateway.errors import Invalid
from gateway.policies.coverages import ROOT, Coverage, coverage

PAGE = ROOT / "docs" / "rules.md"
MEND = "mend with: ./run gateway policy coverage --write"


def faults(known: Coverage, page: str) -> Iterator[str]:
    for held in known.missing:
        lacks = " and ".join(
            word
            for word, given in (("no value behind it", held.cited), ("no test that claims it", held.tests))
            if not given
        )
        yield f"{held.quote.id} has {lacks}"
    if page != page_of(known):
        yield f"docs/rules.md is not what the rules are now ({MEND})"


def main() -> int:
    try:
        found = list(faults(coverage(), PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""))
    except Invalid as trouble:
        found = [f"{fault.where}: {fault.message}" for fault in trouble.faults]
    sys.stderr.writelines(f"rules: {each}\n" for each in found)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
