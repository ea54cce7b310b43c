"""`double-random items`: the editions of the check-item list, what each holds, what one changes of another (R37)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

import typer

from ledger.cli.changes import Difference, derive_differences
from ledger.cli.options import DEFAULT_FOLDER, AsJson, Folder
from ledger.cli.published import read_record
from ledger.cli.speech import print_table, say, say_json, tr
from ledger.office.compose import format_body
from ledger.office.events.body import ListRef
from ledger.office.lists import parse_rows
from ledger.office.plans import Edition
from ledger.office.record import Record
from ledger.office.rows import ITEM, Item
from ledger.proof.encoding import derive_day
from ledger.proof.errors import Refused

app = typer.Typer(
    no_args_is_help=True, help=tr("抽查事项清单：各版、内容、比较", "the check-item list, edition by edition")
)

EditionName = Annotated[
    str | None,
    typer.Option(
        "--edition", metavar="NAME", help=tr("哪一版，默认最新", "which edition; the newest if none is given")
    ),
]


class ItemChange(NamedTuple):
    """An item that an edition adds (`before` is None), drops (`after` is None) or words otherwise."""

    id: str
    before: Item | None
    after: Item | None

    @property
    def differences(self) -> list[Difference]:
        """The fields that stand otherwise, of an item that is in both editions."""
        return [] if self.before is None or self.after is None else derive_differences(self.before, self.after)

    def format(self) -> str:
        """Return it as a line, in the reader's language."""
        if self.before is None and self.after is not None:
            return f"+ {self.id}: {self.after.content}"
        if self.after is None and self.before is not None:
            return f"- {self.id}: {self.before.content}"
        return f"~ {self.id}: {'; '.join(one.tell() for one in self.differences)}"

    def format_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "id": self.id,
            "before": self.before and format_body(self.before),
            "after": self.after and format_body(self.after),
        }


def read_items(record: Record, ref: ListRef | None) -> dict[str, Item]:
    """Return a list's items by id; none where there is no list. Raises Mismatch if its rows are not in the log."""
    return {} if ref is None else {item.id: item for item in parse_rows(record.lists.leaves(ref), ITEM)}


def compare_items(before: Mapping[str, Item], after: Mapping[str, Item]) -> list[ItemChange]:
    """Return what changes from one edition to another, in order of the items' ids."""
    ids = sorted({*before, *after})
    changes = [ItemChange(id, before.get(id), after.get(id)) for id in ids]
    return [change for change in changes if change.before != change.after]


def tell_changes(changes: Sequence[ItemChange]) -> Iterator[str]:
    """Yield the changes, a line each, in the reader's language, under one that counts them."""
    added = sum(change.before is None for change in changes)
    dropped = sum(change.after is None for change in changes)
    changed = len(changes) - added - dropped
    yield tr(
        f"与现行清单相比：新增 {added} 项，取消 {dropped} 项，修改 {changed} 项",
        f"beside the list in force: {added} added, {dropped} dropped, {changed} changed",
    )
    yield from (f"  {change.format()}" for change in changes)


def name_edition(record: Record, day: str) -> str:
    """Return a name that no edition has: the day, or the day and a number."""
    taken = {edition.published.edition for edition in record.plans.editions}
    return next(name for number in range(1, len(taken) + 2) if (name := _numbered(day, number)) not in taken)


def _numbered(day: str, number: int) -> str:
    return day if number == 1 else f"{day}-{number}"


def find_edition(record: Record, name: str | None) -> Edition:
    """Return the edition of a name, or the newest. Raises Refused with the names that there are."""
    editions = record.plans.editions
    if not editions:
        raise Refused("no check-item list is published")
    if name is None:
        return editions[-1]
    found = next((edition for edition in editions if edition.published.edition == name), None)
    if found is None:
        known = ", ".join(edition.published.edition for edition in editions)
        raise Refused(f"edition {name} was not published; there are {known}")
    return found


@app.command("editions", help=tr("各版清单", "the editions, oldest first"))
def list_editions(folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False) -> None:
    """List the editions: name, day, number of items, entry, what of the law had changed."""
    rows = [
        {
            "edition": one.published.edition,
            "published": derive_day(one.at),
            "items": one.published.list.count,
            "entry": one.index,
            "changes": one.published.changes,
        }
        for one in read_record(folder).plans.editions
    ]
    if as_json:
        say_json(rows)
        return
    header = tr("版本 公布 项数 条目 立改废说明", "edition published items entry changes").split()
    print_table(header, [[str(value) if value is not None else "—" for value in row.values()] for row in rows])


@app.command("list", help=tr("一版清单的内容", "what an edition holds"))
def list_items(folder: Folder = DEFAULT_FOLDER, edition: EditionName = None, as_json: AsJson = False) -> None:
    """List an edition's items: id, content, basis, method, authority."""
    record = read_record(folder)
    items = read_items(record, find_edition(record, edition).published.list).values()
    if as_json:
        say_json([format_body(item) for item in items])
        return
    header = tr("编号 抽查内容 抽查依据 抽查方式 抽查主体", "item content basis method authority").split()
    print_table(header, [[item.id, item.content, item.basis, item.method, item.authority] for item in items])


@app.command("compare", help=tr("比较两版清单", "what one edition changes of another"))
def compare_editions(
    edition: Annotated[str, typer.Argument(metavar="EDITION", help=tr("较早的一版", "the earlier edition"))],
    other: EditionName = None,
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Compare an edition with the newest, or with another."""
    record = read_record(folder)
    before, after = (find_edition(record, name).published for name in (edition, other))
    changes = compare_items(read_items(record, before.list), read_items(record, after.list))
    if as_json:
        say_json([change.format_json() for change in changes])
        return
    say(f"从 {before.edition} 到 {after.edition}：", f"from {before.edition} to {after.edition}:")
    for change in changes:
        print(change.format())
