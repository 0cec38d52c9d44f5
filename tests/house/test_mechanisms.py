"""What `./run check` says of a mechanism without a door, or of a page that is behind."""

from dataclasses import replace

from gateway.commands.policy_mechanisms import page_of
from gateway.policies.mechanisms import load_mechanisms
from tests.house.mechanisms import CORE, PAGE, faults

EXISTING = {kind: {name for one in load_mechanisms() for door, name in one.doors if door == kind} for kind in (
    "chat", "form", "page", "api", "command", "matter", "duty", "register", "capacity")}  # fmt: skip


def test_all_of_them_are_named_once_and_the_page_is_theirs() -> None:
    known = load_mechanisms()
    assert len(known) == len({one.id for one in known}) == CORE
    assert list(faults(known, EXISTING, PAGE.read_text(encoding="utf-8"))) == []


def test_a_door_that_is_gone_is_named() -> None:
    first, second, *rest = load_mechanisms()
    changed = [replace(first, chat=("nowhere",)), replace(second, chat=(), page=()), *rest]
    assert list(faults(changed, EXISTING, page_of(changed))) == [
        f"{first.id}: there is no chat nowhere",
        f"{second.id} has no door",
    ]
    assert "docs/mechanisms.md" in list(faults(changed, EXISTING, ""))[-1]
