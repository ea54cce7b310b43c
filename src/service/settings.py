"""What the operator sets: by options of `serve`, and by the environment. Who could change one is trusted with it.

None of them can make a false history true: whoever verifies the log trusts the units' keys, the log's and the
witnesses', never the service. What each is trusted with is said in its description, which the guide repeats.
"""

import ipaddress
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ledger.cli.speech import tr
from ledger.proof.errors import Refused

Role = Literal["public", "officials", "all"]
PREFIX = "DOUBLE_RANDOM_SERVE_"
"""What a setting's variable begins with; the rest is its name, in capitals."""

_RATE = "次数加时长，如 600 per minute（second、minute 或 hour）", "such as 600 per minute (second, minute or hour)"
EXPECTED: dict[str, tuple[str, str]] = {
    "role": (" public、officials 或 all", "public, officials or all"),
    "rate": _RATE,
    "complaints": _RATE,
    "complaints_at": ("以 http:// 或 https:// 开头的网址", "the address of a page, with http:// or https://"),
    "submissions": (" 1 至 4096 的整数", "a whole number from 1 to 4096"),
    "imports": (" 1 至 64 的整数", "a whole number from 1 to 64"),
    "connections": (" 2 至 100000 的整数", "a whole number from 2 to 100000"),
    "seconds": ("大于 0、不超过 600 的秒数", "a number of seconds above 0, at most 600"),
    "proxies": ("以逗号分隔的 IP 地址或网络", "IP addresses or networks, with commas between them"),
}
"""Setting -> what it may be, as a refusal says it."""


def _check_rate(rate: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{0,8} per (second|minute|hour)", rate):
        raise ValueError("no rate")
    return rate


def _check_proxies(proxies: str) -> str:
    for proxy in filter(None, proxies.split(",")):
        ipaddress.ip_network(proxy.strip())
    return proxies


def check_address(address: str) -> str:
    """Return a page's address. Raises ValueError for what is none."""
    if address and not re.fullmatch(r"https?://[!-~]+", address):
        raise ValueError("no address of a page")
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
        description="How many requests under `/api/`, to `/complaints/`, and for pages and files that are not in "
        "memory, one address may make. Trusted: a high one lets one address keep the others waiting; nothing else "
        "depends on it.",
    )
    complaints: Annotated[str, AfterValidator(_check_rate)] = Field(
        "6 per hour",
        description="How many complaints one address may hand in. Trusted: a low one keeps complainants out who share "
        "an address, a high one lets one address fill the log.",
    )
    complaints_at: Annotated[str, AfterValidator(check_address)] = Field(
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
        description="How many imports, of many events each, may be recorded at once, each taking up to 50 MB; eight "
        "times as many may be coming in, of one address as many, each up to 17 MB. Trusted as `rate` is.",
    )
    connections: int = Field(
        1000,
        ge=2,
        le=100_000,
        description="How many connections are served at once; of one address, but of a proxy, a quarter. Trusted as "
        "`rate` is.",
    )
    seconds: float = Field(
        10,
        gt=0,
        le=600,
        description="How long a request's headers may take to come in, and then each mebibyte of its body, and how "
        "long an answer may wait to be read. Trusted as `rate` is.",
    )
    proxies: Annotated[str, AfterValidator(_check_proxies)] = Field(
        "",
        description="Addresses or networks of the proxies in front, with commas between them. Trusted: they say from "
        "which address a request comes (`X-Forwarded-For`), which is what `rate` counts by.",
    )

    @classmethod
    def read(cls, environment: Mapping[str, str], folder: Path, role: Role) -> Self:
        """Return the settings of an environment and of the options.

        Raises Refused for one that cannot be, with what was found and expected, and for a variable of no setting.
        """
        names = {f"{PREFIX}{name.upper()}": name for name in cls.model_fields if name not in ("folder", "role")}
        for variable in sorted(environment):
            if variable.startswith(PREFIX) and variable not in names:
                near = get_close_matches(variable, names, 1) or list(names)
                raise Refused(
                    tr(
                        f"没有 {variable} 这项设置；是否指 {'、'.join(near)}",
                        f"there is no setting {variable}; perhaps {', '.join(near)}",
                    )
                )
        found = {name: environment[variable] for variable, name in names.items() if environment.get(variable)}
        try:
            return cls.model_validate({"folder": folder, "role": role, **found})
        except ValidationError as error:
            name = str(error.errors()[0]["loc"][0])
            where, value = f"{PREFIX}{name.upper()}" if name in found else f"--{name}", found.get(name, role)
            zh, en = EXPECTED[name]
            raise Refused(
                tr(f"{where}：“{value}”不可用，应为{zh}", f"{where}: found {value!r}, expected {en}")
            ) from None
