"""The kagglehub client with what it lacks: a time limit, one more try, clean-up, and errors that say what to do."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import shutil
import time
from pathlib import Path

from .formats import recognise
from .needs import need
from .trouble import archive_may_be_resumed, explain, is_worth_a_retry
from .worker import OutOfTime, call_within

PAUSE = 1.0  # seconds before the second and last try
SLOW = (
    "The line is slow or the server does not answer: run this again, raise timeout=, or check the network and "
    "https_proxy."
)


class Request:
    """What is wanted, until when, and where kagglehub keeps it."""

    def __init__(self, name, handle, *, end, timeout, progress):
        self.name, self.handle = name, handle
        self.end, self.timeout, self.progress = end, timeout, progress
        owner, data_set, _, version = handle.split("/")
        self.cache = Path(os.path.abspath(need("kagglehub.config").get_cache_folder()))
        self.cache_existed = self.cache.is_dir()
        home = self.cache / "datasets" / owner / data_set
        self.folder = home / "versions" / version
        self.mark = home / f"{version}.complete"  # an empty file: without it, the folder does not count
        self.archive = home / f"{version}.archive"  # the download, until it is unpacked
        self.lock = self.cache / f"scratchconv-{owner}-{data_set}.lock"

    def is_cached(self):
        return self.mark.exists() and self.folder.exists()

    def discard(self, *, keep_folder):
        """Undo a download; a folder that was there before it may hold files of the reader's."""
        with contextlib.suppress(OSError):
            self.mark.unlink()
        if not keep_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def drop_archive(self):
        with contextlib.suppress(OSError):
            self.archive.unlink()

    def drop_poisoned_archive(self):
        """kagglehub goes on from an archive that it finds, even if that is a web page; keep none but zips."""
        if self.archive_head()[:2] != b"PK":
            self.drop_archive()

    def archive_head(self):
        try:
            with open(self.archive, "rb") as file:
                return file.read(512)
        except OSError:
            return b""


def download(request):
    """The folder with the files; cached ones are neither asked for nor touched."""
    kagglehub = need("kagglehub")
    for is_last in (False, True):
        if not request.is_cached():
            request.drop_poisoned_archive()
        try:
            with contextlib.nullcontext() if request.progress else _silence():
                seconds = max(request.end - time.monotonic(), 0)
                folder = call_within(seconds, lambda: kagglehub.dataset_download(request.handle))
            return Path(os.path.abspath(folder))
        except OutOfTime as late:
            if late.is_stuck:  # should its thread wake up, it must find no file to go on with
                request.drop_archive()
            raise out_of_time(request, "the download was not finished", SLOW) from None
        except Exception as error:
            came = recognise(request.archive_head()) if request.archive.exists() else None
            if not archive_may_be_resumed(error):
                request.drop_archive()
            request.drop_poisoned_archive()
            if is_last or not is_worth_a_retry(error) or time.monotonic() + PAUSE >= request.end:
                kind, cause, advice = explain(error, came)
                raise kind(_message(request, cause, advice)) from error
        time.sleep(PAUSE)


def out_of_time(request, cause, advice):
    return TimeoutError(_message(request, f"after {request.timeout:g} s, {cause}", advice))


def _message(request, cause, advice):
    state = "" if request.cache_existed else ", which did not exist"
    return (
        f"{request.name} ({request.handle}) could not be had from Kaggle: {cause}. {advice} "
        f"Files in kagglehub's cache need no network; the cache is {request.cache}{state}, and KAGGLEHUB_CACHE "
        'chooses another one. Nor do the bundled pictures: SOURCE = "bundled".'
    )


@contextlib.contextmanager
def _silence():
    """No progress bar and no log lines: kagglehub has no argument for that."""
    log = logging.getLogger("kagglehub")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        log.setLevel(level)
