"""The table, triggers and grants of the PostgreSQL store: made once by their owner, checked at every opening.

What we make is spelled here as the database's catalogue spells it, so that one text serves for making and for checking.

Three roles, of which the operator makes the last two:

owner   runs `migrate`; whoever holds it can drop the triggers, so that no program should run as it
writer  the service: INSERT and SELECT, nothing else
reader  SELECT
"""

from collections.abc import Iterator
from typing import Final

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.sql import SQL, Identifier

from ledger.proof.errors import Mismatch, Refused

SCHEMA: Final = "ledger"
LOCKS: Final = 0x64726E64
"""Which of the database's advisory locks are ours: the first of their two numbers, "drnd"."""
APPENDING: Final = 1
"""Held, to the end of the transaction, by whoever appends: one after the other."""
LEADING: Final = 2
"""Held by the session that leads, to its end. Whoever leads has taken a turn first, as if to append."""

_COLUMNS = {
    "notification_id": "bigint",
    "originator_id": 'text COLLATE "C"',
    "originator_version": "bigint",
    "topic": "text",
    "state": "bytea",
}
_CONSTRAINTS = {
    "stored_events_pkey": "PRIMARY KEY (notification_id)",
    "stored_events_position": "UNIQUE (originator_id, originator_version)",
}
_FUNCTIONS = {
    "entries_stay": """
BEGIN
    RAISE EXCEPTION 'entries are never changed or deleted' USING ERRCODE = 'integrity_constraint_violation';
END""",
    "entries_in_turn": f"""
BEGIN
    PERFORM pg_advisory_xact_lock({LOCKS}, {APPENDING});
    -- Given back at once: nobody can begin to lead before this turn is over, and then must not find it still held.
    IF NOT (CASE WHEN pg_try_advisory_lock_shared({LOCKS}, {LEADING})
            THEN pg_advisory_unlock_shared({LOCKS}, {LEADING}) ELSE FALSE END) THEN
        RAISE EXCEPTION 'another one leads' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END""",
    "entries_follow": f"""
BEGIN
    IF EXISTS (
        SELECT FROM (
            SELECT notification_id, lag(notification_id) OVER (ORDER BY notification_id) AS before FROM added) a
        WHERE notification_id <> 1 + coalesce(before, (
            SELECT max(notification_id) FROM {SCHEMA}.stored_events e WHERE e.notification_id < a.notification_id), 0))
    THEN
        RAISE EXCEPTION 'an entry stands at the end of the list, without a gap'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM (
            SELECT originator_id, originator_version,
                lag(originator_version) OVER (PARTITION BY originator_id ORDER BY notification_id) AS before
            FROM added) a
        WHERE originator_version <> 1 + coalesce(before, (
            SELECT max(originator_version) FROM {SCHEMA}.stored_events e
            WHERE e.originator_id = a.originator_id AND e.originator_version < a.originator_version), -1))
    THEN
        RAISE EXCEPTION 'an entry stands at the end of its subject, without a gap'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END""",
}
_TRIGGERS = {
    "entries_stay": "BEFORE DELETE OR UPDATE {} FOR EACH ROW {}entries_stay()",
    "entries_remain": "BEFORE TRUNCATE {} FOR EACH STATEMENT {}entries_stay()",
    "entries_in_turn": "BEFORE INSERT {} FOR EACH STATEMENT {}entries_in_turn()",
    "entries_follow": "AFTER INSERT {} REFERENCING NEW TABLE AS added FOR EACH STATEMENT {}entries_follow()",
}

# What the catalogue has of the schema: what it is, and how it is spelled.
_CATALOGUE = SQL("""
WITH events AS (SELECT * FROM pg_class WHERE oid = to_regclass('{schema}.stored_events'))
SELECT 'table ' || relname AS what, concat_ws(' ', relkind, relpersistence, relrowsecurity::text, EXISTS (
    SELECT FROM pg_inherits WHERE events.oid IN (inhrelid, inhparent))::text) AS spelling FROM events
UNION ALL SELECT 'column ' || attname, concat_ws(
        ' ',
        format_type(atttypid, atttypmod),
        (SELECT 'COLLATE ' || quote_ident(collname) FROM pg_collation c WHERE c.oid = attcollation AND collname = 'C'),
        CASE WHEN attnotnull THEN 'NOT NULL' END,
        CASE WHEN atthasdef THEN 'DEFAULT' END,
        nullif(attidentity, ''))
    FROM pg_attribute JOIN events ON attrelid = events.oid WHERE attnum > 0 AND NOT attisdropped
UNION ALL SELECT 'constraint ' || conname, pg_get_constraintdef(c.oid)
    FROM pg_constraint c JOIN events ON conrelid = events.oid WHERE contype <> 'n'
UNION ALL SELECT 'index ' || indexrelid::regclass, pg_get_indexdef(indexrelid)
    FROM pg_index JOIN events ON indrelid = events.oid
    WHERE NOT indisvalid OR NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
UNION ALL SELECT 'trigger ' || tgname, concat_ws(' ', pg_get_triggerdef(t.oid), nullif(tgenabled, 'O'))
    FROM pg_trigger t JOIN events ON tgrelid = events.oid WHERE NOT tgisinternal
UNION ALL SELECT 'rule ' || rulename, pg_get_ruledef(r.oid) FROM pg_rewrite r JOIN events ON ev_class = events.oid
UNION ALL SELECT 'function ' || p.oid::regprocedure, pg_get_functiondef(p.oid)
    FROM pg_proc p JOIN events ON pronamespace = relnamespace WHERE prokind <> 'a'
""").format(schema=Identifier(SCHEMA))

# What the role at hand may do to the table beyond reading and appending.
_SURPLUS = SQL("""
WITH owners(owner) AS (
    SELECT relowner FROM pg_class WHERE oid = {table}::regclass
    UNION SELECT nspowner FROM pg_namespace WHERE nspname = {schema}
    UNION SELECT proowner FROM pg_proc WHERE pronamespace = {schema}::regnamespace)
SELECT current_user AS role, array_to_string(ARRAY(
    SELECT 'OWNER' WHERE EXISTS (SELECT FROM owners WHERE pg_has_role(owner, 'MEMBER'))
    UNION ALL SELECT 'UPDATE' WHERE has_any_column_privilege({table}, 'UPDATE')
    UNION ALL SELECT kind FROM unnest(ARRAY['DELETE', 'TRUNCATE', 'TRIGGER']) kind
        WHERE has_table_privilege({table}, kind)), ', ') AS surplus, current_setting('fsync') = 'on' AS is_durable
""").format(schema=SCHEMA, table=f"{SCHEMA}.stored_events")


def migrate(connection: Connection[DictRow], writer_role: str | None, reader_role: str | None) -> None:
    """Make what is not there yet, and grant the two roles what they need, no more; all of it or nothing.

    Raises Mismatch if a table of that name is there already and is another one; psycopg.Error.
    """
    table = Identifier(SCHEMA, "stored_events")
    with connection.transaction():
        connection.execute(SQL("SELECT pg_advisory_xact_lock({}, {})").format(LOCKS, APPENDING))
        for statement in _derive_statements():
            connection.execute(statement.encode())
        check_schema(connection)
        for role, rights in ((writer_role, SQL("SELECT, INSERT")), (reader_role, SQL("SELECT"))):
            if role is not None:
                named = {"schema": Identifier(SCHEMA), "table": table, "role": Identifier(role), "rights": rights}
                connection.execute(SQL("GRANT USAGE ON SCHEMA {schema} TO {role}").format(**named))
                connection.execute(SQL("REVOKE ALL ON {table} FROM {role}").format(**named))
                connection.execute(SQL("GRANT {rights} ON {table} TO {role}").format(**named))


def check_schema(connection: Connection[DictRow]) -> None:
    """Check that table, constraints, triggers and functions are the ones that `migrate` makes, and no others.

    Raises FileNotFoundError if there is no table, Mismatch with the names of what differs; psycopg.Error.
    """
    found = {row["what"]: row["spelling"] for row in connection.execute(_CATALOGUE)}
    if not found:
        raise FileNotFoundError(f"{connection.info.dbname}: there is no store here")
    expected = dict(_derive_expected())
    if found != expected:
        names = ", ".join(sorted(dict(found.items() ^ expected.items())))
        raise Mismatch(f"store: the table or triggers are not the ones that were made: {names}")


def check_writer(connection: Connection[DictRow]) -> None:
    """Check that this role may append and do no more, and that the server waits for its disk.

    Raises Refused.
    """
    row = connection.execute(_SURPLUS).fetchone()
    assert row is not None
    role, surplus = row["role"], row["surplus"]
    if surplus:
        raise Refused(f"store: role {role} may do more than append, {surplus}: expected the role of the writer")
    if not row["is_durable"]:
        raise Refused("store: the server does not wait for its disk, expected fsync=on: what it confirms can be lost")


def _spell_function(name: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {SCHEMA}.{name}()\n RETURNS trigger\n LANGUAGE plpgsql\n"
        f" SET search_path TO 'pg_catalog', 'pg_temp'\nAS $function${body}\n$function$\n"
    )


def _spell_trigger(name: str, definition: str) -> str:
    place, function = f"ON {SCHEMA}.stored_events", f"EXECUTE FUNCTION {SCHEMA}."
    return f"CREATE TRIGGER {name} {definition.format(place, function)}"


def _derive_statements() -> Iterator[str]:
    """Yield what makes the schema; each may be run again."""
    columns = [f"{name} {type} NOT NULL" for name, type in _COLUMNS.items()]
    constraints = [f"CONSTRAINT {name} {definition}" for name, definition in _CONSTRAINTS.items()]
    yield f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"
    yield f"CREATE TABLE IF NOT EXISTS {SCHEMA}.stored_events ({', '.join([*columns, *constraints])})"
    for name, body in _FUNCTIONS.items():
        yield _spell_function(name, body)
    for name, definition in _TRIGGERS.items():
        yield _spell_trigger(name, definition).replace("CREATE", "CREATE OR REPLACE", 1)


def _derive_expected() -> Iterator[tuple[str, str]]:
    """Yield what the catalogue must have."""
    yield "table stored_events", "r p false false"
    for name, type in _COLUMNS.items():
        yield f"column {name}", f"{type} NOT NULL"
    for name, definition in _CONSTRAINTS.items():
        yield f"constraint {name}", definition
    for name, body in _FUNCTIONS.items():
        yield f"function {SCHEMA}.{name}()", _spell_function(name, body)
    for name, definition in _TRIGGERS.items():
        yield f"trigger {name}", _spell_trigger(name, definition)
