"""What an auditor must trust: the draw's mathematics and the record's, and nothing else.

Pure functions over bytes that are public. It stands on Python's standard library and `cryptography`
alone, opens no file, reads no clock, draws no random number, and runs when this folder is copied by
itself into an empty one.

Read it in this order:

1.  `errors`       the few kinds of reason for which anything here is refused
2.  `encoding`     one spelling for every value: canonical JSON, codes, ids, times, H()
3.  `merkle`       RFC 6962 trees: inclusion, consistency, absence
4.  `note`         C2SP signed notes: keys, signatures
5.  `checkpoint`   checkpoints of the log, witnesses' cosignatures, quorum
6.  `receipt`      the acknowledgement of an entry: its path under a checkpoint
7.  `event`        an event is a note: its two lines, strictly
8.  `seal`         values that are not public, or not yet
9.  `randomness`   drand rounds, lotteries, dice: what each is worth and how it is checked
10. `quota`        how many are drawn: integers only
11. `draw`         from seed to outcome: tickets, officers, items, replacement

The specification is docs/spec/; each module names its section.
"""
