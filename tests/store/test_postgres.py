"""The PostgreSQL store keeps the contract, on a real server; and what is PostgreSQL's own."""

import re
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from random import Random

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

import ledger.store.postgres
from ledger.proof.errors import Conflict, Mismatch, Refused
from ledger.store.entries import Entry, EntryStore
from ledger.store.postgres import EntryRecorder, PostgresEntryStore
from postgres import OWNER, READER, WRITER, Server, find_binaries, run_server
from store.contract import SPAWN, EntryStoreContract, Opener, append_for_ever, check_whole, entry, run, wait_until
from store.proxy import Proxy

VALUES = "(notification_id, originator_id, originator_version, topic, state) VALUES"


def make_store(server: Server, database: str | None = None) -> Opener:
    database = database or server.make_database()
    PostgresEntryStore.migrate(server.dsn(database, OWNER), writer_role=WRITER, reader_role=READER)
    return partial(PostgresEntryStore, server.dsn(database, WRITER))


class TestPostgresEntryStore(EntryStoreContract):
    @pytest.fixture(autouse=True)
    def _use_server(self, postgres: Server) -> Iterator[None]:
        self.server, self.database = postgres, postgres.make_database()
        yield
        postgres.reset(self.database)

    def make(self, folder: Path) -> Opener:
        return make_store(self.server, self.database)

    def execute(self, folder: Path, statement: str) -> None:
        self.run_as(OWNER, f"SET search_path = ledger; {statement}")

    def dsn(self, role: str) -> str:
        return self.server.dsn(self.database, role)

    def run_as(self, role: str, statement: str) -> list[tuple[object, ...]]:
        return self.server.execute(self.database, role, statement)

    def kill(self, condition: str) -> int:
        """End the sessions of the writer that a condition fits, and wait for it; return how many there were."""
        return len(
            self.run_as(
                "postgres",
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                f" WHERE datname = '{self.database}' AND usename = '{WRITER}' AND {condition}",
            )
        )

    def kill_leader(self) -> None:
        leading = "(SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 2 AND mode = 'ExclusiveLock')"
        assert self.kill(f"pid IN {leading}") == 1

    # What the database refuses

    @pytest.mark.parametrize("role", [OWNER, WRITER])
    @pytest.mark.parametrize(
        "values",
        [
            "(1, 'a', 0, 't/1', '')",  # the same place
            "(1, 'z', 0, 't/1', '')",  # another entry in its place
            "(3, 'a', 1, 't/1', '')",  # the same position
            "(4, 'a', 2, 't/1', '')",  # a gap in the list
            "(3, 'a', 3, 't/1', '')",  # a gap in the subject
            "(0, 'z', 0, 't/1', '')",
            "(-1, 'z', 0, 't/1', '')",
            "(3, 'z', -1, 't/1', '')",
            "(3, 'z', 1, 't/1', '')",
            "(NULL, 'z', 0, 't/1', '')",
            "(3, 'z', 0, 't/1', NULL)",
            "(3, 'y', 0, 't/1', ''), (5, 'z', 0, 't/1', '')",
            "(3, 'z', 0, 't/1', ''), (4, 'z', 2, 't/1', '')",
            "(3, 'z', 1, 't/1', ''), (4, 'z', 0, 't/1', '')",  # the order of the list is the order of the subject
            "(3, 'a', 3, 't/1', ''), (4, 'a', 2, 't/1', '')",
        ],
    )
    def test_t18_nothing_is_put_but_at_the_end(self, store: EntryStore, role: str, values: str) -> None:
        store.append(run("a", 0, 2), 0)
        with pytest.raises(psycopg.IntegrityError):
            self.run_as(role, f"INSERT INTO ledger.stored_events {VALUES} {values}")
        for gentle in ("ON CONFLICT DO NOTHING", "ON CONFLICT (notification_id) DO UPDATE SET state = EXCLUDED.state"):
            with suppress(psycopg.IntegrityError, psycopg.errors.InsufficientPrivilege):
                self.run_as(role, f"INSERT INTO ledger.stored_events {VALUES} {values} {gentle}")
        assert store.read(0, 9) == run("a", 0, 2)

    def test_t18_rows_by_hand_may_stand_at_the_end(self, store: EntryStore) -> None:
        store.append(run("a", 0, 1), 0)
        rows = "(3, 'a', 1, 't/1', '3'), (2, 'b', 0, 't/1', '2'), (4, 'b', 1, 't/1', '4')"
        self.run_as(WRITER, f"INSERT INTO ledger.stored_events {VALUES} {rows}")
        assert [one.data for one in store.read(1, 9)] == [b"2", b"3", b"4"]

    def test_t18_of_all_rows_by_hand_those_are_taken_that_follow(self, store: EntryStore) -> None:
        store.append([*run("a", 0, 2), *run("b", 0, 1)], 0)
        random, taken = Random(18), Counter[bool]()
        with psycopg.connect(self.dsn(WRITER)) as writer:
            for _ in range(600):
                rows = [(4 + i, random.choice("abc"), 0) for i in range(random.randrange(1, 5))]
                heights = {"a": 2, "b": 1, "c": 0}
                for place, (id, subject, _) in enumerate(rows):
                    rows[place] = (id, subject, heights[subject])
                    heights[subject] += 1
                if random.random() < 0.7:
                    place, change = random.randrange(len(rows)), random.choice([-2, -1, 1, 2])
                    id, subject, position = rows[place]
                    rows[place] = random.choice([(id + change, subject, position), (id, subject, position + change)])
                random.shuffle(rows)
                follows = is_following(rows, {"a": 2, "b": 1})
                try:
                    values = ", ".join(f"({id}, '{subject}', {position}, 't/1', '')" for id, subject, position in rows)
                    writer.execute(f"INSERT INTO ledger.stored_events {VALUES} {values}".encode())
                    is_taken = True
                except psycopg.IntegrityError:
                    is_taken = False
                writer.rollback()
                assert is_taken == follows, rows
                taken[is_taken] += 1
        assert min(taken.values()) > 100

    def test_t18_an_upsert_changes_nothing(self, store: EntryStore) -> None:
        store.append(run("a", 0, 2), 0)
        upsert = (
            f"INSERT INTO ledger.stored_events {VALUES} (1, 'a', 0, 't/1', '')"
            " ON CONFLICT (notification_id) DO UPDATE SET state = EXCLUDED.state"
        )
        with pytest.raises(psycopg.IntegrityError, match="never changed"):
            self.run_as(OWNER, upsert)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            self.run_as(WRITER, upsert)
        assert store.read(0, 9) == run("a", 0, 2)

    def test_t18_the_table_is_not_emptied(self, store: EntryStore) -> None:
        store.append(run("a", 0, 2), 0)
        with pytest.raises(psycopg.IntegrityError, match="never"):
            self.run_as(OWNER, "TRUNCATE ledger.stored_events")
        assert store.size() == 2

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE ledger.stored_events SET state = ''",
            "DELETE FROM ledger.stored_events",
            "TRUNCATE ledger.stored_events",
            "DROP TABLE ledger.stored_events",
            "ALTER TABLE ledger.stored_events DISABLE TRIGGER ALL",
            "DROP TRIGGER entries_stay ON ledger.stored_events",
            "DROP SCHEMA ledger CASCADE",
            "CREATE FUNCTION ledger.more() RETURNS int LANGUAGE sql RETURN 1",
            "ALTER FUNCTION ledger.entries_stay() RENAME TO gone",
            "SET session_replication_role = replica",
        ],
    )
    @pytest.mark.parametrize("role", [WRITER, READER])
    def test_t18_the_writers_role_may_only_append(self, store: EntryStore, role: str, statement: str) -> None:
        store.append(run("a", 0, 2), 0)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            self.run_as(role, statement)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            self.run_as(READER, f"INSERT INTO ledger.stored_events {VALUES} (3, 'z', 0, 't/1', '')")
        assert store.read(0, 9) == run("a", 0, 2)

    # Opening and migrating

    @pytest.mark.parametrize(
        ("statement", "what"),
        [
            ("DROP TRIGGER entries_follow ON stored_events", "trigger entries_follow"),
            ("ALTER TABLE stored_events DISABLE TRIGGER entries_stay", "trigger entries_stay"),
            ("CREATE TRIGGER more BEFORE INSERT ON stored_events EXECUTE FUNCTION entries_stay()", "trigger more"),
            (
                "CREATE OR REPLACE FUNCTION entries_stay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
                "function ledger.entries_stay()",
            ),
            ("ALTER FUNCTION entries_follow() RESET search_path", "function ledger.entries_follow()"),
            ("ALTER FUNCTION entries_follow() SECURITY DEFINER", "function ledger.entries_follow()"),
            ("CREATE FUNCTION more() RETURNS int LANGUAGE sql RETURN 1", "function ledger.more()"),
            ("ALTER TABLE stored_events DROP CONSTRAINT stored_events_position", "constraint stored_events_position"),
            ("ALTER TABLE stored_events ADD CONSTRAINT more CHECK (topic <> '')", "constraint more"),
            ("CREATE INDEX more ON stored_events (topic)", "index ledger.more"),
            ("CREATE RULE more AS ON INSERT TO stored_events DO INSTEAD NOTHING", "rule more"),
            ("ALTER TABLE stored_events ALTER state DROP NOT NULL", "column state"),
            ("ALTER TABLE stored_events ALTER topic SET DEFAULT ''", "column topic"),
            ("ALTER TABLE stored_events ALTER originator_id TYPE text", "column originator_id"),
            ("ALTER TABLE stored_events ADD more int", "column more"),
            ("ALTER TABLE stored_events SET UNLOGGED", "table stored_events"),
            ("ALTER TABLE stored_events ENABLE ROW LEVEL SECURITY", "table stored_events"),
            ("CREATE TABLE more () INHERITS (stored_events)", "table stored_events"),
        ],
    )
    def test_t18_a_store_with_another_schema_is_not_opened(
        self, open_store: Opener, tmp_path: Path, statement: str, what: str
    ) -> None:
        self.execute(tmp_path, statement)
        message = re.escape(f"the table or triggers are not the ones that were made: {what}")
        for role, is_read_only in ((WRITER, False), (READER, True)):
            with pytest.raises(Mismatch, match=f"{message}$"):
                PostgresEntryStore(self.dsn(role), is_read_only=is_read_only)

    def test_t18_a_role_that_may_do_more_than_append_opens_nothing(self, open_store: Opener, tmp_path: Path) -> None:
        for role in (OWNER, "postgres"):
            with pytest.raises(Refused, match=f"role {role} may do more than append, OWNER, UPDATE, DELETE, TRUNCATE"):
                PostgresEntryStore(self.dsn(role))
        self.execute(tmp_path, f"GRANT UPDATE (topic), DELETE ON stored_events TO {WRITER}")
        with pytest.raises(Refused, match=f"role {WRITER} may do more than append, UPDATE, DELETE:"):
            open_store()
        self.make(tmp_path)
        open_store().close()

    def test_opening_makes_nothing(self) -> None:
        with pytest.raises(FileNotFoundError, match=f"{self.database}: there is no store here"):
            PostgresEntryStore(self.dsn(OWNER))
        assert self.run_as(OWNER, "SELECT FROM pg_namespace WHERE nspname = 'ledger'") == []

    @pytest.mark.parametrize("dsn", ["dbname=nowhere user=writer", "dbname=nowhere port=1", "no connection string"])
    def test_a_server_that_does_not_answer_is_an_oserror_at_once(self, dsn: str) -> None:
        start = time.monotonic()
        with pytest.raises(OSError, match="store: "):
            PostgresEntryStore(f"host={self.server.folder} {dsn}")
        assert time.monotonic() - start < 5

    @pytest.mark.parametrize("dsn", ["postgresql://writer:s3cret@[::1", "user=writer password='s3cret", "s3cret"])
    def test_an_address_that_is_none_is_not_repeated(self, dsn: str) -> None:
        for open_it in (PostgresEntryStore, PostgresEntryStore.migrate):
            with pytest.raises(OSError, match="neither a URL") as caught:
                open_it(dsn)
            told = "".join(traceback.format_exception(caught.value))
            assert "s3cret" not in told.replace(repr(dsn), "")

    @pytest.mark.parametrize("password", ["s3c@ret", "s3c/ret", "s3c@ret/x", "s3c:/ret", "/s3cret", "@s3cret"])
    def test_a_password_that_is_not_quoted_is_not_repeated(self, password: str) -> None:
        for open_it in (PostgresEntryStore, PostgresEntryStore.migrate):
            dsn = f"postgresql://writer:{password}@127.0.0.1:1/ledger"
            with pytest.raises(OSError, match="is not quoted") as caught:
                open_it(dsn)
            told = "".join(traceback.format_exception_only(caught.value))
            assert "s3c" not in told
            assert caught.value.__cause__ is None or "s3c" not in str(caught.value.__cause__)

    def test_migrating_again_keeps_what_is_there_and_puts_back_what_is_gone(
        self, open_store: Opener, store: EntryStore, tmp_path: Path
    ) -> None:
        store.append(run("a", 0, 2), 0)
        self.execute(tmp_path, "DROP TRIGGER entries_stay ON stored_events")
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(self.make, [tmp_path] * 3))
        with closing(open_store()) as again:
            assert again.read(0, 9) == run("a", 0, 2)

    def test_another_table_of_the_name_is_left_alone(self) -> None:
        self.run_as(OWNER, "CREATE SCHEMA ledger CREATE TABLE stored_events (id int)")
        with pytest.raises((OSError, Mismatch)):
            PostgresEntryStore.migrate(self.dsn(OWNER))
        assert self.run_as(OWNER, "SELECT FROM pg_trigger WHERE NOT tgisinternal") == []

    def test_only_the_owner_migrates(self, open_store: Opener) -> None:
        with pytest.raises(OSError, match="permission denied"):
            PostgresEntryStore.migrate(self.dsn(WRITER))

    def test_a_reader_cannot_write(self, store: EntryStore) -> None:
        store.append(run("a", 0, 2), 0)
        for role, message in ((READER, "permission denied"), (WRITER, "read-only"), (OWNER, "read-only")):
            with closing(PostgresEntryStore(self.dsn(role), is_read_only=True)) as reader:
                assert reader.read(0, 9) == run("a", 0, 2)
                with pytest.raises(OSError, match=message):
                    reader.append(run("a", 2, 1), 2)
        with closing(PostgresEntryStore(self.dsn(READER))) as reader, pytest.raises(OSError, match="permission denied"):
            reader.append(run("a", 2, 1), 2)

    def test_without_psycopg_the_reason_is_said(self) -> None:
        program = "import sys; sys.modules['psycopg'] = None; import ledger.store.postgres"
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert "Refused: a package that PostgreSQL needs is missing: import of psycopg" in ran.stderr
        assert "pip install 'double-random[postgres]'" in ran.stderr

    # What is durable, and what is known of it

    def test_a_commit_waits_for_the_disk(self, open_store: Opener, tmp_path: Path) -> None:
        self.execute(tmp_path, f"ALTER DATABASE {self.database} SET synchronous_commit = off")
        dsn = make_conninfo(self.dsn(WRITER), options="-c synchronous_commit=off")
        with closing(PostgresEntryStore(dsn)) as store:
            assert get_mode(store) == "on"
            store.lead()
            assert get_mode(store) == "on"

    def test_a_server_that_does_not_wait_for_its_disk_is_not_written(self, open_store: Opener) -> None:
        try:
            self.run_as("postgres", "ALTER SYSTEM SET fsync = off")
            self.run_as("postgres", "SELECT pg_reload_conf()")
            wait_until(lambda: self.run_as(WRITER, "SHOW fsync") == [("off",)])
            with pytest.raises(Refused, match="does not wait for its disk"):
                open_store()
            PostgresEntryStore(self.dsn(READER), is_read_only=True).close()
        finally:
            self.run_as("postgres", "ALTER SYSTEM RESET fsync")
            self.run_as("postgres", "SELECT pg_reload_conf()")
            wait_until(lambda: self.run_as(WRITER, "SHOW fsync") == [("on",)])

    def test_what_was_acknowledged_is_there_after_a_crash_of_the_server(self, tmp_path: Path) -> None:
        binaries = find_binaries()
        assert binaries is not None
        acknowledged = tmp_path / "acknowledged"
        acknowledged.touch()
        with run_server(binaries) as server:
            open_store = make_store(server)
            process = SPAWN.Process(target=append_for_ever, args=(open_store, 40, acknowledged))
            process.start()
            wait_until(lambda: len(acknowledged.read_text().splitlines()) >= 3)
            server.crash()
            process.join(30)
            assert process.exitcode == 1
            server.start()
            told = int(acknowledged.read_text().splitlines()[-1])
            with closing(open_store()) as store:
                assert check_whole(store)["stream"] in (told, told + 40)

    def test_a_store_outlives_a_restart_of_the_server(self) -> None:
        binaries = find_binaries()
        assert binaries is not None
        with (
            run_server(binaries) as server,
            closing(make_store(server)()) as store,
            ThreadPoolExecutor(8) as threads,
        ):
            store.append(run("a", 0, 2), 0)
            list(threads.map(lambda _: store.read(0, 9), range(100)))  # so that all connections are there
            server.crash()
            server.start()
            assert store.read(0, 9) == run("a", 0, 2)

    @pytest.mark.parametrize("is_leading", [False, True])
    def test_a_session_killed_in_the_middle_leaves_nothing(
        self, open_store: Opener, store: EntryStore, is_leading: bool
    ) -> None:
        if is_leading:
            store.lead()
        with psycopg.connect(self.dsn(OWNER)) as owner, ThreadPoolExecutor(1) as threads:
            owner.execute("LOCK TABLE ledger.stored_events IN SHARE MODE")  # The append waits for it within COPY.
            appending = threads.submit(store.append, run("a", 0, 50), 0)
            wait_until(lambda: self.kill("wait_event_type = 'Lock' AND query LIKE 'COPY%'") == 1)
            with pytest.raises(OSError, match="terminating connection"):
                appending.result(30)
        assert store.size() == 0
        with closing(open_store()) as other:
            other.append(run("a", 0, 50), 0)
            assert check_whole(other) == {"a": 50}

    def test_sessions_killed_at_any_moment_leave_whole_batches(self, store: EntryStore) -> None:
        size, lost, random = 0, 0, Random(5)
        for _ in range(15):
            with ThreadPoolExecutor(1) as threads:
                appending = threads.submit(store.append, run("a", size, 40, 5_000), size)
                time.sleep(random.uniform(0, 0.02))
                self.kill("TRUE")
                try:
                    appending.result(30)
                    size += 40
                except OSError:
                    lost += 1
                    now = store.size()
                    assert now in (size, size + 40)
                    size = now
        assert lost > 0
        assert check_whole(store) == {"a": size}

    @pytest.mark.parametrize("is_leading", [False, True])
    @pytest.mark.parametrize("is_done", [False, True], ids=["lost", "done-but-reported-lost"])
    def test_a_lost_acknowledgement_is_an_oserror_and_size_tells(
        self, open_store: Opener, is_done: bool, is_leading: bool
    ) -> None:
        with Proxy(self.server.folder / ".s.PGSQL.5432") as proxy:
            dsn = make_conninfo(self.dsn(WRITER), host="127.0.0.1", port=proxy.port)
            with closing(PostgresEntryStore(dsn)) as store:
                if is_leading:
                    store.lead()
                store.append(run("a", 0, 2), 0)
                proxy.cut_at_commit(is_done=is_done)
                with pytest.raises(OSError, match="store: "):
                    store.append(run("a", 2, 3), 2)
                assert proxy.cuts == 1
                size = 5 if is_done else 2
                assert store.size() == size
                assert store.read(0, 9) == run("a", 0, size)
                if is_leading:
                    with pytest.raises(OSError, match="the lead was lost"):
                        store.append(run("a", size, 1), size)
                    store.lead()
                store.append(run("a", size, 1), size)

    @pytest.mark.parametrize("refused", [False, True], ids=["taken", "refused"])
    @pytest.mark.parametrize(("count", "bytes_each"), [(20_000, 600), (200, 62_000)])
    def test_a_large_batch_does_not_hang(
        self, open_store: Opener, store: EntryStore, count: int, bytes_each: int, refused: bool
    ) -> None:
        batch = [*run("a", 0, count, bytes_each), *([entry("b", 1)] if refused else [])]
        process = SPAWN.Process(target=append_once, args=(open_store, batch))
        process.start()
        process.join(60)
        try:
            assert process.exitcode == (1 if refused else 0)
        finally:
            process.kill()
        assert store.size() == (0 if refused else count)

    def test_a_dump_is_restored_with_all_that_guards_it(self, store: EntryStore, tmp_path: Path) -> None:
        store.append([*run("a", 0, 2), entry("b", 0, bytes(range(256)))], 0)
        other = self.server.make_database()
        self.server.run("pg_dump", "-d", self.dsn(OWNER), "-f", "dump")
        self.server.run("psql", "-d", self.server.dsn(other, OWNER), "-v", "ON_ERROR_STOP=1", "-f", "dump")
        with closing(PostgresEntryStore(self.server.dsn(other, WRITER))) as restored:
            assert restored.read(0, 9) == store.read(0, 9)
            restored.append(run("a", 2, 1), 3)
        self.server.reset(other)

    def test_an_entry_is_read_by_hand(self, store: EntryStore) -> None:
        text = "双随机、一公开\n\n— a AAAA\n"
        store.append([entry("a", 0, text.encode())], 0)
        (statement,) = re.findall('psql -Atc "(.*)"', ledger.store.postgres.__doc__ or "")
        assert self.run_as(READER, statement.replace("INDEX", "0")) == [(text,)]

    def test_a_missing_entry_is_named(self, open_store: Opener, store: EntryStore, tmp_path: Path) -> None:
        store.append(run("a", 0, 4), 0)
        self.execute(tmp_path, "DROP TRIGGER entries_stay ON stored_events")
        self.execute(tmp_path, "DELETE FROM stored_events WHERE notification_id = 2")
        for start in (0, 1):
            with pytest.raises(Mismatch, match="entry 1 is missing"):
                store.read(start, 9)

    def test_a_subscription_is_told_of_every_entry(self, store: EntryStore) -> None:
        with get_recorder(store).subscribe(gt=0) as subscription:
            store.append(run("a", 0, 2), 0)
            store.append(run("b", 0, 1), 2)
            assert [next(subscription).id for _ in range(3)] == [1, 2, 3]

    # Who leads

    def test_a_leader_whose_session_is_gone_never_appends_again(self, open_store: Opener, store: EntryStore) -> None:
        store.lead()
        store.append(run("a", 0, 1), 0)
        self.kill_leader()
        with pytest.raises(OSError, match="terminating connection"):  # nobody else leads yet
            store.append(run("a", 1, 1), 1)
        with closing(open_store()) as successor:
            successor.lead()
            successor.append(run("a", 1, 1), 1)
            with pytest.raises(OSError, match="the lead was lost"):
                store.append(run("a", 2, 1), 2)
            with pytest.raises(Conflict, match="another one leads"):
                store.lead()
        with pytest.raises(OSError, match="the lead was lost"):  # nor when the successor has gone
            store.append(run("a", 2, 1), 2)
        assert store.read(0, 9) == run("a", 0, 2)
        store.lead()
        store.append(run("a", 2, 1), 2)

    def test_the_session_that_leads_is_named(self, open_store: Opener, store: EntryStore) -> None:
        store.lead()
        named = PostgresEntryStore(make_conninfo(self.dsn(WRITER), application_name="second"))
        with closing(named), pytest.raises(Conflict, match=rf"session \d+ of {WRITER}, double-random, process \d+ on "):
            named.lead()
        store.close()
        named = PostgresEntryStore(make_conninfo(self.dsn(WRITER), application_name="second"))
        with closing(named), closing(open_store()) as other:
            named.lead()
            with pytest.raises(Conflict, match=f"session .* of {WRITER}, second"):
                other.lead()

    def test_the_database_itself_takes_nothing_but_from_who_leads(self, store: EntryStore) -> None:
        store.lead()
        insert = f"INSERT INTO ledger.stored_events {VALUES} (1, 'a', 0, 't/1', '')"
        for role in (WRITER, OWNER):
            with pytest.raises(psycopg.IntegrityError, match="another one leads"):
                self.run_as(role, insert)
        store.close()
        self.run_as(WRITER, insert)

    def test_leading_waits_for_who_is_appending(self, open_store: Opener, store: EntryStore) -> None:
        with psycopg.connect(self.dsn(WRITER)) as slow, ThreadPoolExecutor(1) as threads:
            slow.execute(f"INSERT INTO ledger.stored_events {VALUES} (1, 'a', 0, 't/1', '')".encode())
            leading = threads.submit(store.lead)
            time.sleep(0.1)
            assert not leading.done()
            slow.commit()
            leading.result(30)
        assert store.size() == 1

    def test_leading_is_never_refused_for_who_only_appends(self, open_store: Opener, store: EntryStore) -> None:
        led = 0
        with ThreadPoolExecutor(2) as threads:
            appending = [threads.submit(append_unless_led, store, subject, 150) for subject in "ab"]
            while not all(one.done() for one in appending):
                with closing(open_store()) as leader:
                    leader.lead()
                    led += 1
                time.sleep(0.002)
            counts = [one.result() for one in appending]
        assert led > 2
        assert check_whole(store) == Counter(a=counts[0], b=counts[1])

    def test_logs_in_other_databases_are_led_by_others(self, store: EntryStore) -> None:
        store.lead()
        with closing(make_store(self.server)()) as elsewhere:
            elsewhere.append(run("a", 0, 1), 0)
            elsewhere.lead()
            elsewhere.append(run("a", 1, 1), 1)
        store.append(run("a", 0, 1), 0)


def is_following(rows: list[tuple[int, str, int]], heights: dict[str, int]) -> bool:
    """Tell whether rows of index plus one, subject and position, in the list's order, follow what is there."""
    counts, size = Counter(heights), sum(heights.values())
    for id, subject, position in sorted(rows):
        if (id, position) != (size + 1, counts[subject]):
            return False
        counts[subject] += 1
        size += 1
    return True


def append_unless_led(store: EntryStore, subject: str, attempts: int) -> int:
    """Append an entry at a time, and return how many were taken; others append and lead meanwhile."""
    position = 0
    for _ in range(attempts):
        with suppress(Conflict):
            store.append(run(subject, position, 1), store.size())
            position += 1
    return position


def append_once(open_store: Opener, batch: list[Entry]) -> None:
    """Append a batch, in a process that can be ended if it hangs."""
    with closing(open_store()) as store:
        store.append(batch, 0)


def get_mode(store: EntryStore) -> str:
    """Return what the connection that appends waits for at a COMMIT."""
    with get_recorder(store).datastore.get_appending() as connection:
        (row,) = connection.execute("SHOW synchronous_commit").fetchall()
    return str(row["synchronous_commit"])


def get_recorder(store: EntryStore) -> EntryRecorder:
    assert isinstance(store, PostgresEntryStore)
    assert isinstance(store._recorder, EntryRecorder)
    return store._recorder
