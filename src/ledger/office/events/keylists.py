"""The event on the lists of key enterprises (重点生产经营单位)."""

from ledger.office.events.body import Body, Id, ListRef, Year


class KeyListDeclared(Body):
    """keylist.declared/1, subject `keylists/<year>/<list>`: who is on a key list for a year, each with a term (R31).

    A later declaration takes the place of the earlier: so one comes off before the term is over.
    """

    year: Year
    key_list: Id
    list: ListRef
