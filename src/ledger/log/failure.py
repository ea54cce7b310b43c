"""Why a connection failed, in words that can be translated: ours, or those of the operating system.

Libraries wrap the cause in words for programmers, with names of classes and addresses in memory.
"""

import ssl
from collections.abc import Iterator
from http.client import IncompleteRead, RemoteDisconnected

from urllib3.exceptions import NameResolutionError, ProtocolError


def explain(error: Exception) -> ConnectionError:
    """Return what an error of a connection comes down to, as an error whose text is a sentence of ours."""
    causes = list(_find_causes(error))
    for cause in causes:
        match cause:
            case NameResolutionError():
                return ConnectionError("its host is not known")
            case ssl.SSLCertVerificationError():
                return ConnectionError(f"its certificate does not hold: {cause.verify_message}")
            case ssl.SSLError():
                return ConnectionError(f"it does not speak TLS as expected: {cause.reason}")
            case TimeoutError():
                return ConnectionError("timed out")
            case RemoteDisconnected():
                return ConnectionError("it closed the connection without an answer")
            case IncompleteRead():
                return ConnectionError("its answer breaks off")
            case OSError() if cause.strerror:
                return ConnectionError(cause.strerror)
            case ProtocolError() if len(causes) == 1:  # raised by a module of ours, with a sentence
                return ConnectionError(str(cause))
    return ConnectionError(f"its answer is no HTTP: {type(causes[-1]).__name__}")


def _find_causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it was raised for, from the outside in."""
    while error is not None:
        yield error
        inner = next((arg for arg in error.args if isinstance(arg, BaseException)), None)
        error = inner or error.__cause__
