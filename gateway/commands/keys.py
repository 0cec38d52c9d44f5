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


def create(args: argparse.Namespace) -> int:
    path = args.settings().keyring_path
    try:
        create_keyring(path)
    except FileExistsError:
        raise KeyringExists(f"{path} exists already and is never overwritten.") from None
    sys.stderr.write(f"Wrote {path}. Keep a copy in a safe place apart from the database and its backups.\n")
    return 0
