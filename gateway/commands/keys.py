"""gateway keys: the keyring, without which nothing sealed in the record can be read."""

import argparse
import sys
from typing import Any

from gateway.errors import Conflict
from gateway.record.vault import create_keyring


class KeyringExists(Conflict):
    """There is a keyring already; it is never overwritten."""


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("keys", help="make the keyring")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("create", help="write a new keyring to SHAODIAN_KEYRING").set_defaults(run=create)
    actions.add_parser("rotate", help="a new wrapping key, and every person's key under it").set_defaults(run=rotate)


def rotate(args: argparse.Namespace) -> int:
    from gateway.commands.houses import run_with_house

    settings = args.settings()
    key_id, people = run_with_house(settings, lambda house: house.retention.rotate_keys(settings.keyring_path))
    sys.stderr.write(f"Key {key_id} is active; the keys of {people} people are under it. Older keys open backups.\n")
    return 0


def create(args: argparse.Namespace) -> int:
    path = args.settings().keyring_path
    try:
        create_keyring(path)
    except FileExistsError:
        raise KeyringExists(f"{path} exists already and is never overwritten.") from None
    sys.stderr.write(f"Wrote {path}. Keep a copy in a safe place apart from the database and its backups.\n")
    return 0
