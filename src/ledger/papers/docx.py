"""A document as DOCX, for Word and WPS: the same document gives the same bytes.

The file is a ZIP: its members stand in the one form of `audit/container`, and its properties name no person and no
time of making.
"""

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime

from docx import Document
from docx.document import Document as Made
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Length, Mm, Pt, RGBColor
from docx.table import _Row
from docx.text.paragraph import Paragraph

from ledger.audit.container import format_container
from ledger.papers.page import Block, Facts, Page, Points, Table, Text, Words

A4 = (Mm(210), Mm(297))
MARGIN = Mm(15)
GREY = RGBColor(0x55, 0x55, 0x55)
_MADE = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands where a time of making has to: a document follows from the record, not from when it was written."""


def format_docx(page: Page) -> bytes:
    """Return a document as the bytes of a DOCX file (ECMA-376)."""
    made = Document()
    _set_up(made, page)
    title = made.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write(title, page.title, size=18, bold=True)
    number = made.add_paragraph()
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write(number, page.number)
    for section in page.sections:
        heading = made.add_paragraph(style="Heading 2")
        heading.add_run(section.heading.zh)
        beside = heading.add_run(f"  {section.heading.en}")
        beside.font.size, beside.font.bold = Pt(8.5), False
        for block in section.blocks:
            _add(made, block, page)
    foot = made.add_paragraph()
    foot.paragraph_format.space_before = Pt(6)
    _write(foot, page.foot, size=8.5)
    return _canonical(made)


def _set_up(made: Made, page: Page) -> None:
    sheet = made.sections[0]
    width, height = reversed(A4) if page.is_wide else A4
    sheet.page_width, sheet.page_height = width, height
    sheet.orientation = WD_ORIENT.LANDSCAPE if page.is_wide else WD_ORIENT.PORTRAIT
    sheet.left_margin = sheet.right_margin = sheet.top_margin = sheet.bottom_margin = MARGIN
    for style, face, size in (("Normal", "宋体", 10.5), ("Heading 2", "黑体", 11.5)):
        font = made.styles[style].font
        font.name, font.size, font.color.rgb = "Times New Roman", Pt(size), RGBColor(0, 0, 0)
        fonts = made.styles[style].element.get_or_add_rPr().get_or_add_rFonts()
        for name in [name for name in fonts.attrib if name.endswith("Theme")]:
            del fonts.attrib[name]
        fonts.set(qn("w:eastAsia"), face)
    made.styles["Normal"].paragraph_format.space_after = Pt(2)
    properties = made.core_properties
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.title, properties.language = f"{page.title.zh} {page.title.en}", "zh-CN"
    properties.created = properties.modified = _MADE


def _write(paragraph: Paragraph, text: Text, size: float | None = None, bold: bool = False) -> None:
    """Write a text: its Chinese, and its English under it, smaller."""
    run = paragraph.add_run(text.zh if isinstance(text, Words) else text)
    run.bold = bold
    if size is not None:
        run.font.size = Pt(size)
    if isinstance(text, Words):
        run.add_break()
        english = paragraph.add_run(text.en)
        english.font.size, english.font.color.rgb = Pt(8), GREY


def _add(made: Made, block: Block, page: Page) -> None:
    if isinstance(block, Points):
        for number, sentence in enumerate(block.sentences, start=1):
            head = f"{number}. " if len(block.sentences) > 1 else ""
            _write(made.add_paragraph(), Words(head + sentence.zh, sentence.en))
    elif isinstance(block, Facts):
        rows: list[tuple[Text, ...]] = []
        for first, second in zip(block.pairs[::2], (*block.pairs[1::2], None), strict=False):
            rows.append((*first, *(second or ("", ""))))
        _add_table(made, page, (14, 36, 14, 36), rows)
    elif isinstance(block, Table):
        _add_table(made, page, block.widths, [block.heads, *block.rows], has_head=True)
        if block.blank:
            table = made.tables[-1]
            for _ in range(block.blank):
                row: _Row = table.add_row()  # type: ignore[no-untyped-call]
                row.height = Mm(9)
        made.add_paragraph().paragraph_format.space_after = Pt(0)
    else:
        signed, date = Words("签字", "signed"), Words("日期", "date")
        lines = [(who, beside, signed, date) for who, beside in block.lines]
        _add_table(made, page, (20, 32, 30, 18), lines, height=Mm(12))


def _add_table(
    made: Made,
    page: Page,
    widths: tuple[int, ...],
    rows: Sequence[tuple[Text, ...]],
    *,
    has_head: bool = False,
    height: Length | None = None,
) -> None:
    table = made.add_table(rows=0, cols=len(widths), style="Table Grid")
    table.autofit = False
    margins = OxmlElement("w:tblCellMar")
    for side in ("top", "bottom"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "50")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tblPr.find(qn("w:tblLook")).addprevious(margins)
    across = (A4[1] if page.is_wide else A4[0]) - 2 * MARGIN
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Emu(across * width // 100)
    for number, cells in enumerate(rows):
        row = table.add_row()
        _keep(row, is_head=has_head and number == 0)
        if height is not None:
            row.height = height
        for place, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
            is_label = (has_head and number == 0) or (not has_head and place % 2 == 0)
            _write(cell.paragraphs[0], text, size=9.5, bold=is_label)


def _keep(row: _Row, *, is_head: bool) -> None:
    """Keep a row on one page; repeat the head on every page."""
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if is_head:
        properties.append(OxmlElement("w:tblHeader"))


def _canonical(made: Made) -> bytes:
    """Return the file in its one form, without what only the library's own template brings along."""
    styles = made.styles.element
    for style in styles.findall(qn("w:style")):
        if style.get(qn("w:type")) == "table" and style.get(qn("w:styleId")) not in ("TableNormal", "TableGrid"):
            styles.remove(style)
    for rels in (made.part.package.rels, made.part.rels):
        for id, relation in [*rels.items()]:
            if relation.reltype.endswith(("/thumbnail", "/stylesWithEffects", "/customXml")):
                del rels[id]
    written = io.BytesIO()
    made.save(written)
    with zipfile.ZipFile(written) as archive:
        return format_container({name: archive.read(name) for name in archive.namelist()})
