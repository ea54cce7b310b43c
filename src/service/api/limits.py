"""How often one address may ask: a window that slides, kept in memory."""

import ipaddress
import math
from time import time

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import Request

from ..problems import Problem


class Limiter:
    """The requests of each address, counted."""

    def __init__(self, rate: str) -> None:
        """Take how many there may be, such as `600 per minute`."""
        self._rate, self._limiter = parse(rate), SlidingWindowCounterRateLimiter(MemoryStorage())

    @property
    def amount(self) -> int:
        """How many there may be in the time that the rate names."""
        return int(self._rate.amount)

    async def __call__(self, request: Request) -> None:
        """Count one request. Raises Problem if it is one too many."""
        await self.count(request, 1)

    async def count(self, request: Request, cost: int) -> None:
        """Count a request as so many. Raises Problem, and counts none, if that is too many."""
        address = find_asker(request)
        if cost and not await self._limiter.hit(self._rate, address, cost=cost):
            stats = await self._limiter.get_window_stats(self._rate, address)
            wait = max(1, math.ceil(stats.reset_time - time()))
            raise Problem(
                "too-many",
                f"此地址的请求超过 {self._rate}",
                f"more than {self._rate} from this address",
                headers={"Retry-After": str(wait)},
            )


def find_asker(request: Request) -> str:
    """Return by what an asker is counted: its address, of IPv6 the network of 64 bits that is one customer's."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(ipaddress.ip_network((int(address), 64), strict=False))
