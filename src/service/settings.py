"""What the operator sets: by options of `serve`, and by the environment. Who could change one is trusted with it.

None of them can make a false history true: whoever verifies the log trusts the units' keys, the log's and the
witnesses', never the service. What each is trusted with is said in its description, which the guide repeats.
"""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ledger.cli.speech import tr

Role = Literal["public", "officials", "all"]
PREFIX = "DOUBLE_RANDOM_SERVE_"
"""What a setting's variable begins with; the rest is its name, in capitals."""


def _check_rate(rate: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{0,8} per (second|minute|hour)", rate):
        raise ValueError(tr("应为如 600 per minute", "expected such as 600 per minute"))
    return rate


def _check_proxies(proxies: str) -> str:
    for proxy in filter(None, proxies.split(",")):
        ipaddress.ip_network(proxy.strip())
    return proxies


def _check_address(address: str) -> str:
    if address and not re.fullmatch(r"https?://[!-~]+", address):
        raise ValueError(tr("应为网址", "expected the address of a page"))
    return address


class Settings(BaseModel):
    """All settings of one process. Raises pydantic's ValidationError for one that cannot be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(
        description="`--dir`. Trusted: whoever chooses it chooses which log is served; readers who know the log's key "
        "see that it is another one."
    )
    role: Role = Field(
        "all",
        description="`--role`. Trusted: with `officials` or `all` the process reads the log's key and the sealed "
        "values' key; with `public` it reads `log/` and no key.",
    )
    rate: Annotated[str, AfterValidator(_check_rate)] = Field(
        "600 per minute",
        description="How many requests under `/api/` and to `/complaints/` one address may make. Trusted: a high one lets "
        "one address keep the others waiting; nothing else depends on it.",
    )
    complaints: Annotated[str, AfterValidator(_check_rate)] = Field(
        "6 per hour",
        description="How many complaints one address may hand in. Trusted: a low one keeps complainants out who share "
        "an address, a high one lets one address fill the log.",
    )
    complaints_at: Annotated[str, AfterValidator(_check_address)] = Field(
        "",
        description="Where complaints are taken, if this process does not: an address that its page links to. Trusted: "
        "complainants go there.",
    )
    submissions: int = Field(
        256,
        ge=1,
        le=4096,
        description="How many submissions may be under way at once; each occupies a thread. Trusted as `rate` is.",
    )
    imports: int = Field(
        4,
        ge=1,
        le=64,
        description="How many imports, of many events each, may be under way at once; each takes up to 50 MB. "
        "Trusted as `rate` is.",
    )
    connections: int = Field(
        1000,
        ge=2,
        le=100_000,
        description="How many connections are served at once; of one address, but of a proxy, a quarter. Trusted as `rate` is.",
    )
    seconds: float = Field(
        10,
        gt=0,
        le=600,
        description="How long a request's headers may take to come in, and then each mebibyte of its body, and how long an "
        "answer may wait to be read. Trusted as `rate` is.",
    )
    proxies: Annotated[str, AfterValidator(_check_proxies)] = Field(
        "",
        description="Addresses or networks of the proxies in front, with commas between them. Trusted: they say from "
        "which address a request comes (`X-Forwarded-For`), which is what `rate` counts by.",
    )

    @classmethod
    def read(cls, environment: Mapping[str, str], folder: Path, role: Role) -> Self:
        """Return the settings of an environment and of the options."""
        names = {f"{PREFIX}{name.upper()}": name for name in cls.model_fields if name not in ("folder", "role")}
        found = {name: environment[variable] for variable, name in names.items() if environment.get(variable)}
        return cls.model_validate({"folder": folder, "role": role, **found})
