"""The commands of those who check: `verify`, `explain`, `replay`. They need no key and change nothing."""

import json
import os
from contextlib import closing, suppress
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from ledger.audit.explain import explain, format_explanation
from ledger.audit.pairing import check_pairing
from ledger.audit.report import UNREADABLE, Report
from ledger.audit.trust import Trust, parse_trust
from ledger.audit.verify import Terms, verify
from ledger.audit.wording import translate
from ledger.cli.options import DEFAULT_FOLDER, AsJson, Folder
from ledger.cli.published import replay_log
from ledger.cli.speech import Advance, progress, read_locale, say, say_json, show, tr, warn
from ledger.cli.standing import derive_breaches, derive_facts, format_facts
from ledger.client.remote import find_copy
from ledger.log.fetch import CONNECTIONS
from ledger.log.follow import verify_served
from ledger.log.source import HttpSource, is_url
from ledger.proof.checkpoint import parse_checkpoint
from ledger.proof.errors import LedgerError, Malformed
from ledger.proof.note import parse_note, parse_vkey


def read_terms(vkey: str | None, policy: Path | None) -> Trust | None:
    """Return whom the reader trusts. Raises Malformed."""
    if policy is not None:
        try:
            trust = parse_trust(policy.read_bytes())
        except Malformed as error:
            raise Malformed(f"{policy}: {error}") from None
        if vkey is not None:
            trust.logs.append(parse_vkey(vkey))
        if not trust.logs:
            raise Malformed(f"{policy}: it names no log; --vkey names one")
        return trust
    return None if vkey is None else Trust(logs=[parse_vkey(vkey)])


def read_since(file: Path | None) -> bytes | None:
    """Return a kept checkpoint's bytes. Raises Malformed if the file holds none: that is no fault of the log."""
    if file is None:
        return None
    data = file.read_bytes()
    parse_checkpoint(parse_note(data).text)
    return data


Cache = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help=tr(
            "存放所跟踪日志副本的文件夹；默认在用户缓存目录中",
            "keeps copies of logs that are followed; else in the user's cache folder",
        ),
    ),
]


def find_cache() -> Path:
    """Return the folder of copies where none is named: by the XDG base directory specification."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "double-random"


def verify_place(place: str, cache: Path, terms: Terms, advance: Advance) -> Report:
    """Check what is at a path, or the log at a URL."""
    if not is_url(place):
        path = Path(place)
        is_elsewhere = path.is_dir() and not any((one / "checkpoint").is_file() for one in (path, path / "log"))
        return verify((is_elsewhere and find_copy(path)) or path, terms)
    for prefix in (place, f"{place.rstrip('/')}/log/"):  # a service's own address does too
        with closing(HttpSource(prefix, CONNECTIONS)) as source, suppress(FileNotFoundError):
            return verify_served(source, cache, terms, advance)
    raise FileNotFoundError(f"{place}: no log here: neither checkpoint nor log/checkpoint is there")


def verify_command(
    path: Annotated[
        str | None,
        typer.Argument(
            help=tr(
                "核验包（.zip）、日志目录、装置目录，或日志的网址",
                "a bundle (.zip), a log's folder, an installation's folder, or a log's URL",
            )
        ),
    ] = None,
    vkey: Annotated[
        str | None, typer.Option(metavar="KEY", help=tr("所信任的日志公钥", "the log's verifier key that you trust"))
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            metavar="FILE",
            help=tr("tlog-policy 文件：日志、见证人、法定数", "a tlog-policy file: log, witnesses, quorum"),
        ),
    ] = None,
    since: Annotated[
        Path | None,
        typer.Option(exists=True, metavar="FILE", help=tr("以前留存的检查点文件", "a checkpoint kept from before")),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help=tr("应核验而未核验的也算不合格（状态 3）", "what was wanted and not checked counts too (status 3)"),
        ),
    ] = False,
    cache: Cache = None,
    folder: Folder = DEFAULT_FOLDER,
    script: Annotated[
        bool,
        typer.Option(
            "--script",
            help=tr(
                "输出只用系统命令的核验脚本 verify.sh，不核验", "print verify.sh, of coreutils only, and check nothing"
            ),
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """核验一次抽取或整本日志，逐项编号。Check a draw or a whole log, by numbered checks.

    Exit status: 0 nothing failed, 1 something failed, 2 could not be read, 3 strict and something was not checked.
    """
    if script:
        print(files("ledger.audit").joinpath("verify.sh").read_text(encoding="utf-8"), end="")
        return
    place = path or str(folder)
    try:
        with progress("核验", "checking") as advance:
            terms = Terms(
                trust=read_terms(vkey, policy),
                since=read_since(since),
                pairing=check_pairing,
                workers=max(0, (os.cpu_count() or 1) - 1),
                progress=advance,
            )
            report = verify_place(place, cache or find_cache(), terms, advance)
    except (LedgerError, OSError) as error:
        if as_json:
            told = {"error": str(error), "error_zh": translate(str(error))}
            say_json({"subject": place, **told, "exit_status": UNREADABLE})
        warn(f"无法读取：{translate(str(error))}", f"could not be read: {error}")
        raise typer.Exit(UNREADABLE) from None
    _tell(report, as_json, strict)
    raise typer.Exit(report.exit_status(is_strict=strict))


def _tell(report: Report, as_json: bool, strict: bool) -> None:
    status = report.exit_status(is_strict=strict)
    if as_json:
        say_json({**json.loads(report.format_json()), "exit_status": status})
        return
    show(report.format_text(read_locale()), indent=3)
    for breach in report.facts.get("breaches", ()):
        if not breach["fails"]:
            say(
                f"公开后不符，不计入：第 {breach['entry']} 条（批次 {breach['slot']}），{breach['reason_zh']}",
                f"wrong, as was shown later, and counts for nothing: entry {breach['entry']} (slot {breach['slot']}), "
                f"{breach['reason']}",
            )
    words = {
        0: ("没有不通过的项目。", "Nothing failed."),
        1: ("有不通过的项目。", "Something FAILED."),
        3: ("没有不通过的项目，但有应核验而未核验的。", "Nothing failed, but something wanted was not checked."),
    }
    say(*words[status])


def explain_command(
    code: Annotated[
        str,
        typer.Argument(
            help=tr("统一社会信用代码、reg:注册号，或企业全称", "credit code, reg: and a number, or the whole name")
        ),
    ],
    bundle: Annotated[
        Path, typer.Option("--bundle", exists=True, dir_okay=False, metavar="FILE", help=tr("核验包", "a bundle"))
    ],
    as_json: AsJson = False,
) -> None:
    """某企业为什么抽中或没有抽中。Why one enterprise was drawn or not."""
    explanation = explain(code, bundle.read_bytes(), check_pairing)
    if as_json:
        print(explanation.format_json())
    else:
        for line in format_explanation(explanation, read_locale()).split("\n"):
            print(line) if line.startswith("  ") else show(line)  # commands are copied: they are never broken


def replay_command(
    folder: Folder = DEFAULT_FOLDER,
    to: Annotated[int | None, typer.Option(metavar="N", help=tr("只重放前 N 条", "only the first N entries"))] = None,
    as_json: AsJson = False,
) -> None:
    """离线重放全部历史。Replay the whole history offline, to the end or to an index."""
    with progress("重放", "replaying") as advance:
        record, failure = replay_log(folder, to, advance)
    facts = derive_facts(record)
    if record.breaches:
        facts["breaches"] = derive_breaches(record)
    if failure is not None:
        reason = str(failure.error)
        facts["first_wrong"] = {"entry": failure.index, "reason": reason, "reason_zh": translate(reason)}
    if as_json:
        say_json(facts)
    else:
        print("\n".join(format_facts(record, facts)))
    has_failed = failure is not None or any(breach.is_root for breach in record.breaches)
    raise typer.Exit(1 if has_failed else 0)
