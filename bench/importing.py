"""Import of a real-sized sheet: read, check, normalise, sign, durable; against the bare parts of that work."""

import hashlib
import json
import random
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import python_calamine
from stdnum.cn import uscc

from bench.measure import Line, Target, compare
from bench.world import END, ORIGIN, STREETS, found, make_code, make_signer
from ledger.audit.collector import collector_held
from ledger.cli import steps
from ledger.cli.installation import seal_private
from ledger.intake import Reading, Vocabulary, read_targets
from ledger.log.book import Book
from ledger.office.compose import derive_list
from ledger.office.record import Record
from ledger.store.openings import Openings

ROWS = 42_782
SHEET = Path(__file__).resolve().parents[2] / "shared" / "data" / "zj_draw_list_2017_check03.xlsx"
VOCABULARY = Vocabulary(streets=STREETS, sub_rosters={"工矿商贸": "industry-trade"})

Row = dict[str, Any]


def measure(rounds: int = 5) -> list[Line]:
    """Measure an import into a new installation, the names of sole traders sealed and kept apart."""
    with TemporaryDirectory() as folder:
        sheet = SHEET if SHEET.is_file() else make_sheet(Path(folder) / "made-up.xlsx")
        reading = read(sheet)
        assert reading.is_whole, reading.counts
        rows = list(reading.rows)
        fresh = (Path(folder) / str(number) for number in count())
        done = compare(lambda: do_parts(sheet, rows), lambda: do_import(sheet, next(fresh)), rounds)
    what = f"import of {len(rows):,} rows ({'the real list' if sheet == SHEET else 'a made-up list of that size'})"
    against = f"calamine's read + stdnum's check digits + JSON + SHA-256 ({done.baseline_seconds:.2f} s)"
    target = Target(2.0, is_least=False)
    note = f"{done.our_seconds:.2f} s: read, check, sign, durable; {len(reading.private):,} names sealed"
    return [Line(what, against, 1 / done.speed, target, "× its time", note)]


def do_parts(sheet: Path, rows: Sequence[Row]) -> None:
    """The baseline: each part of the work by the library that does it, and nothing between them."""
    cells = python_calamine.CalamineWorkbook.from_path(sheet).get_sheet_by_index(0).to_python()
    head = cells[0]
    place = next(column for column, text in enumerate(head) if "信用代码" in str(text) or "注册号" in str(text))
    for row in cells[1:]:
        uscc.is_valid(str(row[place]))
    for one in rows:
        leaf = json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        hashlib.sha256(leaf).digest()


def read(sheet: Path) -> Reading:
    """Return the sheet's rows, checked and normalised."""
    return read_targets(sheet, vocabulary=VOCABULARY, sub_roster="industry-trade")


def do_import(sheet: Path, folder: Path) -> None:
    """Ours: a new installation takes the sheet; every rule is applied, and the log's files are on disk."""
    signer = make_signer(ORIGIN)
    with collector_held(), Book.open(folder, signer, Record(ORIGIN), clock=lambda: END) as book:
        desk = found(book)
        reading = read(sheet)
        listed, sealed = derive_list(reading.rows), keep_private(folder, reading)
        steps.declare_targets(desk, 2027, "industry-trade", listed, sealed)
        assert book.size > listed.ref.count // 1000, book.size


def keep_private(folder: Path, reading: Reading) -> list[Row]:
    """Keep what is not public apart from the log; return the seals that stand for it."""
    rows, openings = seal_private("targets/2027/industry-trade", "targets.declared/1", reading.private)
    table = Openings(folder / "openings.sqlite", folder / "openings.key")
    table.add(openings)
    table.close()
    return rows


def make_sheet(file: Path) -> Path:
    """Write a made-up list of the size of a province's, where the real one is not at hand."""
    choose = random.Random(2017)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.append(["序号", "统一社会信用代码/注册号", "企业名称", "登记机关", "管辖单位"])
    for number in range(ROWS):
        body = make_code(number)[:17]
        code = body + uscc.calc_check_digit(body) if choose.random() < 0.87 else f"3301{number:011d}"
        name = "".join(choose.choices("东南西北中发兴隆昌盛恒泰安宁", k=4))
        sheet.append([str(number + 1), code, f"测试市{name}制品有限公司{number}", "测试市市场监督管理局", "测试所"])
    book.save(file)
    return file
