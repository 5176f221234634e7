"""The address of a server: its one form, what of it may be shown, and what a failure to connect means.

An address is read by three libraries (redis-py, kombu, Celery's result backend), which disagree about what they accept
and what they do by default: kombu checks no certificate unless it is told to, Celery refuses ``rediss://`` without
``ssl_cert_reqs``, redis-py knows other parameters than kombu. `normal` gives the form that means the same to all three.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from battycoda_nb.errors import ClusterError, RequestError

EXAMPLE = "redis://lab:6379/0"
TLS_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
TLS_CHOICES = {"ssl_cert_reqs": ("required", "optional", "none"), "ssl_check_hostname": ("true", "false")}
SOCKET = "redis+socket://"
_SCHEMES = ("redis://", "rediss://", SOCKET)


def normal(url: str) -> str:
    """An address in the form that redis-py, kombu and Celery read alike. Idempotent.

    Raises
    ------
    RequestError
        If they would not read it alike, or at all; the message holds no password.
    """
    if not url.startswith(_SCHEMES):
        raise RequestError(f"{shown(url)!r} is not an address: it looks like {EXAMPLE}")
    try:
        parts = urlsplit(url)
        _ = parts.port
        odd = "@" in parts.path + parts.query or parts.fragment or not url.isprintable() or " " in url
    except ValueError:  # its message may hold a part of the password
        odd = True
    if odd:
        raise RequestError(
            f"{shown(url)!r} cannot be read as an address: in a password, write / as %2F, ? as %3F, # as %23, @ as "
            "%40, [ as %5B, ] as %5D, a space as %20 and % as %25"
        )
    if parts.username and parts.password is None:
        raise RequestError(
            f"{shown(url)!r} has a user name and no password: a password alone is written {_with_password(url)}"
        )
    if parts.scheme != "redis+socket" and not re.fullmatch(r"/?|/\d+", parts.path):
        raise RequestError(f"{shown(url)!r} must end with the number of a database: it looks like {EXAMPLE}")
    query = _tls(url) if parts.scheme == "rediss" else {}
    if unknown := sorted(set(dict(parse_qsl(parts.query, keep_blank_values=True))) - set(query)):
        allowed = f"rediss:// knows {', '.join((*TLS_FILES, *TLS_CHOICES))}, the others know none"
        raise RequestError(f"{shown(url)!r} has a parameter that is not known here, {unknown[0][:40]!r}: {allowed}")
    return url.partition("?")[0] + ("?" + urlencode(query, safe="/") if query else "")


def of_socket(path: str | os.PathLike[str]) -> str:
    """The address of a server that listens on a Unix socket."""
    return SOCKET + quote(os.fspath(path))


def _tls(url: str) -> dict[str, str]:
    """The parameters of a ``rediss://`` address, with the check of the certificate that kombu leaves out by default."""
    query = {"ssl_cert_reqs": "required", **dict(parse_qsl(urlsplit(url).query))}
    for name, choices in TLS_CHOICES.items():
        if name in query:
            query[name] = query[name].lower().removeprefix("cert_")
            if query[name] not in choices:
                raise RequestError(f"{name} in {shown(url)!r} must be one of {', '.join(choices)}")
    return {name: query[name] for name in (*TLS_CHOICES, *TLS_FILES) if name in query}


def shown(url: str) -> str:
    """An address without its password, for messages; never raises.

    What stands before the last @ is hidden but for a user name, wherever the password's own characters would end it.
    """
    url = re.sub(r"(password=)[^&#]*", r"\1***", url, flags=re.IGNORECASE)
    scheme, colon, rest = url.partition("://")
    if not colon:
        scheme, rest = "", url
    credentials, at, where = rest.rpartition("@")
    if not at:
        return url if _is_plain(rest) else f"{scheme}{colon}***"
    name, has_password, _ = credentials.partition(":")
    # A name alone may well be a password whose colon was forgotten.
    name = f"{name}:***" if has_password and re.fullmatch(r"[\w.~-]*", name) else "***"
    return f"{scheme}{colon}{name}@{where}"


def _is_plain(rest: str) -> bool:
    """Whether host and port are such; ``:secret#1`` whose host was forgotten is not."""
    return re.match(r"([\w.-]*|\[[\da-fA-F:.]+\])(:\d+)?([/?]|$)", rest) is not None


def without_credentials(url: str) -> str:
    """A normal address as it would be for somebody who has neither password nor certificate."""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name not in ("ssl_certfile", "ssl_keyfile")]
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query=urlencode(query, safe="/")).geturl()


def from_file(name: str | os.PathLike[str]) -> str:
    """The address in a file of one line that only its owner can read.

    Raises
    ------
    ClusterError
        If the file is missing, is not one of this user's own, can be read by others, or holds no address.
    """
    path = Path(name)
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe must not keep us waiting
    except OSError as error:
        raise ClusterError(
            f"The file with the server's address, {str(path)!r}, cannot be read ({error.strerror}): write the address "
            f"into it, one line like {_with_password(EXAMPLE)}, and chmod 600 {path}",
            code="no-server",
        ) from error
    try:
        facts = os.fstat(file)
        if not stat.S_ISREG(facts.st_mode):
            raise ClusterError(
                f"{str(path)!r} is not a regular file: name one that holds the server's address", code="no-server"
            )
        if facts.st_uid != os.geteuid():
            raise ClusterError(
                f"{str(path)!r} belongs to another user: the server's address is read from a file of your own, "
                f"chmod 600 {path}",
                code="no-server",
            )
        if facts.st_mode & 0o077:
            raise ClusterError(
                f"{str(path)!r} can be read by others, its mode is {facts.st_mode & 0o777:o}: chmod 600 {path}",
                code="no-server",
            )
        content = os.read(file, 4096)
    finally:
        os.close(file)
    lines = content.decode(errors="replace").strip().splitlines()
    if len(lines) != 1:
        raise ClusterError(
            f"{str(path)!r} must hold one line, the server's address, and has {len(lines)} lines", code="no-server"
        )
    return lines[0]


def cause(error: BaseException) -> str:
    """Of a failure to connect for which redis-py has no class, what it is in its text: ``"database"`` (there is none
    of that number), ``"certificate"``, ``"host"`` (no such name), or nothing that is known.
    """
    text = str(error)
    if "DB index" in text:
        return "database"
    if "CERTIFICATE" in text.upper():
        return "certificate"
    return "host" if "not known" in text or "resolution" in text else ""


def trouble(url: str, error: BaseException) -> str:
    """Why a server could not be used, and what to do, in one sentence without the password.

    Parameters
    ----------
    url : str
        A normal address.
    error : BaseException
        What redis-py raised.
    """
    host, text = shown(url).partition("?")[0], str(error)
    if sentence := refusal(url, error):
        return sentence
    if host.startswith("redis://") and ("closed by server" in text or "reset by peer" in text):
        return f"The server at {host} closes the connection ({text}): does it want TLS, rediss:// instead of redis://?"
    if host.startswith("rediss://") and ("closed by server" in text or "reset by peer" in text or "EOF" in text):
        return (
            f"The server at {host} closes the connection ({text}): does it speak TLS, and does it want a certificate "
            f"of ours, {host}?ssl_certfile=/path/to/cert.pem&ssl_keyfile=/path/to/key.pem?"
        )
    tls = ", and does it speak TLS" if host.startswith("rediss://") else ""
    return f"No server answers at {host} ({text}): is it running, and reachable from here{tls}?"


def refusal(url: str, error: BaseException) -> str:
    """As `trouble`, where trying again will not help: the password, the certificate, the files; else ""."""
    host, text = shown(url).partition("?")[0], str(error)
    if "WRONGPASS" in text or "invalid username-password" in text or "invalid password" in text:
        return f"The server at {host} refuses the password (or user name) of this address: {_correct(url)}"
    if "without any password configured" in text:
        return f"The server at {host} has no password set, and this address has one: leave it out, or set requirepass"
    if "NOAUTH" in text or "uthentication required" in text or "client already authenticated" in text:
        return f"The server at {host} wants a password, and this address has none: {_correct(url)}"
    if "DENIED" in text or "protected mode" in text:
        return (
            f"The server at {host} answers its own machine only until it has a password: set requirepass there, and "
            f"write the address as {_with_password(url)}"
        )
    if "NOPERM" in text or "No permissions" in text or "has no permissions" in text:
        return f"The user of {host} may not do what is needed here ({text}): let the server's ACL allow it"
    if cause(error) == "database":
        number = urlsplit(url).path.strip("/")
        return f"The server at {host} has no database {number}: end the address with one that it has, such as /0"
    for name, value in parse_qsl(urlsplit(url).query):
        if name in TLS_FILES and not os.access(value, os.R_OK):
            return f"{name}={value} in the address of {host} is not a file that can be read here"
    if "CERTIFICATE_VERIFY_FAILED" in text:
        if "self-signed" in text or "self signed" in text or "unable to get" in text:
            return (
                f"The certificate of the server at {host} is not signed by an authority that is trusted here: name the "
                f"file of the one that signed it, {host}?ssl_ca_certs=/path/to/ca.pem"
            )
        reason = text.partition("certificate verify failed: ")[2].partition(" (_ssl")[0] or text
        return f"The certificate of the server at {host} is not valid for this connection: {reason.rstrip('. ')}"
    if "ertificate required" in text or "CERTIFICATE_REQUIRED" in text:
        return (
            f"The server at {host} wants a certificate of ours: name it and its key in the address, "
            f"{host}?ssl_certfile=/path/to/cert.pem&ssl_keyfile=/path/to/key.pem"
        )
    if "WRONG_VERSION" in text or "record layer" in text:
        return f"The server at {host} does not speak TLS: write redis:// instead of rediss://"
    return ""


def _correct(url: str) -> str:
    return (
        f"write it as {_with_password(url)}, with %40 for @ and %2F for /, in CELERY_BROKER_URL or in a file of mode "
        "600 that BATTYCODA_BROKER_FILE names"
    )


def _with_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://:PASSWORD@{rest.rpartition('@')[2].partition('?')[0]}"
