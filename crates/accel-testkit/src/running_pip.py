# The newest pip, imported once by the interpreter of an environment; every command line that comes
# in on standard input, as JSON, is carried out by a fork. The answer is its exit code.
import importlib.machinery
import json
import os
import signal
import sys
import tempfile

FOLDER = sys.argv[1]


class Finder:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name == "pip":
            return importlib.machinery.PathFinder.find_spec(name, [FOLDER], target)
        return None


sys.meta_path.insert(0, Finder)
from pip._internal.cli.main import main
import pip._internal.commands.install, pip._internal.commands.list, pip._internal.commands.freeze
import pip._internal.commands.download, pip._internal.commands.wheel, pip._internal.commands.lock
import pip._internal.resolution.resolvelib.resolver, pip._internal.network.session
import pip._vendor.rich.console, pip._vendor.truststore, pip._internal.models.installation_report

print("ready", flush=True)
for line in sys.stdin:
    case = json.loads(line)
    child = os.fork()
    if child == 0:
        code = 70
        try:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            for name, stream in ("stdout", 1), ("stderr", 2):
                os.dup2(os.open(case[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), stream)
            os.environ.clear()
            os.environ.update(case["environment"])
            os.chdir(case["folder"])
            tempfile.tempdir = None
            signal.alarm(case["seconds"])
            sys.argv = [case["program"], *case["arguments"]]
            code = main()
        except SystemExit as stop:
            code = stop.code or 0
        except BaseException:
            import traceback
            traceback.print_exc()
            code = 1
        finally:
            try:
                sys.stdout.flush()
                sys.stderr.flush()
            except OSError:
                code = 120
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    print(os.waitstatus_to_exitcode(status), flush=True)
