"""gateway api: the API and the officials' console on GATEWAY_PORT."""

import argparse
import gc
from typing import Any

import uvicorn

from gateway import logs
from gateway.bootstrap import api_of
from gateway.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("api", help="serve the API and the officials' console")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    settings: Settings = args.settings()
    logs.configure(process="api")
    app = api_of(settings)
    # What start-up made stays; the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    uvicorn.run(
        app,
        host=settings.gateway_host,
        port=settings.gateway_port,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        access_log=False,
        server_header=False,
        log_config=None,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=20,
    )
    return 0
