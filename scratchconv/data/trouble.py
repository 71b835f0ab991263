"""What went wrong with a download: what to tell the reader, and whether a second try makes sense."""

from __future__ import annotations

import errno
import zipfile
import zlib

DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
NOT_WRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}
TOKEN = "~/.kaggle/kaggle.json, ~/.kaggle/access_token, KAGGLE_USERNAME, KAGGLE_KEY or KAGGLE_API_TOKEN"
LATER = "Kaggle or a proxy has a problem: run this again later."
STATUS_ADVICE = {
    401: f"Kaggle does not accept the token it was shown; these data need none: remove or renew {TOKEN}.",
    403: f"These data are public: look for a wrong token ({TOKEN}) or a proxy that forbids kaggle.com.",
    404: "The data set has been moved or withdrawn, or KAGGLE_API_ENVIRONMENT is set.",
    407: "The proxy wants a user name and a password: https_proxy=http://user:password@host:port.",
    429: "There were too many requests from this address: wait some minutes, then run this again.",
}


def explain(error, came=None):
    """The class to raise, the cause in words and the advice, for an error of kagglehub.

    `came` says what was received in place of the archive, if that was recognised.
    """
    from requests import exceptions as http

    status = _status(error)
    if status is not None:
        return ConnectionError, f"the answer was HTTP {status}", STATUS_ADVICE.get(status, LATER)
    if isinstance(error, http.ProxyError):
        return ConnectionError, "the proxy cannot be reached", "Check http_proxy, https_proxy and no_proxy."
    if isinstance(error, http.SSLError):
        advice = "Check the clock, and REQUESTS_CA_BUNDLE if a proxy signs for Kaggle."
        return ConnectionError, f"the connection cannot be trusted ({_short(error)})", advice
    if _is_line(error):
        advice = "Check the network, and https_proxy if you are behind a proxy; then run this again."
        return ConnectionError, f"the connection failed or broke ({_short(error)})", advice
    if getattr(error, "errno", None) in DISK_FULL:
        advice = "Free some space: MNIST takes about 0.2 GB while it is unpacked, CIFAR-10 about 0.5 GB."
        return OSError, f"the disk is full ({_short(error)})", advice
    if getattr(error, "errno", None) in NOT_WRITABLE:
        return OSError, f"the cache cannot be written ({_short(error)})", "Set KAGGLEHUB_CACHE to a folder of yours."
    if _is_archive(error) and came == "a web page (HTML)":
        advice = "The network may want you to sign in: open any page in a browser, then run this again."
        return ConnectionError, "a web page came instead of the files", advice
    if _is_archive(error):
        cause = f"what came is not a whole archive ({_short(error)})"
        return ConnectionError, cause, "It has been removed: run this again."
    return OSError, f"kagglehub failed ({_short(error)})", "If that stays so, report it with this message."


def is_worth_a_retry(error):
    """Whether the same request may well succeed a second later."""
    status = _status(error)
    if status is not None:
        return status >= 500
    return _is_line(error) or _is_archive(error)


def archive_may_be_resumed(error):
    """Whether what has come is good so far: only if the line broke. kagglehub checks the whole by its md5."""
    return _is_line(error)


def _status(error):
    return getattr(getattr(error, "response", None), "status_code", None)


def _is_line(error):
    from requests import exceptions as http

    return isinstance(error, (http.ConnectionError, http.Timeout, http.ChunkedEncodingError, ConnectionError))


def _is_archive(error):
    """Whether the archive is damaged or no archive at all, which kagglehub calls "Unsupported archive type"."""
    from kagglehub.exceptions import DataCorruptionError

    damaged = (DataCorruptionError, zipfile.BadZipFile, zlib.error, EOFError)
    return isinstance(error, damaged) or (isinstance(error, ValueError) and "archive" in str(error))


def _short(error):
    text = " ".join(str(error).split()) or "no message"
    return f"{type(error).__name__}: {text[:200]}"
