"""`gateway policy`: read, check and ask the packs. Needs neither the running system nor any setting."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.commands import policy_ambiguities, policy_changes, policy_coverage, policy_mechanisms
from gateway.domain.calendars import Moment
from gateway.domain.differences import differences, who_may_set
from gateway.domain.packs import Pack, anchor_named
from gateway.domain.plans import LABORATORY, Plan, PlanItem, laboratory_plan, make_plan
from gateway.domain.rules import DEFAULT, Unset
from gateway.domain.screenings import paid_by
from gateway.errors import Invalid, ShaodianError


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("policy", help="the policy packs: list, show, validate, plan")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    plan = verbs.add_parser("plan", help="what a pack asks of one person, and when")
    plan.add_argument(
        "--pack", action="append", required=True, help="for example sd-2020-09; repeatable for laboratories"
    )
    plan.add_argument("--profile", required=True, help="for example close_contact, or laboratory")
    plan.add_argument("--exempt", metavar="WORD", help="people other rules apply to, for example fast_track")
    plan.add_argument(
        "--at", action="append", default=[], metavar="ANCHOR=TIME", help="2021-01-05 or 2021-01-07T10:00, repeatable"
    )
    plan.add_argument(
        "--overlay", action="append", default=[], type=Path, metavar="FILE", help="values laid over the pack"
    )
    plan.add_argument("--json", action="store_true", help="print JSON alone")
    plan.set_defaults(run=run, answer=_plan)

    listing = verbs.add_parser("list", help="the packs that come with the system")
    listing.set_defaults(run=run, answer=_list)

    show = verbs.add_parser("show", help="everything a pack says, with its sources")
    show.add_argument("pack")
    show.add_argument("--overlay", action="append", default=[], type=Path, metavar="FILE")
    show.set_defaults(run=run, answer=_show)

    covered = verbs.add_parser("coverage", help="every rule: is a value of ours behind it, and which test shows it")
    covered.add_argument("--json", action="store_true", help="print JSON alone")
    covered.add_argument("--write", action="store_true", help="write docs/rules.md instead")
    covered.set_defaults(run=run, answer=policy_coverage.answer)

    named = verbs.add_parser("mechanisms", help="what the notices want to exist, and where it is found here")
    named.add_argument("--write", action="store_true", help="write docs/mechanisms.md instead")
    named.set_defaults(run=run, answer=policy_mechanisms.answer)

    readings = verbs.add_parser("ambiguities", help="what the notices leave open, and which reading holds")
    readings.set_defaults(run=run, answer=policy_ambiguities.answer)

    policy_changes.add(verbs)

    validate = verbs.add_parser(
        "validate", help="check packs' files: what is wrong, unset, or said otherwise elsewhere"
    )
    validate.add_argument("files", type=Path, nargs="+", metavar="FILE")
    validate.add_argument("--overlay", action="append", default=[], type=Path, metavar="FILE")
    validate.set_defaults(run=run, answer=_validate)


def run(args: argparse.Namespace) -> int:
    """0, or 2 with one sentence on standard error and nothing on standard output."""
    try:
        said: str = args.answer(args)
    except ShaodianError as trouble:
        sys.stderr.write(f"{trouble.detail}\n")
        return 2
    sys.stdout.write(said)
    return 0


def _plan(args: argparse.Namespace) -> str:
    # The loader brings pydantic; `--help` should not wait for it.
    from gateway.policies.loader import load_pack

    packs = [load_pack(each, overlays=args.overlay) for each in dict.fromkeys(args.pack)]
    pack = packs[0]
    anchors = _anchors(args.at, pack.zone)
    if args.profile == LABORATORY:
        plan = laboratory_plan(packs, anchors)
    elif len(packs) > 1:
        raise Invalid("a person's plan is made from one pack; a laboratory may be held to several")
    else:
        plan = make_plan(pack, args.profile, anchors, exempt_as=args.exempt)
    if args.json:
        return json.dumps(_as_json(plan), ensure_ascii=False, indent=2) + "\n"
    return "".join(f"{line}\n" for line in _as_table(plan, pack))


def _anchors(given: list[str], zone: ZoneInfo) -> Mapping[str, Moment]:
    anchors: dict[str, Moment] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise Invalid(f"--at {each}: an anchor is given as NAME=TIME, for example isolation_start=2021-01-07T10:00")
        anchor = anchor_named(name.strip())
        if anchor in anchors:
            raise Invalid(f"--at {each}: {anchor} is given twice")
        anchors[anchor] = _moment(value.strip(), each, zone)
    return anchors


def _moment(value: str, said: str, zone: ZoneInfo) -> Moment:
    try:
        moment = date.fromisoformat(value) if len(value) <= 10 else datetime.fromisoformat(value)
    except ValueError:
        raise Invalid(f"--at {said}: a time is written 2021-01-05 or 2021-01-07T10:00") from None
    if not 1900 <= moment.year < 2200:
        raise Invalid(f"--at {said}: the year {moment.year} cannot be meant")
    if isinstance(moment, datetime) and moment.tzinfo is None:
        return moment.replace(tzinfo=zone)
    return moment


def _as_json(plan: Plan) -> dict[str, Any]:
    unset = [{"value": each.value, "rule": each.rule, "ask": each.ask} for each in plan.left_open]
    return ({"not_configured": unset} if unset else {}) | {
        "periods": [
            {
                "kind": period.kind,
                "starts_at": period.starts_at.isoformat(),
                "ends_at": period.ends_at.isoformat() if period.ends_at else None,
                "rules": period.rules,
            }
            for period in plan.periods
        ],
        "items": [
            {
                "kind": item.kind,
                "test": item.test,
                "opens_at": item.opens_at.isoformat(),
                "due_at": item.due_at.isoformat() if item.due_at else None,
                "rules": item.rules,
                "assumes": item.assumes,
                "reminders": [at.isoformat() for at in item.reminders],
                "ladder": [
                    {"level": step.level, "roles": step.roles, "at": step.at.isoformat()} for step in item.ladder
                ],
            }
            for item in plan.items
        ],
    }


def _as_table(plan: Plan, pack: Pack) -> Iterator[str]:
    profile = pack.profiles.get(plan.profile)
    called = f"{profile.title.en} ({profile.title.zh})" if profile else plan.profile
    yield f"{called} by {pack.id}, times in {pack.timezone}"
    if profile and not plan.periods and not plan.items:
        yield f"  nothing is asked of this person: {', '.join(plan.excused_by or profile.source)}"
    for period in plan.periods:
        ends = _clock(period.ends_at) if period.ends_at else "open"
        yield f"  {period.kind:<9} {_clock(period.starts_at)} … {ends}   {', '.join(period.rules)}"
    if plan.items:
        yield ""
        yield f"  {'what':<22} {'opens':<16}   {'due':<16}   rules"
    for item in plan.items:
        due = _clock(item.due_at) if item.due_at else "not stated"
        yield f"  {_what(item):<22} {_clock(item.opens_at)}   {due:<16}   {', '.join(item.rules)}"
        for assumed in item.assumes:
            yield f"  {'':<22} assuming that {assumed}"
        if item.reminders:
            yield f"  {'':<22} reminders {', '.join(_clock(at) for at in item.reminders)}"
        if item.ladder:
            yield f"  {'':<22} if nobody reacts {', '.join(f'{step.level} {_clock(step.at)}' for step in item.ladder)}"
    for unset in plan.left_open:
        yield ""
        yield f"  left out, not configured: {unset.value} ({unset.rule}); ask {unset.ask} to set it"
    if profile and plan.items and (costs := paid_by(pack.payers, profile)):
        yield ""
        yield f"  paid by {costs.payer}   {', '.join(costs.source)}"
    if plan.next_profile:
        yield ""
        yield f"  then {plan.next_profile}"


def _what(item: PlanItem) -> str:
    return f"{item.kind} {item.test}" if item.test else f"{item.key}"


def _clock(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")


def _list(args: argparse.Namespace) -> str:
    from gateway.policies.loader import load_pack, pack_ids

    lines = []
    for pack in map(load_pack, pack_ids()):
        since = "no date set" if isinstance(pack.effective_from, Unset) else f"from {pack.effective_from}"
        where = "no jurisdiction set" if isinstance(pack.jurisdiction, Unset) else f"for {pack.jurisdiction}"
        lines.append(f"{pack.id:<12} {where:<20} {since:<16} {len(pack.profiles):>2} profiles   {pack.title}\n")
    return "".join(lines)


def _show(args: argparse.Namespace) -> str:
    from gateway.policies.loader import load_pack

    pack = load_pack(args.pack, overlays=args.overlay)
    lines = [f"{pack.title} ({pack.id}, version {pack.version})", ""]
    lines += _sections(pack)
    unset = pack.unset()
    lines += ["", f"{len(unset)} values are REQUIRED and not set:" if unset else "Every REQUIRED value is set."]
    lines += [f"  {each.value} ({each.rule})" for each in unset]
    return "".join(f"{line}\n" for line in lines)


_ASIDE = frozenset({"overlaid", "source", "quotes"})


def _sections(pack: Pack) -> Iterator[str]:
    """Section by section, a line for each value; what no rule is cited for is shown as not from policy."""
    for each in fields(pack):
        part = getattr(pack, each.name)
        if each.name in _ASIDE or part is None or part == {}:
            continue
        if isinstance(part, Mapping) or is_dataclass(part) and not isinstance(part, Unset):
            yield ""
        yield from _lines(part, each.name, (), pack.overlaid)


def _lines(part: Any, way: str, source: tuple[str, ...], overlaid: Mapping[str, str]) -> Iterator[str]:
    if isinstance(part, Mapping):
        for key, value in part.items():
            yield from _lines(value, f"{way}.{key}", source, overlaid)
    elif is_dataclass(part) and not isinstance(part, Unset | type):
        source = getattr(part, "source", source)
        for name, value in _given(part):
            own: tuple[str, ...] = getattr(part, f"{name}_source", None) or source
            yield from _lines(value, f"{way}.{name}", own, overlaid)
    elif isinstance(part, tuple) and any(is_dataclass(each) for each in part):
        for number, each in enumerate(part):
            here = f"{way}[{number}]"
            own = getattr(each, "source", source)
            yield f"{here:<46} {_value(each)}  [{_origin(here, each, own, overlaid)}]"
    else:
        yield f"{way:<46} {_value(part)}  [{_origin(way, part, source, overlaid)}]"


def _given(part: Any) -> Iterator[tuple[str, Any]]:
    for each in fields(part):
        value = getattr(part, each.name)
        if each.name in _ASIDE or each.name.endswith("_source") or value is None or value is False or value in ((), {}):
            continue
        yield each.name, value


def _origin(way: str, value: Any, source: tuple[str, ...], overlaid: Mapping[str, str]) -> str:
    if isinstance(value, Unset):
        return f"REQUIRED, not set ({value.rule})"
    for laid, note in overlaid.items():
        if laid.removeprefix("pack.") == way or is_dataclass(value) and laid.startswith(f"{way}."):
            return note
    if is_dataclass(value) and (unset := next((each for _, each in _given(value) if isinstance(each, Unset)), None)):
        return f"REQUIRED, not set ({unset.rule})"
    if not source:
        return "pack"
    return ", ".join("not from policy" if rule == DEFAULT else rule for rule in source)


def _value(value: Any) -> str:
    if isinstance(value, Unset):
        return "—"
    if is_dataclass(value):
        return ", ".join(f"{name} {_value(each)}" for name, each in _given(value))
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_value(each)}" for key, each in value.items())
    if isinstance(value, tuple):
        return ", ".join(_value(each) for each in value)
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return str(value.value) if isinstance(value, Enum) else str(value)


def _validate(args: argparse.Namespace) -> str:
    from gateway.policies.loader import load_packs, read_pack, refuse_overlaps

    shipped = load_packs()
    given = [read_pack(path, overlays=args.overlay) for path in args.files]
    replaced = {(pack.id, pack.version) for pack in given}
    others = [pack for pack in shipped.values() if (pack.id, pack.version) not in replaced]
    refuse_overlaps([*others, *given])
    lines: list[str] = []
    for path, pack in zip(args.files, given, strict=True):
        lines += [f"{path} is a good pack: {pack.id}, version {pack.version}, {len(pack.profiles)} profiles"]
        lines += _unset_lines(pack)
        lines += _difference_lines(pack, [*shipped.values(), *given])
    return "".join(f"{line}\n" for line in lines)


def _unset_lines(pack: Pack) -> Iterator[str]:
    """What is switched off, and who may switch it on."""
    unset = pack.unset()
    if unset:
        yield f"  {len(unset)} REQUIRED values are not set; what needs one answers 'not configured':"
    for each in unset:
        part = next((part for part, waiting in pack.switched_off().items() if each in waiting), "the whole pack")
        yield f"    {each.value} ({each.rule}): switches off {part}; {each.ask} may set it"


def _difference_lines(pack: Pack, others: list[Pack]) -> Iterator[str]:
    """What other documents say otherwise, and who settled it."""
    found = differences(pack, others)
    if found:
        yield f"  {len(found)} values are said otherwise elsewhere; each needs a named sign-off (signed_off):"
    for each in found:
        signed = f"signed by {each.settled.by} ({each.settled.rule})" if each.settled else ""
        yield f"    {each.sentence}; {signed or f'not signed, {who_may_set(pack.jurisdiction)} may sign'}"
