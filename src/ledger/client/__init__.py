"""What a unit's program uses to speak with a service: its own key signs, and the key stays where it is.

1. `signatures`  requests signed by a unit's key (RFC 9421)
2. `stream`      server-sent events
3. `service`     the service's interface, typed: events in, receipts out
4. `remote`      a log behind a service, as a desk needs one
"""
