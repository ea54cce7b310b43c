"""What officials' programs ask: signed events in, receipts out. The signature is the login.

1. `receipts`  under which checkpoint each entry was acknowledged
2. `writer`    the one door to the log
3. `bodies`    a request's body, bounded in size and time
4. `limits`    how often, and how much at once
5. `events`    POST /api/v1/events
"""
