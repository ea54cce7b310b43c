"""The web service around the ledger.

Here stands ``witness``, which countersigns other logs' checkpoints; and one day the application (its composition root
and settings), ``api`` where officials hand in signed events and get receipts, and ``site`` with the public pages,
which holds no key. The service may import everything in ``ledger``; nothing in ``ledger`` may import the service: its
commands come to the command line by entry points.
"""
