"""Where the record is kept: the entries as they were signed, and, apart from them, what may be erased.

The `eventsourcing` library keeps the entries; no other package of the ledger knows that it does. The database
refuses changes and deletions itself, but that is a guard rail: the evidence is the log's signed checkpoint.

Read it in this order:

1. `entries`          what an entry is to a store, and what any store must do (`EntryStore`)
2. `adapter`          a store made of the library's factory, recorder and mapper
3. `lock`             a lock file that says who writes
4. `sqlite`           the store in one SQLite file
5. `scan`             that file from end to end, for whoever checks it
6. `postgres_schema`  table, triggers and grants of the next one
7. `postgres`         the store in a PostgreSQL database, for several machines; needs the extra `postgres`
8. `openings`         the values behind seals: encrypted, apart, deletable

The contract that any back end must keep is tests/store/contract.py.
"""
