"""The command of those who watch a log: `monitor`. It needs no key and writes into a copy of its own only."""

import os
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Annotated

import typer

from ledger.audit.pairing import check_pairing
from ledger.audit.verify import Terms
from ledger.cli.checking import Cache, find_cache, read_terms
from ledger.cli.installation import read_clock
from ledger.cli.options import AsJson
from ledger.cli.speech import spell_controls, tr
from ledger.log.fetch import CONNECTIONS
from ledger.log.monitor import Look, Watch
from ledger.log.source import FolderSource, HttpSource, Source, is_url
from ledger.proof.encoding import format_time


def monitor_command(
    place: Annotated[
        str, typer.Argument(metavar="URL|DIR", help=tr("日志的网址，或日志目录", "a log's URL, or a log's folder"))
    ],
    policy: Annotated[
        Path,
        typer.Option(
            exists=True, metavar="FILE", help=tr("tlog-policy 文件：日志、见证人、法定数", "a tlog-policy file")
        ),
    ],
    every: Annotated[
        int, typer.Option(min=1, metavar="SECONDS", help=tr("每隔多少秒看一次", "seconds between looks"))
    ] = 300,
    once: Annotated[
        bool, typer.Option("--once", help=tr("只看一次；有警报则状态为 1", "look once; status 1 if there is an alarm"))
    ] = False,
    max_age: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="SECONDS",
            help=tr("最新见证时间最多可早多少秒", "seconds that the witnessed time may be old"),
        ),
    ] = None,
    whole_every: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="SECONDS",
            help=tr("每隔多少秒核验整本日志", "seconds between verifications of the whole log"),
        ),
    ] = 86_400,
    cache: Cache = None,
    as_json: AsJson = False,
) -> None:
    """持续监看一本日志。Watch a log: growth, consistency, witnesses, checks; print alarms."""
    source = open_source(place)
    terms = Terms(read_terms(None, policy), None, check_pairing, workers=max(0, (os.cpu_count() or 1) - 1))
    watch = Watch(source, cache or find_cache(), terms, max_age, whole_every)
    for number in [0] if once else count():
        if number:
            time.sleep(every)
        look = watch.look(read_clock())
        print(look.format_json() if as_json else spell_controls("\n".join(format_look(look))), flush=True)
        if once:
            raise typer.Exit(1 if look.alarms else 0)


def open_source(place: str) -> Source:
    """Return a log at a web server, in a folder, or in an installation's folder."""
    if is_url(place):
        return HttpSource(place, CONNECTIONS)
    folder = Path(place)
    return FolderSource(folder / "log" if (folder / "log" / "checkpoint").is_file() else folder)


def format_look(look: Look) -> Iterator[str]:
    """Give the lines of a look, in the reader's language: how the log stands, then the alarms."""
    facts = look.facts
    at = format_time(look.at)
    if "size" in facts:
        none = tr("无", "none")
        zh = f"{at} 共 {facts['size']} 条（新增 {facts['grown']}）；见证时间 {facts.get('attested') or none}"
        en = f"{at} {facts['size']} entries (+{facts['grown']}); witnessed {facts.get('attested') or none}"
        if facts.get("missing"):
            names = ", ".join(facts["missing"])
            zh, en = f"{zh}；未联署 {names}", f"{en}; not cosigned by {names}"
        if "verified" in facts:
            zh = f"{zh}；整本核验于 {facts['verified']['at']}"
            en = f"{en}; verified whole at {facts['verified']['at']}"
        yield tr(zh, en)
    else:
        yield at
    for alarm in look.alarms:
        yield tr(f"警报（{alarm.kind}）：{alarm.zh}", f"ALARM ({alarm.kind}): {alarm.en}")
    if not look.alarms:
        yield tr("没有警报。", "No alarm.")
