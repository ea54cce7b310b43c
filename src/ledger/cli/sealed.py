"""`double-random openings`: what sealed values stand for, kept apart from the record, and their erasure."""

from typing import Annotated

import typer

from ledger.cli import steps
from ledger.cli.options import DEFAULT_FOLDER, AsJson, At, Folder, Keys, open_installation
from ledger.cli.speech import say, say_json, tr
from ledger.cli.words import ERASURES, list_meanings

app = typer.Typer(
    no_args_is_help=True, help=tr("封存的值（不公开）：查看、删除", "sealed values: show them, erase them")
)


@app.command(
    "show", help=tr("查看某主题下的封存值（仅限有权查看者）", "show a subject's sealed values (to those entitled)")
)
def show(
    subject: Annotated[str, typer.Argument(help=tr("主题，如 targets/2027/industry-trade", "the subject"))],
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Show openings."""
    with open_installation(folder).open_openings() as table:
        rows = [{"id": o.id, "field": o.field, "value": o.value, "seal": o.seal} for o in table.read(subject)]
    if as_json:
        say_json(rows)
        return
    for row in rows:
        print(f"{row['id']}  {row['field']}  {row['value']}  {row['seal']}")


@app.command(
    "erase", help=tr("删除封存值的原文；记录与证明不变", "erase what seals stand for; every proof still holds")
)
def erase(
    reason: Annotated[str, typer.Argument(help=tr("原因：", "why: ") + list_meanings(ERASURES))],
    seals: Annotated[list[str], typer.Argument(help=tr("摘要", "the digests"))],
    folder: Folder = DEFAULT_FOLDER,
    keys: Keys = [],
    at: At = None,
) -> None:
    """Erase openings: the event first, so that nothing vanishes without a record."""
    installation = open_installation(folder, at)
    with installation.open_desk(keys) as (_, desk):
        index = steps.erase_openings(desk, seals, reason)
        with installation.open_openings() as table:
            number = table.erase(seals)
    say(f"已删除 {number} 个原文（第 {index} 条）", f"erased {number} (entry {index})")
