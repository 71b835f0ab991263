"""Serve the built site on this machine and print its address. Ctrl-C stops it."""

import argparse
import contextlib
import functools
import gzip
import re
import signal
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from project import SITE, built

TRIES = 100    # ports tried before giving up
COMPRESSED = re.compile("^text/|javascript|json|xml")


class Quiet(SimpleHTTPRequestHandler):
    """Files only, no log line per request, no complaint when a page is closed before it has everything."""

    def handle(self):
        with contextlib.suppress(ConnectionError):
            super().handle()

    def log_message(self, *arguments):
        pass


class Fresh(Quiet):
    """Without caching: a rebuilt page is seen at once."""

    def end_headers(self):
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()


class Host(Quiet):
    """As a host on the web serves files: text compressed, connections kept open, copies kept by the browser."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            return self.send_error(404)
        kind = self.guess_type(str(path))
        body = packed(path, path.stat().st_mtime_ns) if COMPRESSED.search(kind) else path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if COMPRESSED.search(kind):
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Cache-Control", "max-age=3600")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@functools.cache
def packed(path, written):
    """The file compressed; `written` makes a new copy of a changed file."""
    return gzip.compress(path.read_bytes())


def open_server(folder, port, handler=Fresh):
    """A server on the first free port from `port` on."""
    handler = functools.partial(handler, directory=str(folder))
    for candidate in range(port, min(port + TRIES, 65536)):
        try:
            return ThreadingHTTPServer(("127.0.0.1", candidate), handler)
        except OSError:
            continue
    raise SystemExit(f"No free port from {port} to {port + TRIES - 1}: choose another one (make serve PORT=9000)")


@contextlib.contextmanager
def served(folder, handler=Quiet):
    """The address at which a folder is served while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="first port to try (default 8000)")
    parser.add_argument("--folder", type=Path, default=SITE, help="folder to serve (default: the built site)")
    options = parser.parse_args(arguments)
    server = open_server(built(options.folder), options.port)
    if server.server_port != options.port:
        print(f"Port {options.port} is taken, using {server.server_port}.")
    for stop in (signal.SIGINT, signal.SIGTERM):    # also where a shell started us with Ctrl-C ignored
        signal.signal(stop, signal.default_int_handler)
    print(f"The book is at http://localhost:{server.server_port}/  (Ctrl-C stops it)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print("\nStopped.")
    finally:
        server.server_close()


if __name__ == "__main__":
    main()
