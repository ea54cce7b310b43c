"""A witness that anyone can run with one command: `double-random witness`. It signs that logs only ever grow.

1. `folder`   what it keeps: its key, the logs that it follows, the last checkpoint of each
2. `app`      what it answers over HTTP, C2SP tlog-witness
3. `command`  the command that the package adds to the command line

The rules of cosigning are `ledger.log.witness`'s; what is sent is `ledger.log.submission`'s.
"""
