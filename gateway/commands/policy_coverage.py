"""`gateway policy coverage`: every rule, whether a value holds it, which test claims it."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.policies.coverages import Coverage, Held

_RULES_PAGE = Path("docs") / "rules.md"
_WITHOUT_TESTS = "This installation has no tests/ folder: which test claims a rule cannot be said here.\n"


def answer(args: argparse.Namespace) -> str:
    # The loader brings pydantic; `--help` should not wait for it.
    from gateway.policies.coverages import ROOT, coverage

    known = coverage()
    if not known.tested_here:
        sys.stderr.write(_WITHOUT_TESTS)
    if args.write:
        page = ROOT / _RULES_PAGE
        page.write_text(page_of(known), encoding="utf-8")
        return f"{page} is written\n"
    return as_json(known) if args.json else as_table(known)


def as_json(known: "Coverage") -> str:
    content = {
        "core": len(known.core),
        "implemented": sum(bool(held.cited) for held in known.core),
        "tested": sum(bool(held.tests) for held in known.core),
        "missing": [held.quote.id for held in known.missing],
        "rules": [
            {"id": held.quote.id, "class": held.quote.class_.name, "tests": list(held.tests)} for held in known.rules
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def as_table(known: "Coverage") -> str:
    lines = [f"{'rule':<12} {'class':<8} {'values':>6} {'tests':>6}  "]
    lines += [
        f"{held.quote.id:<12} {held.quote.class_.name:<8} {len(held.cited):>6} {len(held.tests):>6}  {_state(held)}"
        for held in known.rules
    ]
    lines += ["", _summary(known)]
    lines += [f"missing: {', '.join(held.quote.id for held in known.missing)}"] if known.missing else []
    return "".join(f"{line.rstrip()}\n" for line in lines)


def page_of(known: "Coverage") -> str:
    """docs/rules.md; every rule with the sentence it comes from, what holds it and what shows it."""
    lines = [
        "# The rules",
        "",
        "Written by `./run gateway policy coverage --write`; do not edit. The quotes are the notices' own words, the",
        "English beside them is ours and has no legal weight. CORE rules are computed, reminded, gated, broadcast or",
        "escalated here; SUPPORT rules are carried as data an office configures; OUT is beyond a chat gateway.",
        "",
        _summary(known),
    ]
    document = ""
    for held in known.rules:
        if held.quote.document != document:
            document = held.quote.document
            lines += ["", f"## {document}", ""]
            lines += [
                "| rule | clause | class | kind | who | says | held by | shown by |",
                "|---|---|---|---|---|---|---|---|",
            ]
        lines.append(_row(held))
    return "\n".join(lines) + "\n"


def _row(held: "Held") -> str:
    quote = held.quote
    says = f"{quote.english} 「{quote.quote_zh}」"
    cells = (
        quote.id,
        quote.clause,
        quote.class_.name,
        ", ".join(quote.kinds),
        quote.population,
        says,
        "<br>".join(f"`{where}`" for where in held.cited) or "—",
        "<br>".join(f"`{test}`" for test in held.tests) or "—",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _summary(known: "Coverage") -> str:
    implemented, tested = sum(bool(held.cited) for held in known.core), sum(bool(held.tests) for held in known.core)
    return f"{len(known.core)} CORE rules: {implemented} implemented, {tested} tested, {len(known.missing)} missing."


def _state(held: "Held") -> str:
    if held.quote.class_.name != "CORE":
        return ""
    return ", ".join(word for word, given in (("not implemented", held.cited), ("not tested", held.tests)) if not given)
