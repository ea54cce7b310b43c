"""The append-only log: what is recorded is put in order, signed, and laid out so that any web server can publish it.

Read it in this order:

1. `files`    writing a file so that a power cut leaves the old one or the new one
2. `tiles`    the log as static files, C2SP tlog-tiles: entries, hashes, proofs read from them
3. `book`     check, append, sign, publish: the one order of a write, and its repair after a crash
4. `witness`  whoever attests that the log only ever grows
5. `fsck`     everything derived again and compared: `listing` and `comparison` are its parts

An installation is one folder: store/ (the entries), log/ (all of it public), lock/ (the last checkpoint that was
signed; never in the same backup as store/), private/ (openings and their key), keys/ (the log's signing key).
"""
