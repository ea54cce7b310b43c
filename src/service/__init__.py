"""The web service around the ledger.

Here stand the application (its composition root and settings), ``api`` where officials hand in
signed events and get receipts, ``site`` with the public pages, which holds no key, and
``witness``, which countersigns other logs' checkpoints. The service may import everything in
``ledger``; nothing in ``ledger`` may import the service.
"""
