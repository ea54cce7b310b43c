"""The body of every event type, one file per subject. A name on the wire, once chosen, never changes.

Bodies are read strictly: an unknown field, a missing one or one of another kind is refused.
docs/spec/events.md lists the types with their fields; a test compares.
"""
