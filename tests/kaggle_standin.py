"""A stand-in for Kaggle on this machine, for the unmodified kagglehub client, with faults on demand.

kagglehub run with the variables of `Kaggle.environment` sends its requests here, as to an HTTP proxy: first
``POST …/DownloadDataset``, answered by a redirect to storage, then ``GET`` for the zip. Only what that
conversation needs is here. Each download takes the next of `faults`; when there are none left, all goes well.
"""

import base64
import hashlib
import io
import json
import os
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STORAGE = "http://storage.test/archive.zip"  # never looked up: the proxy is asked for it
PORTAL = b"<!DOCTYPE html><title>Sign in to the network</title>"


def zipped(files):
    """A zip of {name: bytes}."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


class Kaggle(ThreadingHTTPServer):
    """Serves one data set, the `files` {name: bytes}, to whoever asks; a context manager.

    faults : sequence of "silence", "cut", "checksum", "portal", "zip-like", "slow" or an HTTP status
    seen : the requests that came, as ("POST", data set) or ("GET", range of bytes)
    """

    daemon_threads = True

    def __init__(self, files, faults=()):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.archive, self.faults, self.seen = zipped(files), list(faults), []
        self.closing = threading.Event()

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """A client that hangs up is part of the tests."""

    @property
    def downloads(self):
        return [what for method, what in self.seen if method == "POST"]

    def environment(self, cache, home):
        """The variables with which a Python process meets this server in place of Kaggle."""
        return environment(self.server_address[1], cache, home)


def environment(port, cache, home):
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith(("KAGGLE", "TBE_", "COLAB", "TQDM"))
    }
    return kept | {
        "KAGGLE_API_ENVIRONMENT": "LOCALHOST",
        "http_proxy": f"http://127.0.0.1:{port}",
        "no_proxy": "",  # a machine's own setting could exempt localhost
        "KAGGLEHUB_CACHE": str(cache),
        "HOME": str(home),
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append(("POST", f"{body['ownerSlug']}/{body['datasetSlug']}"))
        self.fault = self.server.faults.pop(0) if self.server.faults else None
        if self.fault == "silence":
            self.server.closing.wait()
        elif isinstance(self.fault, int):
            answer = json.dumps({"code": self.fault, "message": "refused by the stand-in"}).encode()
            self.answer(self.fault, answer, {"Content-Type": "application/json"})
        elif self.fault == "portal":
            self.answer(200, PORTAL, {"Content-Type": "text/html"})
        else:
            self.answer(302, b"", {"Location": f"{STORAGE}?{self.fault}"})

    def do_GET(self):
        self.server.seen.append(("GET", self.headers.get("Range", "all")))
        fault, archive = self.path.partition("?")[2], self.server.archive
        if fault == "zip-like":
            archive = b"PK" + bytes(len(archive))  # as resumable as it looks, and no zip
        digest = b"another file" if fault == "checksum" else archive
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        headers = {
            "Accept-Ranges": "bytes",
            "x-goog-hash": "md5=" + base64.b64encode(hashlib.md5(digest).digest()).decode(),
        }
        body = archive[start:]
        if fault == "cut":
            self.answer(200, body, headers, sent=len(body) // 2)
        elif fault == "slow":
            self.answer(206 if start else 200, body, headers, pieces=20, pause=0.1)
        else:
            self.answer(206 if start else 200, body, headers)

    def answer(self, status, body, headers, *, sent=None, pieces=1, pause=0):
        """Send `body`, or only its first `sent` bytes and then hang up; in pieces, with a pause after each."""
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        part = body[:sent]
        step = -(-len(part) // pieces) or 1
        for i in range(0, len(part), step):
            self.wfile.write(part[i : i + step])
            self.wfile.flush()
            self.server.closing.wait(pause)
        self.close_connection = sent is not None
