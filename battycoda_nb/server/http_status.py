"""HTTP statuses of errors, by the codes that the errors carry."""

from __future__ import annotations

from battycoda_nb.errors import BattycodaError

STATUS = {"missing": 404, "mismatch": 409, "outside": 400, "misnamed": 400}  # by code
UNAVAILABLE, TOO_LONG = 503, 504  # with these the client is told to come again


def http_status(error: BattycodaError | TimeoutError, otherwise: int = UNAVAILABLE) -> int:
    """Return the status that answers an error; `otherwise` where its code does not say.

    By default that is 503: what nobody has found wrong with the request is the cluster's.

    Examples
    --------
    >>> from battycoda_nb.errors import RecordingError
    >>> http_status(RecordingError("There is no file 'a.wav': is the name right?", code="missing"), 422)
    404
    """
    return TOO_LONG if isinstance(error, TimeoutError) else STATUS.get(error.code, otherwise)
