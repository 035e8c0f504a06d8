"""A pass-through to the index that writes down all it passes.

record.py PORT FOLDER INDEX: project pages at /simple/NAME/ (JSON), with the URLs of their files
changed to /files/HOST/PATH of this place; those files. A second request is answered from FOLDER.
"""

import gzip
import json
import os
import ssl
import sys
import threading
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, FOLDER, INDEX = int(sys.argv[1]), sys.argv[2], sys.argv[3].rstrip("/")
JSON = "application/vnd.pypi.simple.v1+json"
LOCKS = {}
LOCK = threading.Lock()


def fetch(url, accept):
    request = urllib.request.Request(url, headers={"Accept": accept, "Accept-Encoding": "identity"})
    context = ssl.create_default_context(cafile=os.environ.get("PIP_CERT"))
    with urllib.request.urlopen(request, timeout=120, context=context) as answer:
        return answer.geturl(), answer.read()


def page(name):
    place, body = fetch(f"{INDEX}/{name}/", JSON)
    content = json.loads(body)
    for file in content["files"]:
        parts = urllib.parse.urlsplit(urllib.parse.urljoin(place, file["url"]))
        file["url"] = f"/files/{parts.netloc}{parts.path}"
    return json.dumps(content, separators=(",", ":")).encode()


def keep(path, body, compress):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    for name, content in [(path, body)] + ([(path + ".gz", gzip.compress(body, 6))] if compress else []):
        with open(name + ".new", "wb") as file:
            file.write(content)
        os.rename(name + ".new", name)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        kept = FOLDER + path + ("index.json" if path.endswith("/") else "")
        with LOCK:
            lock = LOCKS.setdefault(kept, threading.Lock())
        try:
            with lock:
                if not os.path.exists(kept):
                    if path.startswith("/simple/"):
                        keep(kept, page(path.split("/")[2]), True)
                    else:
                        url = "https://" + path[len("/files/"):]
                        keep(kept, fetch(url, "*/*")[1], False)
            with open(kept, "rb") as file:
                body, code = file.read(), 200
        except urllib.error.HTTPError as error:
            body, code = b"", error.code
        self.send_response(code)
        self.send_header("Content-Type", JSON if path.startswith("/simple/") else "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
