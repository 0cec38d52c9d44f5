"""gateway api: serve the API and the officials' console on GATEWAY_PORT."""

import argparse
from typing import Any

from gateway.logs import configure


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("api", help="serve the API and the officials' console")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    import uvicorn

    from gateway import bootstrap

    settings = args.settings()
    configure(process="api")
    uvicorn.run(
        bootstrap.api_of(settings),
        host=settings.gateway_host,
        port=settings.gateway_port,
        loop="uvloop",
        log_config=None,
        access_log=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=3,
        server_header=False,
    )
    return 0
