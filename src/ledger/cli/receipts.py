"""The commands about receipts: `log submit`, `log receipt`, `log entry`, `log check`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.checking import read_terms
from ledger.cli.installation import Installation
from ledger.cli.options import DEFAULT_FOLDER, Folder, open_installation
from ledger.cli.published import find_log
from ledger.cli.speech import say, tr
from ledger.client.remote import find_receipt
from ledger.log.book import Book
from ledger.log.files import write_durably
from ledger.log.tiles import read_entries
from ledger.office.record import Record
from ledger.proof.checkpoint import check_checkpoint, parse_checkpoint
from ledger.proof.encoding import format_time
from ledger.proof.errors import BadSignature, Conflict, Malformed, Mismatch, Refused
from ledger.proof.note import parse_note
from ledger.proof.receipt import check_receipt, parse_receipt

Index = Annotated[
    int | None, typer.Argument(help=tr("条目序号，默认最新一条", "the entry's index; the newest if none is given"))
]
Out = Annotated[Path | None, typer.Option(metavar="FILE", help=tr("写入文件，默认输出", "write it to a file"))]


def read_receipt(installation: Installation, book: Book[Record], index: int | None) -> bytes:
    """Return an entry's receipt, once the quorum of the policy in force has cosigned the checkpoint over it.

    Raises Refused if no published checkpoint covers the entry, or the quorum has not cosigned: nothing is acknowledged.
    """
    policy, log_key = book.record.policy_at(installation.clock()), book.record.log_key
    assert log_key is not None
    checkpoint = installation.cosign(book)
    times = check_checkpoint(checkpoint, log_key, list(policy.witness_keys.values())).times
    if policy.witnesses.quorum and policy.attested_time(times) is None:
        raise Refused(
            f"the checkpoint over {book.size} entries is cosigned by {len(times)} of the policy's witnesses, "
            f"expected {policy.witnesses.quorum}: there is no receipt yet"
        )
    return book.receipt(book.size - 1 if index is None else index)


def submit_command(
    file: Annotated[Path, typer.Argument(exists=True, help=tr("草稿", "the draft"))], folder: Folder = DEFAULT_FOLDER
) -> None:
    """Hand in a signed event; the rules decide. The receipt is written beside it."""
    installation, receipt = open_installation(folder), file.with_name(f"{file.name}.tlog-proof")
    try:
        if installation.service is not None:
            with installation.open_remote() as log:
                index, data = log.submit(file.read_bytes())
                say(f"已记入日志，第 {index} 条", f"recorded as entry {index}")
                write_durably(receipt, data)
        else:
            with installation.open_book() as book:
                (index,) = book.append([file.read_bytes()])
                say(f"已记入日志，第 {index} 条", f"recorded as entry {index}")
                write_durably(receipt, read_receipt(installation, book, index))
    except Conflict as error:
        if error.check != "history":
            raise
        raise Conflict(f"{error}; draft it anew, nothing of it was recorded") from None
    say(f"回执：{receipt}", f"receipt: {receipt}")


def receipt_command(index: Index = None, folder: Folder = DEFAULT_FOLDER, out: Out = None) -> None:
    """Print an entry's receipt, a C2SP tlog-proof; the witnesses at hand cosign the checkpoint first.

    Of a service's log it is the one that the unit keeps; else the service is asked for it, by the entry's bytes.
    """
    installation = open_installation(folder)
    kept = find_receipt(folder, index)
    if kept is not None:
        data = kept.read_bytes()
    elif installation.service is not None:
        entry = read_entry(find_log(folder), index)
        with installation.open_remote() as log:
            _, data = log.submit(entry)
    else:
        if installation.is_copy:
            raise Refused(
                f"{folder}: only a copy of a log here; a receipt comes from the installation, or over --service from "
                "the service that keeps the log"
            )
        with installation.open_book() as book:
            data = read_receipt(installation, book, index)
    if out is None:
        sys.stdout.write(data.decode())
        return
    write_durably(out, data)
    say(f"已写出 {out}", f"wrote {out}")


def read_entry(log: Path, index: int | None) -> bytes:
    """Return an entry's bytes, the newest one's if none is named. Raises Malformed beyond the log's end."""
    size = parse_checkpoint(parse_note((log / "checkpoint").read_bytes()).text).size
    index = size - 1 if index is None else index
    if not 0 <= index < size:
        raise Malformed(f"there is no entry {index}: the log has {size} entries")
    return next(read_entries(log, size, index))


def entry_command(index: Index = None, folder: Folder = DEFAULT_FOLDER, out: Out = None) -> None:
    """Print an entry's bytes, as they were signed."""
    data = read_entry(find_log(folder), index)
    if out is None:
        sys.stdout.write(data.decode())
        return
    write_durably(out, data)
    say(f"已写出 {out}", f"wrote {out}")


def check_command(
    receipt: Annotated[Path, typer.Argument(exists=True, help=tr("回执", "the receipt"))],
    entry: Annotated[Path, typer.Argument(exists=True, help=tr("条目原文", "the entry's bytes"))],
    vkey: Annotated[
        str | None, typer.Option(metavar="VKEY", help=tr("所信任的日志公钥", "the log's verifier key that you trust"))
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            exists=True, metavar="FILE", help=tr("信任策略（tlog-policy 文件）", "whom to trust: a tlog-policy")
        ),
    ] = None,
) -> None:
    """Check offline that a receipt acknowledges an entry."""
    trust = read_terms(vkey, policy)
    if trust is None:
        raise Malformed("whom to trust is not said: --policy FILE, or --vkey VKEY")
    data = receipt.read_bytes()
    log, origin = trust.find_log(parse_receipt(data).checkpoint)
    if log is None:
        raise BadSignature(f"the receipt is of the log {origin}, which is not among those trusted")
    try:
        word = check_receipt(data, entry.read_bytes(), log, list(trust.witnesses.values()))
    except Mismatch as error:
        index = parse_receipt(data).index
        raise Mismatch(f"{entry} is not what the receipt acknowledges, entry {index} of {origin}: {error}") from None
    times = trust.cosigners(parse_receipt(data).checkpoint)
    if not trust.is_met(set(times)):
        raise BadSignature(f"the quorum {trust.quorum} is not met: cosigned {', '.join(sorted(times)) or 'nobody'}")
    index, size = parse_receipt(data).index, word.checkpoint.size
    told = ", ".join(f"{name} {format_time(seconds)}" for name, seconds in sorted(times.items()))
    say(
        f"回执有效：{origin} 第 {index} 条，检查点 {size} 条" + (f"；联署：{told}" if told else ""),
        f"the receipt holds: entry {index} of {origin}, under {size} entries" + (f"; cosigned: {told}" if told else ""),
    )
