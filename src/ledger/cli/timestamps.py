"""`log timestamp`: have the newest checkpoint stamped by a time-stamping authority, or check the tokens that are there.

No key is needed: whoever has a copy of the public log can have it stamped, and check what others had stamped.
"""

from pathlib import Path
from typing import Annotated

import typer

from ledger.audit.trust import Trust
from ledger.audit.wording import translate
from ledger.cli.checking import read_terms
from ledger.cli.installation import read_clock
from ledger.cli.options import DEFAULT_FOLDER, Folder
from ledger.cli.published import find_log, read_log_key
from ledger.cli.speech import say, tr, warn
from ledger.log.timestamp import Stamp, check_stamps, format_token_path, list_tokens, parse_roots, stamp
from ledger.proof.encoding import format_time
from ledger.proof.errors import BadSignature, LedgerError, Malformed, Refused
from ledger.proof.note import Verifier, format_vkey


def timestamp_command(
    ca: Annotated[
        Path,
        typer.Option(
            exists=True,
            dir_okay=False,
            metavar="FILE",
            help=tr("所信任的时间戳机构根证书（PEM）", "certificates (PEM) of the authorities that you trust"),
        ),
    ],
    tsa: Annotated[
        str | None, typer.Option(metavar="URL", help=tr("时间戳机构的网址", "the time-stamping authority's address"))
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help=tr("不申请，核验已有的时间戳", "ask for none; check the time-stamps that are there")
        ),
    ] = False,
    vkey: Annotated[
        str | None, typer.Option(metavar="KEY", help=tr("所信任的日志公钥", "the log's verifier key that you trust"))
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(exists=True, metavar="FILE", help=tr("tlog-policy 文件：日志、见证人", "a tlog-policy file")),
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Ask for a time-stamp of the newest checkpoint, or check those that are there."""
    if check == (tsa is not None):
        raise Refused("expected either --tsa or --check")
    log, trust = find_log(folder), read_terms(vkey, policy)
    key = read_log_key(log) if trust is None else _find_key(log, trust)
    try:
        roots = parse_roots(ca.read_bytes())
    except LedgerError as error:
        raise Malformed(f"{ca}: {error}") from None
    if tsa is not None:
        _tell(stamp(log, key, tsa, roots, read_clock()))
        return
    if not list_tokens(log):
        raise Refused(f"{folder}: there are no time-stamps here")
    results = list(check_stamps(log, key, roots))
    for result in results:
        _tell(result)
    if trust is None:
        warn(
            f"日志身份：没有给出 --vkey 或 --policy，未核对；依据的是日志自己写明的公钥 {format_vkey(key)}",
            f"log identity: not checked (no --vkey or --policy): the log itself names the key {format_vkey(key)}",
        )
    raise typer.Exit(0 if all(isinstance(result, Stamp) for result in results) else 1)


def _find_key(log: Path, trust: Trust) -> Verifier:
    """Return the trusted key of the log that a folder's checkpoint claims to be of. Raises BadSignature for no such."""
    key, origin = trust.find_log((log / "checkpoint").read_bytes())
    if key is None:
        raise BadSignature(f"the log is {origin}, which is not among those trusted")
    return key


def _tell(result: Stamp | tuple[int, LedgerError]) -> None:
    if isinstance(result, Stamp):
        when = format_time(result.seconds)
        say(f"{result.size} 条的检查点：不晚于 {when}", f"the checkpoint of size {result.size} was there by {when}")
    else:
        size, error = result
        path, reason = format_token_path(size), str(error)
        warn(f"{path} 不通过：{translate(reason)}", f"{path} FAILED: {reason}")
