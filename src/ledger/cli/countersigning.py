"""`keys sign`: a unit reads in words what it is asked to sign, and adds its signature to the draft.

What cannot be read as an event of this version is not signed. With a copy of the log at hand a draft that was handed in
already is refused, and a policy is shown beside the one in force.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli.changes import derive_differences, format_value
from ledger.cli.editions import compare_items, read_items, tell_changes
from ledger.cli.installation import read_key
from ledger.cli.options import DEFAULT_FOLDER, Folder
from ledger.cli.published import find_log, read_log_key, read_record
from ledger.cli.speech import say, show, tr, warn
from ledger.cli.words import (
    CLOSING_REASONS,
    CONFLICT_REASONS,
    ERASURES,
    EVENTS,
    KINDS,
    OPINION_KINDS,
    OUTCOMES,
    RECUSAL_REASONS,
    TARGET_RISKS,
    TARGET_SCALES,
    TARGET_STATUSES,
    VOID_REASONS,
    Meanings,
    name,
    name_unit,
)
from ledger.log.files import write_durably
from ledger.log.tiles import read_entries
from ledger.office.compose import format_body
from ledger.office.events.body import Body
from ledger.office.events.log import PolicyAdopted
from ledger.office.events.plans import ItemsPublished
from ledger.office.policy import Policy, read_default_policy
from ledger.office.record import Record, read_origin
from ledger.office.rule import RULES
from ledger.proof.checkpoint import parse_checkpoint
from ledger.proof.encoding import format_time
from ledger.proof.errors import Malformed, Refused
from ledger.proof.event import Event, parse_event
from ledger.proof.note import format_note, parse_note

FIELDS: dict[tuple[str, str], Meanings] = {
    ("log.closed/1", "reason"): CLOSING_REASONS,
    ("openings.erased/1", "reason"): ERASURES,
    ("target.changed/1", "target.status"): TARGET_STATUSES,
    ("target.changed/1", "target.risk"): TARGET_RISKS,
    ("target.changed/1", "target.scale"): TARGET_SCALES,
    ("conflict.declared/1", "reason"): CONFLICT_REASONS,
    ("draw.opened/1", "kind"): KINDS,
    ("draw.voided/1", "reason"): VOID_REASONS,
    ("officer.recused/1", "reason"): RECUSAL_REASONS,
    ("opinion.given/1", "kind"): OPINION_KINDS,
    ("result.submitted/1", "result"): OUTCOMES,
    ("result.published/1", "result"): OUTCOMES,
}
"""(event type, field of its body) -> what the ids there mean"""


def sign_command(
    file: Annotated[Path, typer.Argument(exists=True, help=tr("草稿", "the draft"))],
    keys: Annotated[
        list[Path],
        typer.Option("--key", exists=True, metavar="FILE", help=tr("会签单位的密钥文件", "the unit's key file")),
    ],
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Countersign: what the draft says is shown in words, and signed with each key given."""
    event, body = read_draft(file)
    origin = read_origin(event.entry)
    record = _read_record(folder, origin)
    if record is not None:
        _refuse_if_recorded(file, folder, event)
    for told in describe(event, body, record):
        show(told, indent=4)
    lines = {(line.name, line.key_id): line for line in event.signatures}
    for signer in map(read_key, keys):
        if not signer.name.startswith(f"{origin}/"):
            raise Refused(f"key {signer.name} is not of this log, {origin}")
        line = signer.sign_text(event.text)
        lines[line.name, line.key_id] = line
    ordered = sorted(lines.values(), key=lambda line: (line.name.encode(), line.key_id))
    write_durably(file, format_note(event.text, ordered))
    names = ", ".join(line.name for line in ordered)
    say(f"已有签名：{names}", f"signed by now: {names}")


def read_draft(file: Path) -> tuple[Event, Body]:
    """Return the event that a draft is, and its body.

    Raises Malformed, naming the file, and Refused for a type of event that is not known.
    """
    data = file.read_bytes()
    try:
        event = parse_event(data, read_origin(data))
        if event.type not in RULES:
            raise Refused(f"{event.type} is no type of event that this version knows")
        return event, RULES[event.type].parse(event)[0]
    except (Malformed, Refused) as error:
        raise type(error)(f"{file}: {error}") from None


def _read_record(folder: Path, origin: str) -> Record | None:
    """Return the record of the log at a folder, None where there is none, or another log than the draft is for."""
    try:
        log = find_log(folder)
    except Refused:
        found = tr("没有日志", "no log")
    else:
        there = read_log_key(log).name
        if there == origin:
            return read_record(folder)
        found = tr(f"是日志 {there}", f"the log {there}")
    warn(
        f"注意：{folder} 中{found}，草稿属于日志 {origin}：不知是否已经提交；可用 --dir 指明该日志的副本",
        f"note: {folder} has {found}, the draft is for {origin}: whether it was handed in already is not known; --dir "
        "names a copy of its log",
    )
    return None


def _refuse_if_recorded(file: Path, folder: Path, event: Event) -> None:
    log = find_log(folder)
    size = parse_checkpoint(parse_note((log / "checkpoint").read_bytes()).text).size
    signed = event.text.encode() + b"\n"
    for index, entry in enumerate(read_entries(log, size)):
        if entry.startswith(signed):
            raise Refused(f"{file}: handed in already, it is entry {index}; nothing is left to sign")


def describe(event: Event, body: Body, record: Record | None) -> Iterator[str]:
    """Yield what an event says, a line each, in the reader's language; ids stand beside the names.

    record  the log's, where it is at hand: it has the units' names, and the policy in force; a policy is shown beside
            the shipped one where it is not
    """
    policy = None if record is None else record.policy_at(event.at)
    unit = event.unit if policy is None else f"{name_unit(policy, event.unit)} ({event.unit})"
    at, what = format_time(event.at), name(EVENTS, event.type)
    yield tr(f"事项：{what}（{event.type}）", f"event: {what} ({event.type})")
    yield tr(f"对象：{event.subject}", f"subject: {event.subject}")
    yield tr(f"办理单位：{unit}", f"acting unit: {unit}")
    yield tr(f"所称时间：{at}", f"time, as claimed: {at}")
    yield tr(f"所见日志：{event.seen.size} 条", f"log seen: {event.seen.size} entries")
    if isinstance(body, PolicyAdopted):
        shipped = Policy.model_validate(read_default_policy())
        zh, en = ("自带", "the shipped policy") if policy is None else ("现行", "the policy in force")
        yield tr(f"与{zh}政策相比：", f"beside {en}:")
        yield from (f"  {one.format()}" for one in derive_differences(policy or shipped, body.policy))
        return
    if isinstance(body, ItemsPublished) and record is not None and record.lists.is_complete(body.list):
        yield from tell_changes(compare_items(read_items(record, record.plans.items), read_items(record, body.list)))
    yield tr("内容：", "content:")
    for field, value in _flatten("", format_body(body)):
        yield f"  {field}: {_format_field(event.type, field, value)}"


def _flatten(field: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a body that hold no further ones, each by its path."""
    if isinstance(value, dict) and value:
        for inner, held in value.items():
            yield from _flatten(f"{field}.{inner}" if field else inner, held)
    else:
        yield field, value


def _format_field(type: str, field: str, value: Any) -> str:
    meanings, shown = FIELDS.get((type, field), {}), format_value(value)
    if not isinstance(value, str) or value not in meanings:
        return shown
    meaning = name(meanings, value)
    return tr(f"{shown}（{meaning}）", f"{shown} ({meaning})")
