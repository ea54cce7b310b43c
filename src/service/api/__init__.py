"""What officials' programs ask: signed events in, receipts out. The signature is the login.

1. `receipts`  under which checkpoint each entry was acknowledged
2. `writer`    the one door to the log
3. `bodies`    a request's body, bounded in size and time
4. `limits`    how often one address may ask
5. `rules`     which rules of the plan an event's type serves
6. `events`    POST /api/v1/events
7. `stream`    an answer that comes bit by bit
8. `imports`   POST /api/v1/imports: many of them, and how far they are
9. `prepare`   POST /api/v1/prepare: what a unit would sign next
10. `telling`  a private read, recorded before anything is told
11. `reading`  /api/v1/openings: what sealed values stand for
"""
