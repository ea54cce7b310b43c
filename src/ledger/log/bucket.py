"""An object store as the log needs it: read, list, put where nothing is, put in the place of what was read.

The stores themselves (S3, Google Cloud, Azure, a folder) are those of the library obstore. Its errors become ours here.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from ledger.proof.errors import Malformed, Mismatch, Refused
from ledger.proof.event import MAX_ENTRY_BYTES
from ledger.proof.tile import WIDTH

try:
    import obstore
    from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
    from obstore.store import LocalStore, from_url

    HAS_OBSTORE = True
except ModuleNotFoundError:  # the extra `objects` is not installed
    HAS_OBSTORE = False

if TYPE_CHECKING:
    from obstore import UpdateVersion
    from obstore.store import ObjectStore, RetryConfig

_SCHEMES = ("local", "s3", "gcs", "azure")
_RETRIES: "RetryConfig" = {
    "max_retries": 3,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {"init_backoff": timedelta(seconds=0.2), "max_backoff": timedelta(seconds=5), "base": 2},
}


OBJECT_BYTES = WIDTH * (2 + MAX_ENTRY_BYTES)
"""What the largest object of a log has: a bundle of entries."""


class Found(NamedTuple):
    """An object's bytes, and the store's name for this version of it."""

    data: bytes
    version: "UpdateVersion"


class Bucket:
    """An object store, or a folder in its place. Threads may share it. Where the store fails it raises OSError."""

    def __init__(self, store: "ObjectStore") -> None:
        """Take one of obstore's stores."""
        self._store = store
        self._folder = store.prefix if isinstance(store, LocalStore) else None

    def read(self, path: str) -> Found | None:
        """Return an object, None if there is none. Raises Mismatch, and reads nothing, if it is larger than any is."""
        with _telling(path):
            try:
                found = self._store.get(path)
            except FileNotFoundError:
                return None
            if found.meta["size"] > OBJECT_BYTES:
                size = found.meta["size"]
                raise Mismatch(f"object store: {path} has {size} bytes, expected at most {OBJECT_BYTES}")
            version: UpdateVersion = {}
            if found.meta["e_tag"] is not None:
                version["e_tag"] = found.meta["e_tag"]
            if found.meta["version"] is not None:
                version["version"] = found.meta["version"]
            return Found(bytes(found.bytes()), version)

    def list(self, prefix: str) -> dict[str, int]:
        """Return the paths of all objects below a prefix, and their sizes in bytes."""
        with _telling(prefix):
            return {meta["path"]: meta["size"] for chunk in self._store.list(prefix) for meta in chunk}

    def create(self, path: str, data: bytes, attributes: Mapping[str, str]) -> bool:
        """Put an object where none is; return False, and change nothing, where one is."""
        with _telling(path):
            try:
                self._store.put(path, data, mode="create", attributes=self._with_attributes(attributes))
            except AlreadyExistsError:
                return False
            return True

    def replace(self, path: str, data: bytes, old: Found | None, attributes: Mapping[str, str]) -> bool:
        """Put an object in the place of the one that was read; return False where another one stands there now."""
        if old is None:
            return self.create(path, data, attributes)
        if self._folder is not None:
            return self._replace_file(path, data, old)
        with _telling(path):
            try:
                self._store.put(path, data, mode=old.version, attributes=self._with_attributes(attributes))
            except PreconditionError:
                return False
            return True

    def flush(self) -> None:
        """Wait until what was put is durable: a folder's files are not by themselves, as objects are."""
        if self._folder is not None:
            os.sync()

    def _with_attributes(self, attributes: Mapping[str, str]) -> dict[str, str] | None:
        return None if self._folder is not None else dict(attributes)  # a file has none; the web server adds them

    def _replace_file(self, path: str, data: bytes, old: Found) -> bool:
        """Replace a file while the folder is locked, for a folder knows no condition."""
        assert self._folder is not None
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if self.read(path) != old:
                return False
            with _telling(path):
                self._store.put(path, data)
            return True
        finally:
            os.close(descriptor)


def open_bucket(url: str) -> Bucket:
    """Open a store by its URL, with the options that the environment has for obstore (AWS_…, GOOGLE_…, AZURE_…).

    url  file:///folder, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix

    Raises Malformed for another URL, OSError if the store cannot be had, Refused if obstore is not installed.
    """
    if not HAS_OBSTORE:
        raise Refused("an object store needs the package obstore: install double-random[objects]")
    try:
        scheme = obstore.parse_scheme(url)
    except (BaseError, ValueError):
        scheme = None
    if scheme not in _SCHEMES:
        raise Malformed(f"address {url!r}: expected file:///, s3://, gs:// or az://")
    with _telling(url):
        return Bucket(from_url(url, mkdir=True) if scheme == "local" else from_url(url, retry_config=_RETRIES))


@contextmanager
def _telling(where: str) -> Iterator[None]:
    """Raise as OSError what obstore says in classes of its own."""
    try:
        yield
    except (BaseError, NotImplementedError, OSError, ValueError) as error:
        reason = str(error).partition("\n")[0][:300]
        raise OSError(f"object store: {where}: {reason}") from error
