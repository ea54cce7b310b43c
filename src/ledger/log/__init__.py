"""The append-only log: what is recorded is put in order, signed, and laid out so that any web server can publish it.

Read it in this order:

1. `files`    writing a file so that a power cut leaves the old one or the new one
2. `tiles`    the log as static files, C2SP tlog-tiles: entries, hashes, proofs read from them
3. `lock`     the last checkpoint signed, changed by compare-and-swap
4. `book`     check, append, sign, publish: the one order of a write, and its repair after a crash
5. `pool`     many submitters at once
6. `witness`  whoever attests that the log only ever grows
7. `submission`, `remote_witness`, `feeder`   asking such over HTTP, C2SP tlog-witness: all of a policy at once;
   `failure` says why one could not be reached
8. `timestamp` and `objects` (on `bucket`): a third party's time on a checkpoint, a copy in an object store; nothing of
   the above waits for them
9. `fsck`     everything derived again and compared: `listing` and `comparison` are its parts

And for those who read a log that somebody else keeps:

1. `source`   where its files are read: a web server (over `timed` connections), or a folder
2. `fetch`    a copy in which nothing stands that was not checked
3. `follow`   what was shown before is remembered: forks and rollbacks are refused
4. `monitor`  looking again and again

An installation is one folder: store/ (the entries), log/ (all of it public), lock/ (the last checkpoint that was
signed; never in the same backup as store/), private/ (openings and their key), keys/ (the log's signing key).
"""
