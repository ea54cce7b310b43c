"""How often one address may ask: a window that slides, kept in memory."""

import ipaddress
import math
from functools import lru_cache
from time import time
from typing import Literal

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
                f"此地址的请求过多，{self._tell('zh')}",
                f"too many requests from this address, {self._tell('en')}",
                headers={"Retry-After": str(wait)},
            )

    def _tell(self, code: Literal["zh", "en"]) -> str:
        """Return the rate in words."""
        number, unit = self._rate.multiples, self._rate.GRANULARITY.name
        zh, en = f"{number} {UNITS[unit]}".removeprefix("1 "), unit if number == 1 else f"{number} {unit}s"
        return f"每{zh}至多 {self.amount} 次" if code == "zh" else f"at most {self.amount} per {en}"


UNITS = {"second": "秒钟", "minute": "分钟", "hour": "小时", "day": "天", "month": "个月", "year": "年"}


def find_asker(request: Request) -> str:
    """Return by what an asker is counted."""
    return find_customer(request.client.host if request.client else "")


@lru_cache(4096)
def find_customer(host: str) -> str:
    """Return an address; of IPv6 the network of 64 bits that is one customer's, or the IPv4 address that it stands for.

    By hand: `::ffff:192.0.2.1`, as a socket for both kinds writes it, is 192.0.2.1.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), 64), strict=False))
