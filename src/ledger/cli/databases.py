"""`log migrate`: a PostgreSQL database is made ready to hold a log's entries."""

from typing import Annotated

import typer

from ledger.cli.settings import DATABASE, read_database
from ledger.cli.speech import say, tr
from ledger.store.entries import EntryStore


def open_database(*, is_read_only: bool = False) -> EntryStore | None:
    """Return the PostgreSQL store that the environment names, None where it names none: then the folder has its own.

    Raises Refused if the packages that it needs are not installed; OSError, Mismatch.
    """
    dsn = read_database()
    if dsn is None:
        return None
    from ledger.store.postgres import PostgresEntryStore  # optional packages stand behind it

    return PostgresEntryStore(dsn, is_read_only=is_read_only)


def migrate_command(
    dsn: Annotated[
        str, typer.Argument(metavar="DSN", help=tr("数据库所有者的连接串", "the owner's connection string"))
    ],
    writer: Annotated[
        str | None, typer.Option(metavar="ROLE", help=tr("只可追加的角色", "the role that may append, and no more"))
    ] = None,
    reader: Annotated[
        str | None, typer.Option(metavar="ROLE", help=tr("只可读取的角色", "the role that may only read"))
    ] = None,
) -> None:
    """Make the table, its triggers and the grants; entries that are there are left alone."""
    from ledger.store.postgres import PostgresEntryStore  # an optional package stands behind it

    PostgresEntryStore.migrate(dsn, writer_role=writer, reader_role=reader)
    say(
        f"数据库已就绪。把 {DATABASE} 设为可追加角色的连接串，各命令即使用它",
        f"the database is ready. With {DATABASE} set to the writer's connection string every command uses it",
    )
