"""The web service around the ledger.

1. `app`      the composition root: what a process of each role answers
2. `public`   what anyone may read; holds no key
3. `api`      where officials' programs hand in signed events and get receipts
4. `witness`  countersigns other logs' checkpoints

Around them: `command`, `settings`, `server`, `protocol`, `sockets` (how it runs); `frame`, `problems`, `health`,
`metrics`, `journal` (what is around every request). The service may import everything in `ledger`; nothing in `ledger`
may import the service: its commands come to the command line by entry points.
"""
