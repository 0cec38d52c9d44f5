"""`gateway policy mechanisms`: what the notices want to exist, and where it is found here."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.policies.mechanisms import Mechanism

_PAGE = Path("docs") / "mechanisms.md"


def answer(args: argparse.Namespace) -> str:
    # The loader brings pydantic; `--help` should not wait for it.
    from gateway.policies.coverages import ROOT
    from gateway.policies.mechanisms import load_mechanisms

    text = page_of(load_mechanisms())
    if args.write:
        page = ROOT / _PAGE
        page.write_text(text, encoding="utf-8")
        return f"{page} is written\n"
    return text


def page_of(known: Sequence["Mechanism"]) -> str:
    """docs/mechanisms.md"""
    lacking = sum(bool(one.lacks) for one in known)
    lines = [
        "# The mechanisms",
        "",
        "Written by `./run gateway policy mechanisms --write`; do not edit. The notices name systems and",
        "mechanisms beside their rules: codes, declarations, registers, lists, hotlines. These are the CORE ones,",
        "with the doors to each: a conversation in the chat, a form it asks, a page, a call of the API, a",
        "command; or a matter, duty, register or capacity of a pack. `./run check` fails for a door that does not",
        "exist.",
        "",
        f"{len(known)} CORE mechanisms, {len(known) - lacking} of them whole, {lacking} with something missing.",
        "",
        "| | mechanism | | where | what is missing |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *(_row(one) for one in known)]) + "\n"


def _row(one: "Mechanism") -> str:
    by_kind: dict[str, list[str]] = {}
    for kind, name in one.doors:
        by_kind.setdefault(kind, []).append(f"`{name}`")
    where = "; ".join(f"{kind} {', '.join(names)}" for kind, names in by_kind.items())
    return f"| {one.id} | {one.zh} | {one.en} | {where} | {one.lacks} |"
