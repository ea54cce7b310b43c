"""What only a unit with its encryption key can do in a sealed draw: check shares, read sheets, show them in the end.

Whatever is read is recorded first (`read.recorded`), so that who knew what, and when, stands in the log.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli import sealing, steps
from ledger.cli.casework import app as cases
from ledger.cli.desk import Desk
from ledger.cli.drawing import Slot, UnitName, say_done
from ledger.cli.drawing import app as draws
from ledger.cli.holders import Holder, warn_of_breaches
from ledger.cli.installation import Installation
from ledger.cli.keeping import keys_app
from ledger.cli.options import DEFAULT_FOLDER, AsJson, At, Folder, Keys, open_installation
from ledger.cli.published import read_names
from ledger.cli.speech import say, say_json, show, tr, warn
from ledger.cli.standing import format_sheet
from ledger.cli.words import find_unit, join, name_unit
from ledger.log.files import write_durably
from ledger.office.draws import Draw
from ledger.office.outcome import Sheet
from ledger.office.policy import SERVICE
from ledger.office.reveal import open_case
from ledger.office.rule import check_same
from ledger.office.sealed import derive_sheet_info, parse_sheet
from ledger.proof.encoding import format_canonical, parse_canonical
from ledger.proof.errors import LedgerError, Malformed, Refused
from ledger.proof.seal import decrypt, encrypt

SheetFile = Annotated[
    Path, typer.Argument(exists=True, help=tr("任务单文件，由 draw sheets 写出", "the sheet's file, from draw sheets"))
]
ReadingUnit = Annotated[
    str | None,
    typer.Option(
        "--unit",
        metavar="UNIT",
        help=tr(
            "查看的单位；默认为密钥在此的第一个",
            "who reads it; the first whose key is here",
        ),
    ),
]


@keys_app.command("encryption", help=tr("生成并登记某单位的加密密钥", "make a unit's encryption key, and enrol it"))
def enrol_command(
    unit: Annotated[str, typer.Argument(help=tr("单位", "the unit"))],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Make an encryption key beside the unit's signing key, and have the log name its public half."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        unit = find_unit(desk.policy, unit)
        holder = Holder(installation, unit, keys)
        index = sealing.enrol_encryption(desk, unit, holder.make_key())
    say_done(index, f"{unit} 的加密公钥已登记，私钥在 {holder.file}", f"enrolled; the private half is {holder.file}")


@draws.command("check", help=tr("打开加密给本单位的份额，与承诺核对", "open the shares sent to a unit, and compare"))
def check_command(slot: Slot, unit: UnitName, folder: Folder = DEFAULT_FOLDER, keys: Keys = [], at: At = None) -> None:
    """Check every share that is encrypted to a unit and not checked yet; those that are wrong stay unchecked."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        unit = find_unit(desk.policy, unit)
        draw, private = steps.find_draw(desk.record, slot), Holder(installation, unit, keys).read_key()
        wrong = []
        for share_of in [one for one in draw.encrypted if unit in draw.find_unchecked(one)]:
            try:
                sealing.open_share(desk.record, draw, share_of, unit, private)
            except LedgerError as error:
                wrong.append(error)
                continue
            index, of = sealing.check_share(desk, slot, unit, share_of), name_unit(draw.policy, share_of)
            say_done(index, f"{of}的份额与承诺相符", f"the share of {of} is what it committed to")
    if wrong:
        raise wrong[0]


@draws.command(
    "sheets", help=tr("写出各宗任务单，分别加密给主办科室和人员所在单位", "write each case's sheet, encrypted")
)
def sheets_command(
    slot: Slot,
    out: Annotated[Path, typer.Argument(help=tr("写入的文件夹", "the folder to write to"))],
    folder: Folder = DEFAULT_FOLDER,
    unit: UnitName = SERVICE,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Write a file for each case, which the host section and the officers' home units can open, and nobody else."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        draw = steps.find_draw(desk.record, slot)
        outcome = Holder(installation, find_unit(desk.policy, unit), keys).compute(desk, draw)
        paths = sealing.derive_paths(outcome)
        for sheet in outcome.sheets:
            sealed = seal_sheet(desk, draw, sheet, paths[sheet.number])
            file = out / f"{slot.replace('/', '-')}-{sheet.number}.sheet"
            write_durably(file, format_canonical(sealed))
            show(f"{file.name}\t{join([name_unit(draw.policy, unit) for unit in sealed['to']])}")
    say(f"已写出 {outcome.ref.count} 份任务单到 {out}", f"wrote {outcome.ref.count} sheets to {out}")


def seal_sheet(desk: Desk, draw: Draw, sheet: Sheet, path: Sequence[str]) -> dict[str, Any]:
    """Return what a sheet's file says: for the host section and the home units of the officers who are on the case now,
    after replacements (docs/spec/draw.md, section 11)."""
    to = {}
    sealed = desk.record.cases.sealed.get(f"case/{draw.slot}/{sheet.number}")
    officers = sheet.officers if sealed is None else open_case(sealed, sheet)[0].officers
    units = {sheet.host, *(draw.ground.homes[officer] for officer in officers)}
    plain = format_canonical({"path": [*path], "sheet": json.loads(sheet.format())})
    for unit in sorted(units):
        public = desk.record.encryption.newest(unit)
        if public is None:
            warn(f"{unit} 没有登记加密公钥，第 {sheet.number} 宗未加密给它",
                 f"{unit} has no encryption key: case {sheet.number} is not encrypted to it")  # fmt: skip
            continue
        to[unit] = b64encode(
            encrypt(plain, public, derive_sheet_info(desk.record.origin or "", draw.slot, sheet.number, unit))
        ).decode()
    return {"case": sheet.number, "origin": desk.record.origin, "slot": draw.slot, "to": to}


def open_sheet(
    desk: Desk, installation: Installation, unit: str | None, keys: Sequence[Path], file: Path
) -> tuple[str, Sheet]:
    """Record that a unit reads a sheet, and open it; return its slot, and the sheet.

    unit  None: the first of those that it is encrypted to whose encryption key lies here

    Raises Malformed if the file is none, Refused if it is not for this unit: nothing is recorded then. Mismatch if it
    does not open, is not the sheet assigned, or does not stand under the root that was executed.
    """
    try:
        sealed = sealing.SealedSheet.model_validate_json(format_canonical(parse_canonical(file.read_bytes())))
        ciphertexts = {unit: b64decode(text, validate=True) for unit, text in sealed.to.items()}
    except (LedgerError, ValueError):
        raise Malformed(f"{file}: not a sheet's file") from None
    if not ciphertexts:
        raise Malformed(f"{file}: not a sheet's file")
    if sealed.origin != desk.record.origin:
        raise Refused(f"{file}: it is of the log {sealed.origin}, this is {desk.record.origin}")
    reader = find_unit(desk.policy, unit) if unit else find_reader(installation, sorted(ciphertexts), keys)
    if reader not in ciphertexts:
        raise Refused(f"{file}: it is not encrypted to {reader}")
    holder = Holder(installation, reader, keys)
    private, draw = holder.read_key(), steps.find_draw(desk.record, sealed.slot)
    sealing.record_read(desk, sealed.slot, holder.unit, "sheet")
    info = derive_sheet_info(sealed.origin, sealed.slot, sealed.case, holder.unit)
    plain = decrypt(ciphertexts[holder.unit], private, info)
    try:
        opened = sealing.OpenedSheet.model_validate_json(format_canonical(parse_canonical(plain)))
    except (LedgerError, ValueError):
        raise Malformed(f"{file}: not a sheet's file") from None
    check_same("case", opened.sheet.case, sealed.case)
    sheet = parse_sheet(draw, opened.sheet)
    sealing.check_sheet(desk.record, draw, sheet, opened.path)
    return sealed.slot, sheet


def find_reader(installation: Installation, units: Sequence[str], keys: Sequence[Path]) -> str:
    """Return the first of some units whose encryption key lies here; the first of all where none does."""
    return next((unit for unit in units if Holder(installation, unit, keys).file.exists()), units[0])


@cases.command("open", help=tr("打开任务单（查看先行记录）", "open a sealed sheet; the reading is recorded first"))
def open_command(
    file: SheetFile,
    unit: ReadingUnit = None,
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Show whom to visit, with whom, and what to check; as JSON the sheet as it was drawn."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        slot, sheet = open_sheet(desk, installation, unit, keys, file)
        draw = steps.find_draw(desk.record, slot)
        names = read_names(folder, desk.record, draw)
    if as_json:
        say_json(json.loads(sheet.format()))
        return
    for line in format_sheet(draw, sheet, names):
        show(line, indent=2)


@cases.command("disclose", help=tr("检查完毕，公开封存的任务单", "show a sealed sheet, its visit being over"))
def disclose_command(
    file: SheetFile, unit: ReadingUnit = None, folder: Folder = DEFAULT_FOLDER, keys: Keys = [], at: At = None
) -> None:
    """Put a sheet into the record: from here on the case is like any other."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        slot, sheet = open_sheet(desk, installation, unit, keys, file)
        before = len(desk.record.breaches)
        index = sealing.disclose_case(desk, slot, sheet)
        say_done(index, f"第 {sheet.number} 宗的任务单已公开", f"the sheet of case {sheet.number} is disclosed")
        warn_of_breaches(desk.record, before)
