"""uvicorn, as the service runs it: what it trusts of a request, and for how long it waits."""

import uvicorn

from .app import Application
from .protocol import make_protocol
from .settings import Settings
from .sockets import KEEP_ALIVE_SECONDS

GRACE_SECONDS = 30
"""How long what is under way has when the process is told to stop."""


def make_server(app: Application, settings: Settings) -> uvicorn.Server:
    """Return a server that runs on the sockets that it is given."""
    config = uvicorn.Config(
        app.serve,
        http=make_protocol(settings.seconds, settings.connections, settings.proxies),
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=settings.proxies or None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return uvicorn.Server(config)
