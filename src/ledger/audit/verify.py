"""Checking a bundle, or a whole log as it lies in a folder: the numbered checks, one after the other.

What can be checked without believing anyone comes first: form, signatures on the checkpoint, the root over all entries.
Then the whole log is replayed, and what a failed entry means is said by the number of the check that refused it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ledger.audit.bundle import CHECKPOINT, derive_bundle, find_slot, read_bundle_entries
from ledger.audit.checks import BY_ID, CHECKS
from ledger.audit.container import parse_container
from ledger.audit.folder import check_hash_tiles, read_log
from ledger.audit.gaps import note_gaps
from ledger.audit.remarks import derive_bits, derive_moves
from ledger.audit.replay import Replayed, replay
from ledger.audit.report import Report
from ledger.audit.survey import Survey
from ledger.audit.trust import Trust
from ledger.audit.wording import translate
from ledger.office.draws import Draw
from ledger.office.record import Record
from ledger.proof.checkpoint import Checkpoint, Witnessed, check_checkpoint, parse_checkpoint
from ledger.proof.errors import BadSignature, LedgerError, Malformed, Mismatch
from ledger.proof.merkle import Tree
from ledger.proof.note import format_key_name, format_vkey, parse_note
from ledger.proof.randomness import CheckPairing

WORKERS_FROM = 4_000
"""From how many entries on a second process is worth its start."""


@dataclass(frozen=True)
class Terms:
    """What a verifier brings along.

    trust     the log's key, witnesses and quorum it trusts (None: the log's identity is not checked)
    since     a checkpoint kept from before, its note as bytes (None: not compared)
    pairing   checks drand rounds (None: they are not checked)
    workers   further processes for signatures
    progress  called with the number of entries folded
    """

    trust: Trust | None = None
    since: bytes | None = None
    pairing: CheckPairing | None = None
    workers: int = 1
    progress: Callable[[int], None] | None = None


def verify(path: Path, terms: Terms, subject: str | None = None) -> Report:
    """Check what lies at a path: a bundle, a log's folder, or an installation's.

    subject  what the report calls it (its path)

    Raises Malformed if it cannot be read as either; OSError.
    """
    if path.is_dir():
        folder = path / "log" if (path / "log" / "checkpoint").is_file() else path
        if not (folder / "checkpoint").is_file():
            raise Malformed(f"{path}: neither a bundle nor a folder with a log (it has no checkpoint)")
        report = Report(subject or str(path))
        for check in ("container", "files"):
            words = ("这是日志，不是核验包", "this is a log, not a bundle")
            if (path / "draw").is_dir():
                words = (
                    "这是拆开的核验包，draw/ 未核验，请核验 .zip",
                    "unpacked: draw/ was not checked, verify the .zip",
                )
            report.unchecked(check, *words, is_wanted=False)
        has_tiles = (folder / "tile" / "0").exists()  # an unpacked bundle has none; its entries give the root anyway
        try:
            checkpoint, entries = read_log(folder)
            verify_log(report, checkpoint, entries, terms, tiles=folder if has_tiles else None)
        except LedgerError as error:
            report.failed("tree", error)
        return report
    return verify_bundle(path.read_bytes(), terms, subject or str(path))


def verify_bundle(data: bytes, terms: Terms, subject: str = "bundle") -> Report:
    """Check a bundle's bytes. Raises Malformed if it is not a ZIP file at all."""
    report = Report(subject)
    files = _open_container(report, data)
    if files is None:
        return report
    checkpoint = files.get(CHECKPOINT)
    if checkpoint is None:
        report.failed("container", f"{CHECKPOINT} is missing")
        return report
    try:
        size = parse_checkpoint(parse_note(checkpoint).text).size
        entries = read_bundle_entries(files, size)
    except LedgerError as error:
        report.failed("checkpoint" if isinstance(error, BadSignature) else "tree", error)
        return report
    try:
        slot = find_slot(files)
    except Malformed as error:
        report.failed("files", error)
        slot = None
    replayed = verify_log(report, checkpoint, entries, terms, is_exact=True, slot=slot)
    if replayed.failure is None and slot is not None:
        _check_files(report, replayed.record, entries, checkpoint, files)
    return report


def _open_container(report: Report, data: bytes) -> dict[str, bytes] | None:
    if not data.startswith(b"PK"):
        raise Malformed(f"{report.subject}: not a bundle (a ZIP file begins with PK)")
    try:
        files = parse_container(data)
    except Malformed as error:
        report.failed("container", error)
        return None
    report.passed("container")
    return files


def verify_log(
    report: Report,
    checkpoint: bytes,
    entries: Iterable[bytes],
    terms: Terms,
    *,
    is_exact: bool = False,
    tiles: Path | None = None,
    slot: str | None = None,
) -> Replayed:
    """Check a log: its checkpoint, its root, and by replay every entry. The report is filled as far as it goes.

    entries   gone through twice, first for the root, then for the rules; so they need not be in memory
    is_exact  refuse lines of unknown keys on the checkpoint
    tiles     the log's folder, where its tiles of hashes are to be compared
    slot      the bundle's, where it is one: what other sealed draws hide, or lied about, is none of its matter

    Raises what going through the entries raises.
    """
    survey = Survey(entries)
    word = _check_checkpoint(report, checkpoint, survey, terms, is_exact=is_exact)
    if word is not None:
        _check_tree(report, word.checkpoint, survey.tree, tiles)
        _check_since(report, survey.tree, word, terms)
    size, root = len(survey.tree), survey.tree.root()
    del survey  # its tree is as large as the one that the replay makes
    workers = terms.workers if size >= WORKERS_FROM else 0
    replayed = replay(entries, pairing=terms.pairing, workers=workers, progress=terms.progress)
    if replayed.failure is None and (replayed.record.size, replayed.record.tree.root()) != (size, root):
        report.failed("tree", "the entries changed while they were read")
    _report_replay(report, replayed, terms, slot)
    return replayed


def _check_checkpoint(
    report: Report, checkpoint: bytes, survey: Survey, terms: Terms, *, is_exact: bool
) -> Witnessed | None:
    try:
        log_key, witness_keys = survey.named_keys()
    except LedgerError as error:
        report.failed("entries", f"entry 0: {error}")
        return None
    if terms.trust is None:
        report.unchecked(
            "identity",
            "没有给出 --vkey 或 --policy：日志身份未核验",
            "log identity: not checked (no --vkey or --policy)",
        )
    elif not any((log.name, log.key) == (log_key.name, log_key.key) for log in terms.trust.logs):
        names = " or ".join(map(format_key_name, terms.trust.logs))
        report.failed("identity", f"this is the log {format_key_name(log_key)}, not {names}")
        return None
    else:
        report.passed("identity", log_key.name, log_key.name)
    trusted = [] if terms.trust is None else list(terms.trust.witnesses.values())
    known = {(verifier.name, verifier.key_id): verifier for verifier in (*witness_keys, *trusted)}
    try:
        word = check_checkpoint(checkpoint, log_key, list(known.values()), is_exact=is_exact)
        cosigners = set() if terms.trust is None else set(terms.trust.cosigners(checkpoint))
    except LedgerError as error:
        report.failed("checkpoint", error)
        return None
    report.facts |= {"origin": log_key.name, "size": word.checkpoint.size, "root": word.checkpoint.root.hex()}
    report.passed("checkpoint", f"共 {word.checkpoint.size} 条", f"{word.checkpoint.size} entries")
    _check_cosignatures(report, cosigners, terms.trust)
    return word


def _check_cosignatures(report: Report, cosigners: set[str], trust: Trust | None) -> None:
    if trust is None:
        report.unchecked(
            "cosignatures",
            "没有给出 --policy：不知道应信任哪些见证人",
            "no --policy: which witnesses to trust is unknown",
        )
        return
    if trust.quorum is None:
        report.unchecked("cosignatures", "信任策略没有要求见证人", "the verifier's policy asks for no witness")
        return
    if trust.is_met(cosigners):
        names = ", ".join(sorted(cosigners))
        report.passed("cosignatures", names, names)
    else:
        names = ", ".join(sorted(cosigners)) or "nobody"
        report.failed("cosignatures", f"the quorum {trust.quorum} is not met: cosigned {names}")


def _check_tree(report: Report, checkpoint: Checkpoint, tree: Tree, tiles: Path | None) -> None:
    if len(tree) != checkpoint.size:
        report.failed("tree", f"{len(tree)} entries, the checkpoint says {checkpoint.size}")
    elif tree.root() != checkpoint.root:
        report.failed("tree", f"the entries give {tree.root().hex()}, the checkpoint says {checkpoint.root.hex()}")
    else:
        report.passed("tree", checkpoint.root.hex(), checkpoint.root.hex())
    if tiles is not None:
        try:
            check_hash_tiles(tiles, tree)
        except LedgerError as error:
            report.failed("tree", error)


def _check_since(report: Report, tree: Tree, word: Witnessed, terms: Terms) -> None:
    if terms.since is None:
        report.unchecked("since", "没有给出以前留存的检查点（--since）", "no checkpoint kept from before (--since)")
        return
    try:
        note = parse_note(terms.since)
        kept = parse_checkpoint(note.text)
        if kept.origin != word.checkpoint.origin:
            raise Mismatch(f"the kept checkpoint is of {kept.origin}, this log is {word.checkpoint.origin}")
        if kept.size > len(tree):
            raise Mismatch(f"the kept checkpoint has {kept.size} entries, this log only {len(tree)}: it was cut short")
        if tree.root(kept.size) != kept.root:
            raise Mismatch(
                f"at size {kept.size} this log has another root than the kept checkpoint: history was changed"
            )
    except LedgerError as error:
        report.failed("since", error)
        return
    report.passed("since", f"延续了 {kept.size} 条时的检查点", f"it extends the checkpoint of {kept.size} entries")


_BY_REPLAY = tuple(check.id for check in CHECKS if BY_ID["entries"].number <= check.number <= BY_ID["cases"].number)


def _report_replay(report: Report, replayed: Replayed, terms: Terms, slot: str | None) -> None:
    record, failure = replayed
    report.facts["draws"] = [_draw_facts(draw) for draw in record.draws.by_slot.values()]
    report.unchecked("outside", "本程序不能证明这两点", "no program can prove these two")
    if failure is not None:
        report.facts["first_wrong"] = {
            "entry": failure.index,
            "check": failure.error.check,
            "reason": str(failure.error),
            "reason_zh": translate(str(failure.error)),
        }
        report.failed(failure.error.check or "rules", f"entry {failure.index}: {failure.error}")
        return
    _report_breaches(report, record, slot)
    note_gaps(report, record, terms.trust, slot, has_pairing=terms.pairing is not None)
    _tell_moves(report, record)
    _tell_succession(report, record)
    executed = [draw for draw in record.draws.by_slot.values() if draw.has_outcome]
    for check in _BY_REPLAY:
        if BY_ID["seed"].number <= BY_ID[check].number <= BY_ID["attested"].number and not executed:
            report.unchecked(check, "还没有产生结果的抽取", "no draw has an outcome yet")
        else:
            report.passed(check)


def _report_breaches(report: Report, record: Record, slot: str | None) -> None:
    """List what was taken while it was sealed and proved wrong since; fail the roots among it, each at its own entry.

    A claim on a case that did not hold counts for nothing, so nothing fails by it. Where a bundle is checked, only the
    roots of its own slot fail.
    """
    told = []
    for breach in record.breaches:
        fails, reason, check = breach.is_root and slot in (None, breach.slot), str(breach.error), breach.error.check
        words = {"reason": reason, "reason_zh": translate(reason), "slot": breach.slot, "fails": fails}
        told.append({"entry": breach.index, "check": check, **words})
        if fails:
            report.failed(check or "rules", f"entry {breach.index}: {reason}")
    if told:
        report.facts["breaches"] = told


def _tell_moves(report: Report, record: Record) -> None:
    """Say beside check 12 what took effect shortly before each draw (T16); nothing of it fails."""
    told = [(draw.slot, moves) for draw in record.draws.by_slot.values() if (moves := derive_moves(draw))]
    zh, en = ("; ".join(f"{slot}: {words[side]}" for slot, words in told) for side in (0, 1))
    report.passed("ground", zh, en)


def _tell_succession(report: Report, record: Record) -> None:
    """Say beside the check of history which log came before this one, and which goes on; each has its own key."""
    zh, en = [], []
    if record.predecessor is not None:
        old = record.predecessor.checkpoint
        report.facts["continues"] = {"origin": old.origin, "size": old.size, "root": old.root.hex()}
        zh.append(f"接续日志 {old.origin} 的 {old.size} 条，旧日志须用其自身公钥核验")
        en.append(f"it continues the log {old.origin} of {old.size} entries, which its own key verifies")
    if record.successor is not None:
        report.facts["closed"] = {"successor": format_vkey(record.successor)}
        zh.append(f"已关闭，由 {record.successor.name} 接续")
        en.append(f"it is closed, and {record.successor.name} goes on")
    if en:
        report.passed("history", "；".join(zh), "; ".join(en))


def _draw_facts(draw: Draw) -> dict[str, object]:
    outcome = draw.outcome if draw.has_outcome else None
    facts: dict[str, object] = {
        "slot": draw.slot,
        "eligible": draw.ground.pool_ref.eligible,
        "excluded": draw.ground.pool_ref.excluded,
        "listed_since": draw.ground.recent.listed,
        "cooling_off": draw.ground.recent.cooling_off,
        "moves": [
            {"entry": move.index, "type": move.type, "officer": move.officer, "code": move.code}
            for move in draw.ground.moves
        ],
        "bits": derive_bits(draw),
        "directed": [stratum.id for stratum in draw.ground.strata if stratum.directed],
        "draw_at": None if draw.frozen is None else draw.frozen.draw_at,
        "owes_outcome": draw.owes_outcome,
        "witnessed": draw.witnessed_at is not None,
        "missing": list(draw.missing),
        "voided": draw.voided,
        "mode": draw.opened.mode,
        "owes_reveal": draw.owes_reveal,
        "drawn": None if outcome is None else outcome.ref.count,
        "seed": None if outcome is None else outcome.seed,
    }
    return facts


def _check_files(
    report: Report, record: Record, entries: list[bytes], checkpoint: bytes, files: dict[str, bytes]
) -> None:
    try:
        expected = derive_bundle(record, entries, checkpoint, find_slot(files))
    except LedgerError as error:
        report.failed("files", error)
        return
    for path in sorted({*expected, *files}):
        if path not in files:
            report.failed("files", f"{path} is missing")
        elif path not in expected:
            report.failed("files", f"{path} does not belong to the bundle")
        elif files[path] != expected[path]:
            report.failed("files", f"{path}: {_first_line(files[path], expected[path])}")
    report.passed("files", f"{len(files)} 个文件", f"{len(files)} files")


def _first_line(found: bytes, expected: bytes) -> str:
    pairs = zip(found.split(b"\n"), expected.split(b"\n"), strict=False)
    for number, (a, b) in enumerate(pairs, start=1):
        if a != b:
            return f"line {number}: found {a[:120]!r}, expected {b[:120]!r}"
    return f"{len(found)} bytes, expected {len(expected)}"
