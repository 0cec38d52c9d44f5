"""`gateway policy preview` and `gateway policy activate`: what a pack would do to plans under way, and doing it.

Both work on the record, so they start the embedded engines where no others are named.
"""

import argparse
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.domain.kinds import ActivationId
from gateway.errors import Invalid, ShaodianError

if TYPE_CHECKING:
    from gateway.access.house import House
    from gateway.domain.packs import Pack
    from gateway.schemas.policies import PreviewOut

Verbs = Any


def add(verbs: Verbs) -> None:
    preview = verbs.add_parser("preview", help="what putting a pack in force would do to plans under way")
    _say_which(preview)
    preview.set_defaults(run=run, answer=_preview)
    activate = verbs.add_parser("activate", help="put a pack in force: every plan of the area follows it, or none")
    _say_which(activate)
    activate.add_argument("--by", required=True, metavar="NAME", help="the official who does it")
    activate.add_argument(
        "--accept-off",
        nargs="*",
        action="extend",
        metavar="VALUE",
        help="values that are not set: what uses them stays off; without a name, all of them",
    )
    activate.set_defaults(run=run, answer=_activate)
    withdraw = verbs.add_parser("withdraw", help="take back what was to come into force on a later day")
    withdraw.add_argument("area", help="where it was to come into force")
    withdraw.add_argument("pack", help="the pack's id")
    withdraw.add_argument("--by", required=True, metavar="NAME", help="the official who does it")
    withdraw.add_argument("--json", action="store_true", help="print JSON alone")
    withdraw.set_defaults(run=run, answer=_withdraw)


def _say_which(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pack", help="a file, the id of a pack that comes with the system, or a kept version's hash")
    parser.add_argument("--area", metavar="CODE", help="a part of the pack's jurisdiction")
    parser.add_argument("--from", dest="since", metavar="DATE", help="its first day, today if it has begun")
    parser.add_argument("--overlay", action="append", default=[], type=Path, metavar="FILE")
    parser.add_argument("--sign-off", action="append", default=[], metavar="VALUE", help="a value --by signs for")
    parser.add_argument("--json", action="store_true", help="print JSON alone")


def run(args: argparse.Namespace) -> int:
    """0, or 2 with one sentence on standard error and nothing on standard output."""
    from gateway.commands.houses import run_with_house

    answer: Callable[[House, argparse.Namespace], Awaitable[str]] = args.answer

    async def do(house: "House") -> str:
        return await answer(house, args)

    try:
        said = run_with_house(args.settings(), do)
    except ShaodianError as trouble:
        sys.stderr.write(f"{trouble.detail}\n")
        return 2
    sys.stdout.write(said)
    return 0


async def _preview(house: "House", args: argparse.Namespace) -> str:
    from gateway.services.policy_changes import preview_out

    hash_ = await _kept(house, args, by="preview")
    preview = await house.policy_changes.preview(hash_, official=None, area=args.area, effective_from=_day(args.since))
    out = preview_out(preview)
    if args.json:
        return out.model_dump_json(indent=2) + "\n"
    return "".join(f"{line}\n" for line in _as_table(out, preview.summary.shifts()))


async def _activate(house: "House", args: argparse.Namespace) -> str:
    from gateway.services.policy_changes import activation_out

    official = await house.policy_changes.named(args.by)
    hash_ = await _kept(house, args, by=official.name)
    accepted = args.accept_off
    if accepted == []:
        preview = await house.policy_changes.preview(
            hash_, official=official, area=args.area, effective_from=_day(args.since)
        )
        accepted = [one.value for one in preview.off]
    activation = await house.policy_changes.activate(
        hash_,
        official=official,
        area=args.area,
        effective_from=_day(args.since),
        accepts_off=accepted or (),
        overlays=tuple(path.stem for path in args.overlay),
    )
    out = activation_out(activation)
    if args.json:
        return out.model_dump_json(indent=2) + "\n"
    figures = "".join(f", {name} {count}" for name, count in out.figures.items())
    when = "is in force" if out.applied_at else f"comes into force on {out.effective_from}"
    return f"{out.pack} version {out.version} {when} in {out.area}, by {out.activated_by}{figures}\n"


async def _withdraw(house: "House", args: argparse.Namespace) -> str:
    from gateway.services.policy_changes import activation_out

    official = await house.policy_changes.named(args.by)
    to_come = [
        one.activation
        for one in await house.policy_changes.standing(official=official)
        if (one.activation.area, one.activation.pack_id) == (args.area, args.pack)
        and one.activation.applied_at is None
        and one.activation.withdrawn_at is None
    ]
    if not to_come:
        raise Invalid(f"nothing of {args.pack} is to come into force in {args.area}")
    out = activation_out(await house.policy_changes.withdraw(ActivationId(to_come[0].id), official=official))
    if args.json:
        return out.model_dump_json(indent=2) + "\n"
    return f"{out.pack} version {out.version} does not come into force in {out.area}: withdrawn by {out.withdrawn_by}\n"


async def _kept(house: "House", args: argparse.Namespace, *, by: str) -> str:
    """The hash of the version that is meant; a file is checked and kept first."""
    from gateway.policies.loader import FOLDER, pack_ids

    path = Path(args.pack)
    if args.pack in pack_ids():
        path = FOLDER / f"{args.pack}.yaml"
    if path.is_file():
        return (await house.policy_changes.keep(_read(path, args, by), by=by)).hash
    if args.overlay or args.sign_off:
        raise Invalid("a kept version is complete: --overlay and --sign-off go with a file")
    return (await house.policy_changes.find(args.pack)).hash


def _read(path: Path, args: argparse.Namespace, by: str) -> "Pack":
    from gateway.domain.rules import DEFAULT
    from gateway.domain.sign_offs import SignOff
    from gateway.policies.loader import read_pack

    signed = [SignOff(value=value, by=by, rule=DEFAULT) for value in args.sign_off]
    return read_pack(path, overlays=args.overlay, signed=signed)


def _day(said: str | None) -> date | None:
    if said is None:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise Invalid(f"--from {said}: a day is written 2021-01-20") from None


def _as_table(out: "PreviewOut", shifts: tuple[tuple[int, int], ...]) -> Iterator[str]:
    yield f"{out.pack.title} ({out.pack.id} version {out.pack.version}) for {out.area}, from {out.effective_from}"
    if out.replaces:
        yield f"  instead of {out.replaces.pack} version {out.replaces.version}, by {out.replaces.activated_by}"
    yield f"  {out.plans} open plans, {out.changed} of them change, {out.told} people would be told"
    yield f"  {out.waiting} wait for an official: nothing is shortened or ended without one"
    for why, plans in out.unplanned.items():
        yield f"  {plans} cannot be planned: {why}"
    if out.moved:
        yield ""
        yield f"  {'profile':<26} {'what':<18} {'was':<12} {'becomes':<12} plans"
    for moved in out.moved:
        was, becomes = (str(day) if day else "—" for day in (moved.was, moved.becomes))
        yield f"  {moved.profile:<26} {moved.what:<18} {was:<12} {becomes:<12} {moved.plans:>5}"
    if shifts:
        most = max(count for _, count in shifts)
        yield ""
        for days, count in shifts:
            yield f"  {days:>+4} days {'█' * max(1, round(40 * count / most))} {count}"
    if out.off:
        yield ""
        yield f"  {len(out.off)} values are not set; what uses them stays off (--accept-off):"
        for unset in out.off:
            yield f"    {unset.value} ({unset.rule})"
    for signed in out.signed_off:
        yield f"  {signed.value} signed for by {signed.by} ({signed.rule})"
