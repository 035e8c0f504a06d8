"""Asks the keyring that this interpreter can import: `present`, or `get SERVICE [USER]`."""
import json
import sys


def get(service, user=None):
    if hasattr(keyring, "get_credential"):
        found = keyring.get_credential(service, user)
        return found and [found.username, found.password]
    password = keyring.get_password(service, user) if user is not None else None
    return password and [user, password]


try:
    import keyring

    answer = {"answer": True if sys.argv[1] == "present" else get(*sys.argv[2:])}
except ImportError:
    answer = {"answer": False}
except Exception as error:
    answer = {"error": str(error)}
print(json.dumps(answer))
