"""Google's storage on a port of this machine: gcp-storage-emulator, and what its XML interface
lacks of the real one: HEAD, DELETE, ETag, Last-Modified, and the condition that an object is new."""

import hashlib
import http.server
import sys
import threading
import urllib.parse
from email.utils import formatdate
from functools import partial

from gcp_storage_emulator.server import RequestHandler
from gcp_storage_emulator.storage import Storage


class Gateway(RequestHandler):
    protocol_version = "HTTP/1.1"
    alone = threading.Lock()

    def named(self):
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        return path.lstrip("/").split("/", 1)

    def kept(self):
        try:
            return self.storage.get_file(*self.named())
        except Exception:
            return None

    def end_headers(self):
        kept = self.kept()
        if kept is not None:
            self.send_header("ETag", '"%s"' % hashlib.md5(kept).hexdigest())
            self.send_header("Last-Modified", formatdate(usegmt=True))
            self.send_header("x-goog-generation", "1")
        super().end_headers()

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_HEAD(self):
        kept = self.kept()
        self.send_response(200 if kept is not None else 404)
        self.send_header("Content-Length", str(len(kept or b"")))
        self.end_headers()

    def do_PUT(self):
        with self.alone:
            if self.headers.get("x-goog-if-generation-match") == "0" and self.kept() is not None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.answer(412)
            else:
                super().do_PUT()

    def do_DELETE(self):
        with self.alone:
            there = self.kept() is not None
            if there:
                self.storage.delete_file(*self.named())
            self.answer(204 if there else 404)

    def log_message(self, format, *arguments):
        pass


storage = Storage(use_memory_fs=True)
storage.create_bucket("fleet", {"kind": "storage#bucket", "id": "fleet", "name": "fleet"})
address = ("127.0.0.1", int(sys.argv[1]))
http.server.ThreadingHTTPServer(address, partial(Gateway, storage)).serve_forever()
