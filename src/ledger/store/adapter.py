"""A store of entries behind the contracts of the `eventsourcing` library: its factory, recorder, mapper, notifications.

An entry is the library's stored event: originator id = subject, originator version = position, topic = type,
state = the signed bytes. A notification's id is the Merkle index plus one, for the library counts from 1.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    InfrastructureFactory,
    IntegrityError,
    Mapper,
    PersistenceError,
    StoredEvent,
    TrackingRecorder,
)

from ledger.proof.errors import Conflict, Mismatch

from .entries import Entry


@contextmanager
def reported() -> Iterator[None]:
    """Say the library's errors as a store does: IntegrityError as Conflict, every other one as OSError."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict(f"store: {error}") from error
    except PersistenceError as error:
        raise OSError(f"store: {error}") from error


class EntryMapper(Mapper[str]):
    """Passes an entry's bytes through as they are; nothing is encoded, and no class is looked up by name."""

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """Return the library's form of an entry."""
        assert isinstance(domain_event, Entry)
        return StoredEvent(domain_event.subject, domain_event.position, domain_event.type, domain_event.data)

    def to_domain_event(self, stored_event: StoredEvent) -> Entry:
        """Return the entry; to_domain_event(to_stored_event(e)) == e."""
        subject = stored_event.originator_id
        assert isinstance(subject, str)
        return Entry(subject, stored_event.originator_version, stored_event.topic, stored_event.state)


class RecorderStore:
    """An `EntryStore` over the recorder that the library makes from settings (see `EntryStore` for the promises).

    Only `lead` is left to each back end.
    """

    def __init__(self, settings: Mapping[str, str]) -> None:
        """Take the library's settings. PERSISTENCE_MODULE names the factory; the mapper is ours."""
        mapper_topic = f"{EntryMapper.__module__}:{EntryMapper.__qualname__}"
        self._factory = InfrastructureFactory[TrackingRecorder].construct({**settings, "MAPPER_TOPIC": mapper_topic})
        mapper: Mapper[str] = self._factory.mapper()
        assert isinstance(mapper, EntryMapper)
        self._mapper = mapper
        self._recorder = self._factory.application_recorder()

    def size(self) -> int:
        """Return how many entries there are."""
        with reported():
            return self._recorder.max_notification_id() or 0

    def read(self, start: int, limit: int) -> list[Entry]:
        """Return the entries from index `start` on, at most `limit`. Raises Mismatch if one is missing."""
        with reported():
            notifications = self._recorder.select_notifications(start + 1, limit)
        for index, notification in enumerate(notifications, start):
            if notification.id != index + 1:
                raise Mismatch(f"store: entry {index} is missing, the next one there is {notification.id - 1}")
        return [self._mapper.to_domain_event(notification) for notification in notifications]

    def append(self, entries: Sequence[Entry], expected_size: int) -> None:
        """Keep all the entries or none, durably. Raises Conflict for a stale size or a gap in a subject."""
        events = [self._mapper.to_stored_event(entry) for entry in entries]
        with reported():
            self._recorder.insert_events(events, expected_size=expected_size)

    def close(self) -> None:
        """Let go of the database."""
        self._factory.close()
