"""A case's documents: what they say is the record's, the same case gives the same bytes, and a text is never markup."""

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from forge import ENFORCEMENT, SLOT, SUPERVISOR, append
from ledger.cli import handling, steps
from ledger.cli.documents import NO_NAMES, derive_documents, write_documents
from ledger.cli.words import KINDS, TARGET_RISKS, TARGET_SCALES, VOID_REASONS
from ledger.office.record import Record
from ledger.papers.case import Names, derive_case_facts
from ledger.papers.checklist import derive_checklist
from ledger.papers.docx import format_docx
from ledger.papers.html import format_html
from ledger.papers.page import Page, Table
from ledger.papers.scheme import derive_scheme
from ledger.proof.errors import Refused
from month import month_entries, visit_case
from world import World, make_items, make_targets

MEANINGS = {"kind": KINDS, "risk": TARGET_RISKS, "scale": TARGET_SCALES, "void": VOID_REASONS}
CASE = f"case/{SLOT}/0001"


@pytest.fixture(scope="module")
def record() -> Record:
    """The record of the month in which everything occurs once."""
    found = Record()
    for entry in month_entries():
        found.append(entry)
    return found


def subjects(record: Record) -> list[str]:
    return [*record.cases.by_subject]


def read_docx(data: bytes) -> str:
    """Return all text of a DOCX file, as python-docx reads it."""
    made = Document(io.BytesIO(data))
    cells = (cell.text for table in made.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in made.paragraphs), *cells])


def tables(page: Page) -> list[Table]:
    return [block for section in page.sections for block in section.blocks if isinstance(block, Table)]


def test_the_scheme_names_the_officers_and_items_that_were_drawn(record: Record) -> None:
    facts, case = derive_case_facts(record, CASE), record.cases.by_subject[CASE]
    html = format_html(derive_scheme(facts, NO_NAMES, MEANINGS))
    (former,) = case.former
    assert [officer.id for officer in facts.officers] == case.officers
    assert [item.id for item in facts.items] == list(case.sheet.items)
    assert facts.left == {former: case.officers[case.sheet.officers.index(former)]}
    for word in (*case.officers, *case.sheet.items, case.code, case.sheet.ticket, case.sheet.deadline, *facts.left):
        assert word in html
        assert word in read_docx(format_docx(derive_scheme(facts, NO_NAMES, MEANINGS)))


def test_every_item_has_its_basis_edition_subject_content_and_method(record: Record) -> None:
    for subject in subjects(record):
        facts = derive_case_facts(record, subject)
        (items,) = tables(derive_checklist(facts, NO_NAMES))
        looked_at = [item.id for item in facts.visit.items] if facts.visit else [item.id for item in facts.items]
        assert len(items.rows) == len(looked_at) > 0
        for id, row in zip(looked_at, items.rows, strict=True):
            item = facts.listed[id]
            told = "\n".join(cell if isinstance(cell, str) else cell.zh for cell in row)
            for value in (item.id, item.content, item.basis, item.method, item.authority, item.basis_edition or ""):
                assert value in told


def test_what_was_found_is_ticked_and_the_blank_form_ticks_nothing(record: Record) -> None:
    facts = derive_case_facts(record, CASE)
    assert facts.visit is not None
    html = format_html(derive_checklist(facts, NO_NAMES))
    problems = sum(item.finding == "problem" for item in facts.visit.items)
    assert problems > 0
    assert html.count("☑ 有问题") == problems
    assert html.count("☑ 符合") == sum(item.finding == "conforms" for item in facts.visit.items)
    blank = format_html(derive_checklist(replace(facts, visit=None), NO_NAMES))
    assert "☑" not in blank
    assert blank.count('<tr class="blank">') == 3
    assert blank.count("签字<span") >= len(facts.officers) + 1 >= 3, "two officers and the party sign"


def test_additions_and_drops_stand_with_their_reasons(record: Record) -> None:
    facts = derive_case_facts(record, CASE)
    assert facts.visit is not None
    added = next(id for id in facts.listed if id not in {item.id for item in facts.items})
    fields: dict[str, Any] = facts.visit.model_dump(mode="json", exclude_none=True)
    fields |= {"added": [{"id": added, "reason": "现场发现"}], "dropped": [{"id": facts.items[0].id, "reason": "停用"}]}
    changed = replace(facts, visit=type(facts.visit).model_validate(fields))
    _, _, changes = tables(derive_scheme(replace(changed, left={}), NO_NAMES, MEANINGS))
    told = [[cell if isinstance(cell, str) else cell.zh for cell in row] for row in changes.rows]
    assert told == [
        ["增加", added, facts.listed[added].content, "现场发现"],
        ["未查", facts.items[0].id, facts.items[0].content, "停用"],
    ]


def test_a_voided_draw_is_marked_on_its_schemes(record: Record) -> None:
    facts = derive_case_facts(record, CASE)
    assert facts.voided == "procedure-in-error"
    assert "程序有误" in format_html(derive_scheme(facts, NO_NAMES, MEANINGS))
    assert "批次已作废" not in format_html(derive_scheme(replace(facts, voided=None), NO_NAMES, MEANINGS))


def test_an_approved_inspection_has_documents_too(record: Record) -> None:
    (subject,) = [subject for subject in subjects(record) if subject.startswith("inspection/")]
    facts = derive_case_facts(record, subject)
    documents = derive_documents(facts)
    assert len(documents) == 4
    (html,) = [data.decode() for name, data in documents.items() if name.endswith("检查方案.html")]
    assert facts.approved is not None
    assert facts.approved.reason in html
    assert "批准确定" in html


def test_later_editions_and_changes_do_not_reach_a_document_of_before() -> None:
    world = World().prepare_year()
    target = make_targets("industry-trade", 1)[0]
    fields = {
        "kind": "special",
        "code": target["id"],
        "officers": ["o-bureau-enforcement-00", "o-bureau-enforcement-01"],
        "items": ["item-0", "item-1"],
        "basis": "work-safety-law-62",
        "reason": "专项",
    }
    subject = handling.approve_inspection(world.desk, "bureau", fields)
    world.now += 1800
    visit_case(world, subject)
    before = derive_documents(derive_case_facts(world.record, subject))
    world.now += 3600
    steps.publish_items(world.desk, "2028-1", [{**item, "content": "别的内容"} for item in make_items()[2:]])
    row = {"year": 2027, "target": {**target, "name": "改名企业"}, "reason": "改名"}
    append(world, "target.changed/1", "targets/2027/changes", row, ENFORCEMENT, SUPERVISOR)
    assert derive_documents(derive_case_facts(world.record, subject)) == before


def test_a_case_that_is_not_there_is_refused(record: Record) -> None:
    for subject in (f"case/{SLOT}/9999", "case/bureau/2027-01/009/0001", "inspection/bureau/2027-01/999", CASE[5:]):
        with pytest.raises(Refused, match="no such case was drawn"):
            derive_case_facts(record, subject)


def test_the_same_case_gives_the_same_bytes_and_no_time_of_making(record: Record) -> None:
    facts = derive_case_facts(record, CASE)
    first, second = (derive_documents(derive_case_facts(record, CASE)) for _ in range(2))
    assert first == second
    for name, data in first.items():
        if name.endswith(".docx"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
                core = archive.read("docProps/core.xml").decode()
            assert re.findall(r"20\d\d-\d\d-\d\dT", core) == ["2000-01-01T"] * 2
            assert "python-docx" not in core
    assert derive_documents(replace(facts, newest=facts.newest + 1)) != first


def test_a_name_is_written_only_where_the_reader_has_it(record: Record) -> None:
    facts = derive_case_facts(record, CASE)
    officer = facts.officers[0].id
    for page in (derive_scheme(facts, NO_NAMES, MEANINGS), derive_checklist(facts, NO_NAMES)):
        assert "欧阳甲" not in format_html(page)
    known = Names({officer: "欧阳甲"}, {officer: "粤A0001"})
    for page in (derive_scheme(facts, known, MEANINGS), derive_checklist(facts, known)):
        assert "欧阳甲" in format_html(page)
        assert "粤A0001" in read_docx(format_docx(page))
    sealed = replace(facts, target=facts.target.model_copy(update={"name": None}))
    assert "（姓名封存）" in format_html(derive_checklist(sealed, NO_NAMES))


def test_a_text_of_the_record_is_never_markup(record: Record) -> None:
    facts = derive_case_facts(record, CASE)
    hostile = replace(facts, target=facts.target.model_copy(update={"name": "<script>alert(1)</script>&lt;"}))
    for page in (derive_scheme(hostile, NO_NAMES, MEANINGS), derive_checklist(hostile, NO_NAMES)):
        html = format_html(page)
        assert "<script" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;" in html
        assert "<script>alert(1)</script>&lt;" in read_docx(format_docx(page))


def test_chinese_and_english_stand_side_by_side(record: Record) -> None:
    for data in derive_documents(derive_case_facts(record, CASE)).values():
        text = data.decode() if data.startswith(b"<!DOCTYPE") else read_docx(data)
        assert re.search(r"执法检查方案|现场检查表", text)
        assert re.search(r"Inspection scheme|Checklist", text)
        assert "Host section" in text


def test_documents_with_names_are_their_owners_to_read(record: Record, tmp_path: Path) -> None:
    documents = derive_documents(derive_case_facts(record, CASE))
    write_documents(tmp_path, documents)
    files = write_documents(tmp_path, documents, 0o600)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert {*tmp_path.iterdir()} == {*files}
