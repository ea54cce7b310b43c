"""`double-random case documents`: the inspection scheme and the checklist of a case, to be printed (R38)."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli import casework
from ledger.cli.options import DEFAULT_FOLDER, Folder, Index
from ledger.cli.published import read_record, read_sealed
from ledger.cli.speech import say, tr
from ledger.cli.words import INSPECTION_KINDS, KINDS, TARGET_RISKS, TARGET_SCALES, VOID_REASONS
from ledger.log.files import write_durably
from ledger.office.cases import find_sheets
from ledger.office.record import Record
from ledger.papers.case import CaseFacts, Names, derive_case_facts
from ledger.papers.checklist import derive_checklist
from ledger.papers.docx import format_docx
from ledger.papers.html import format_html
from ledger.papers.scheme import derive_scheme
from ledger.proof.errors import Refused

NO_NAMES = Names({}, {})


def derive_documents(facts: CaseFacts, names: Names = NO_NAMES) -> dict[str, bytes]:
    """Return a case's documents: file name -> contents; the same case gives the same bytes.

    names  what the reader's openings give; empty for what the record itself shows
    """
    kinds = KINDS if facts.drawn is not None else INSPECTION_KINDS
    meanings = {"kind": kinds, "risk": TARGET_RISKS, "scale": TARGET_SCALES, "void": VOID_REASONS}
    scheme = derive_scheme(facts, names, meanings)
    stem = facts.subject.replace("/", "-")
    documents = {}
    for word, page in (("检查方案", scheme), ("检查表", derive_checklist(facts, names))):
        documents[f"{stem}-{word}.docx"] = format_docx(page)
        documents[f"{stem}-{word}.html"] = format_html(page).encode()
    return documents


def write_documents(out: Path, documents: dict[str, bytes], mode: int | None = None) -> list[Path]:
    """Write documents into a folder, each whole. Raises Refused over a file that says something else, writing none.

    mode  the files' permissions; None for those that new files have
    """
    files = {out / name: data for name, data in documents.items()}
    for file, data in files.items():
        if file.exists() and file.read_bytes() != data:
            raise Refused(f"{file}: there is another document already; it may have been filled in. Name another folder")
    for file, data in files.items():
        write_durably(file, data, mode)
    return [*files]


def find_subjects(record: Record, case: str) -> list[str]:
    """Return the subject of a case as typed; those of a slot's cases whose sheets are public, where it is one.

    Raises Refused where the slot's sheets are all sealed.
    """
    draw = record.draws.by_slot.get(case)
    if draw is not None and draw.executed:
        subjects = [f"case/{case}/{sheet.number}" for sheet in find_sheets(record, draw)]
        if not subjects and draw.owes_reveal:
            raise Refused(f"draw/{case}: its sheets are sealed until {draw.reveal_due}")
        return subjects
    return [case if case.startswith(("case/", "inspection/")) else f"case/{case}"]


def read_names(folder: Path, record: Record, year: int) -> Names:
    """Return the names and certificate numbers that the openings of an installation give; empty ones without them."""
    return Names(read_sealed(folder, record, year, "name"), read_sealed(folder, record, year, "certificate"))


@casework.app.command(
    "documents", help=tr("检查方案和检查表，DOCX 和 HTML", "the inspection scheme and the checklist, DOCX and HTML")
)
def write_case_documents(
    case: Annotated[
        str,
        typer.Argument(
            help=tr(
                "案件，如 bureau/2027-01/001/0001，或 inspection/…；或批次，写出其全部各宗",
                "the case, such as bureau/2027-01/001/0001, or inspection/…; or a slot, for all of its cases",
            )
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help=tr("写入的文件夹", "where they are written"))],
    with_names: Annotated[
        bool,
        typer.Option(
            "--names",
            help=tr("写上本机可以打开的姓名和证号（不公开）", "with the names that this machine can open: not public"),
        ),
    ] = False,
    folder: Folder = DEFAULT_FOLDER,
    at: Index = None,
) -> None:
    """Write a case's inspection scheme and checklist, as DOCX and as HTML."""
    record = read_record(folder, at)
    every = [derive_case_facts(record, subject) for subject in find_subjects(record, case)]
    names = read_names(folder, record, every[0].year) if with_names else NO_NAMES
    documents: dict[str, bytes] = {}
    for facts in every:
        documents |= derive_documents(facts, names)
    for file in write_documents(out, documents, 0o600 if with_names else None):
        say(f"已写出 {file}", f"wrote {file}")
