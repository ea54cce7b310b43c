"""What anyone may read, without a key: nothing here can sign, or read a sealed value.

`tree`   the log's static files, C2SP tlog-tiles, under /log/
"""
