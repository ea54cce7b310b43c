"""Where a server listens, and how its address is written."""

import os
import socket

from ledger.audit.wording import translate
from ledger.cli.speech import tr
from ledger.proof.errors import Refused

KEEP_ALIVE_SECONDS = 75
"""How long a connection is kept on which nothing is asked."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises Refused, with the system's reason."""
    try:
        made = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        # By its number it is seen to be TCP, and asyncio sets TCP_NODELAY: else each answer waits 40 ms for the other
        # side's acknowledgement of its first half.
        return socket.socket(fileno=made.detach())
    except (OSError, OverflowError) as error:
        number = getattr(error, "errno", None)
        why = os.strerror(number) if isinstance(number, int) and number > 0 else str(error)
        raise Refused(
            tr(
                f"无法在 {host} 的端口 {port} 上监听：{translate(why)}；可用 --port 另选一个",
                f"cannot listen on {host}, port {port}: {why}; --port takes another",
            )
        ) from None


def format_address(listening: socket.socket) -> str:
    """Return the URL of a socket that listens, without a slash at its end."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
