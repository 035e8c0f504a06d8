"""Calls one hook of a PEP 517/660 build backend in a process of its own.

usage: runner.py HOOK CONTROL_FOLDER [wait]
With `wait` it imports the backend, and goes on when a byte comes on standard input.
CONTROL_FOLDER/input.json   {"arguments": {...}}
CONTROL_FOLDER/output.json  {"value": ..., "warnings": [...]} | {"missing": HOOK} | {"unavailable": "reason"}

The backend stands in the same two variables in which pip's own frontend hands it over, because
processes that a backend starts inherit them. Arguments are passed by position, as pip does:
backends are free to name them otherwise.
"""
import os
import sys
import warnings
from importlib import import_module
from importlib.machinery import PathFinder


class Unavailable(Exception):
    pass


class Missing(Exception):
    pass


class BuildBackendWarning(UserWarning):
    """The category under which pip shows a backend's warnings."""


class InTree(object):
    """Finds an in-tree backend in `backend-path` and nowhere else."""

    def __init__(self, path, module):
        self.path = path
        self.module = module

    def find_spec(self, name, path=None, target=None):
        if "." in name:
            return None
        spec = PathFinder.find_spec(name, self.path)
        if spec is None and name == self.module.partition(".")[0]:
            raise Unavailable("Cannot find module %r in %r" % (self.module, self.path))
        return spec

    def find_distributions(self, context=None):
        from importlib.metadata import DistributionFinder, MetadataPathFinder

        name = context.name if context else None
        inside = DistributionFinder.Context(name=name, path=self.path)
        return MetadataPathFinder.find_distributions(inside)


def load():
    import json

    path = json.loads(os.environ.get("_PYPROJECT_HOOKS_BACKEND_PATH_JSON") or "[]")
    module, _, attribute = os.environ["_PYPROJECT_HOOKS_BUILD_BACKEND"].partition(":")
    if path:
        sys.meta_path.insert(0, InTree(path, module))
    try:
        found = import_module(module)
    except ImportError:
        import traceback

        raise Unavailable(traceback.format_exc().strip().splitlines()[-1])
    for part in attribute.split(".") if attribute else []:
        found = getattr(found, part)
    return found


def _supported_features():
    return ["build_editable"] if hasattr(load(), "build_editable") else []


def get_requires_for_build_wheel(config_settings):
    hook = getattr(load(), "get_requires_for_build_wheel", None)
    if hook is None:
        return []
    return hook(config_settings)


def get_requires_for_build_editable(config_settings):
    hook = getattr(load(), "get_requires_for_build_editable", None)
    if hook is None:
        return []
    return hook(config_settings)


def prepare_metadata_for_build_wheel(metadata_directory, config_settings):
    backend = load()
    hook = getattr(backend, "prepare_metadata_for_build_wheel", None)
    if hook is not None:
        return hook(metadata_directory, config_settings)
    return metadata_of(backend.build_wheel(metadata_directory, config_settings), metadata_directory)


def prepare_metadata_for_build_editable(metadata_directory, config_settings):
    backend = load()
    hook = getattr(backend, "prepare_metadata_for_build_editable", None)
    if hook is not None:
        return hook(metadata_directory, config_settings)
    build = getattr(backend, "build_editable", None)
    if build is None:
        raise Missing("build_editable")
    return metadata_of(build(metadata_directory, config_settings), metadata_directory)


def metadata_of(wheel, folder):
    """For a backend without metadata hook: unpacks the metadata of the wheel that it built."""
    import re
    import zipfile

    with zipfile.ZipFile(os.path.join(folder, wheel)) as archive:
        inside = [name for name in archive.namelist() if re.match(r"[^/\\]+-[^/\\]+\.dist-info/", name)]
        if not inside:
            raise Exception("No .dist-info folder found in wheel")
        archive.extractall(folder, inside)
    return {"metadata": inside[0].split("/")[0], "wheel": wheel}


def build_wheel(wheel_directory, config_settings, metadata_directory):
    return load().build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory, config_settings, metadata_directory):
    hook = getattr(load(), "build_editable", None)
    if hook is None:
        raise Missing("build_editable")
    return hook(wheel_directory, config_settings, metadata_directory)


def installed(names):
    """No hook: the versions of distributions in the environment, and the values of markers."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    versions = {}
    for name in names:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            pass
    # As `packaging` computes them.
    found = sys.implementation.version
    number = "%d.%d.%d" % (found.major, found.minor, found.micro)
    if found.releaselevel != "final":
        number += found.releaselevel[0] + str(found.serial)
    markers = {
        "implementation_name": sys.implementation.name,
        "implementation_version": number,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "platform_python_implementation": platform.python_implementation(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }
    return {"versions": versions, "markers": markers}


def wait():
    """Does what takes long and is the same for every source tree; ends where nobody needs it."""
    try:
        load()
    except Exception:
        # The hook finds it again when it is called.
        pass
    if not os.read(0, 1):
        os._exit(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def main():
    import json

    name, control = sys.argv[1:3]
    is_early = sys.argv[3:] == ["wait"]
    del sys.argv[3:]
    # The runner's own folder must not shadow what the backend imports.
    here = os.path.realpath(os.path.dirname(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry) != here]
    hook = globals()[name]
    with warnings.catch_warnings(record=True) as heard:
        if is_early:
            wait()
        with open(os.path.join(control, "input.json"), encoding="utf-8") as file:
            # Pairs, so that settings keep the user's order.
            asked = json.load(file)
        if asked.get("config_settings") is not None:
            asked["config_settings"] = dict(asked["config_settings"])
        answer = {}
        try:
            answer["value"] = hook(**asked)
        except Unavailable as error:
            answer["unavailable"] = str(error)
        except Missing as error:
            answer["missing"] = str(error)
    answer["warnings"] = [
        warnings.formatwarning(one.message, BuildBackendWarning, one.filename, one.lineno).rstrip()
        for one in heard
        if isinstance(one.category, type) and issubclass(one.category, UserWarning)
    ]
    with open(os.path.join(control, "output.json"), "w", encoding="utf-8") as file:
        json.dump(answer, file)


if __name__ == "__main__":
    main()
