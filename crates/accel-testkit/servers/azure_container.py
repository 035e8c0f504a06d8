"""Makes the container `fleet` in an Azurite on a port of this machine, with its well-known key."""

import base64
import hashlib
import hmac
import sys
import urllib.request
from email.utils import formatdate

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

date = formatdate(usegmt=True)
signed = "PUT" + "\n" * 12 + "x-ms-date:%s\nx-ms-version:2021-08-06\n/%s/%s/fleet\nrestype:container"
signed %= (date, ACCOUNT, ACCOUNT)
digest = hmac.new(base64.b64decode(KEY), signed.encode(), hashlib.sha256).digest()
request = urllib.request.Request(
    "http://127.0.0.1:%s/%s/fleet?restype=container" % (sys.argv[1], ACCOUNT),
    method="PUT",
    headers={
        "x-ms-date": date,
        "x-ms-version": "2021-08-06",
        "Authorization": "SharedKey %s:%s" % (ACCOUNT, base64.b64encode(digest).decode()),
        "Content-Length": "0",
    },
)
urllib.request.urlopen(request)
