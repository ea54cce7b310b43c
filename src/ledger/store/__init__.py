"""Where the record is kept: the entries as they were signed, and, apart from them, what may be erased.

The `eventsourcing` library keeps the entries; no other package of the ledger knows that it does. The database
refuses changes and deletions itself, but that is a guard rail: the evidence is the log's signed checkpoint.

Read it in this order:

1. `entries`   what an entry is to a store, and what any store must do (`EntryStore`)
2. `adapter`   a store made of the library's factory, recorder and mapper
3. `sqlite`    the store in one SQLite file
4. `scan`      that file from end to end, for whoever checks it
5. `openings`  the values behind seals: encrypted, apart, deletable

The contract that any back end must keep is tests/store/contract.py.
"""
