"""python -m gateway VERB: each verb is a file in gateway/commands, imported only when it is asked for."""

import argparse
import functools
import importlib
import importlib.util
import sys
from collections.abc import Sequence

from gateway.errors import Invalid, ShaodianError

VERBS = {
    "up": ("gateway.commands.up", "start everything on this machine and keep it running"),
    "api": ("gateway.commands.api", "serve the API and the officials' console"),
    "work": ("gateway.commands.work", "work the agenda and send; run as many as needed"),
    "migrate": ("gateway.commands.migrate", "bring the database to the newest schema"),
    "rebuild": ("gateway.commands.rebuild", "rebuild the index of what is due from the record"),
    "demo": ("gateway.commands.demo", "load the demo town"),
    "invite": ("gateway.commands.invite", "invite an official"),
    "login": ("gateway.commands.login", "make a one-time link into the console"),
    "policy": ("gateway.commands.policy", "work with policy packs: list, show, plan"),
    "import": ("gateway.commands.imports", "import a risk list or a checklist"),
    "token": ("gateway.commands.token", "make and revoke API tokens"),
    "keys": ("gateway.commands.keys", "make the keyring and rotate its keys"),
    "drill": ("gateway.commands.drill", "play a drill file on a held clock"),
}


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="gateway", usage="%(prog)s VERB ...", add_help=False)
    subparsers = parser.add_subparsers(dest="verb", prog="gateway")
    verb = argv[0] if argv else "--help"
    if verb in ("-h", "--help", "help"):
        return _list_verbs()
    if verb not in VERBS:
        sys.stderr.write(f"gateway: there is no verb '{verb}'; `gateway --help` lists them.\n")
        return 2
    module = VERBS[verb][0]
    try:
        importlib.import_module(module).add(subparsers)
    except ModuleNotFoundError as missing:
        if missing.name != module:
            raise
        sys.stderr.write(f"gateway: this version has no '{verb}' yet.\n")
        return 2
    args = parser.parse_args(argv)
    args.settings = _settings
    return _run(args)


def _run(args: argparse.Namespace) -> int:
    try:
        return int(args.run(args))
    except ShaodianError as error:
        sys.stderr.write(f"gateway {args.verb}: {error.detail}\n")
        if isinstance(error, Invalid) and len(error.faults) > 1:
            sys.stderr.writelines(f"  {fault.where}: {fault.message}\n" for fault in error.faults)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141


@functools.cache
def _settings() -> object:
    """The settings, read at most once and only by a verb that needs them."""
    from gateway.settings import Settings

    try:
        return Settings()
    except ValueError as error:
        faults = error.errors() if hasattr(error, "errors") else []
        wrong = "; ".join(
            ": ".join([*(str(one).upper() for one in fault["loc"][:1]), fault["msg"]]) for fault in faults
        )
        raise Invalid(f"the settings are not right: {wrong or error}") from None


def _list_verbs() -> int:
    known = {verb: words for verb, (module, words) in VERBS.items() if importlib.util.find_spec(module)}
    width = max(map(len, known))
    sys.stdout.write("usage: gateway VERB ... (each verb has --help)\n\n")
    sys.stdout.writelines(f"  {verb:<{width}}  {words}\n" for verb, words in known.items())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
