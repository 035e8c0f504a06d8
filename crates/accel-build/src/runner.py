"""Calls one hook of a PEP 517/660 build backend in a process of its own.

usage: runner.py HOOK CONTROL_FOLDER
CONTROL_FOLDER/input.json   {"backend": "module:object", "path": [...], "arguments": {...}}
CONTROL_FOLDER/output.json  {"value": ...} | {"missing": true} | {"unavailable": "reason"}
"""
import importlib
import json
import os
import sys
from importlib.machinery import PathFinder

OPTIONAL = {
    "get_requires_for_build_wheel": [],
    "get_requires_for_build_editable": [],
}


class Unavailable(Exception):
    pass


class InTree(object):
    """Finds an in-tree backend in `backend-path` and nowhere else."""

    def __init__(self, path, module):
        self.path = path
        self.top = module.partition(".")[0]

    def find_spec(self, name, path=None, target=None):
        if "." in name:
            return None
        spec = PathFinder.find_spec(name, self.path)
        if spec is None and name == self.top:
            raise Unavailable("Cannot find module %r in %r" % (name, self.path))
        return spec

    def find_distributions(self, context=None):
        from importlib.metadata import DistributionFinder, MetadataPathFinder

        name = context.name if context else None
        inside = DistributionFinder.Context(name=name, path=self.path)
        return MetadataPathFinder.find_distributions(inside)


def load(backend, path):
    module, _, attribute = backend.partition(":")
    if path:
        sys.meta_path.insert(0, InTree(path, module))
    try:
        found = importlib.import_module(module)
    except ImportError as error:
        import traceback

        traceback.print_exc()
        raise Unavailable("Cannot import %r (%s)" % (module, error))
    for part in attribute.split(".") if attribute else []:
        found = getattr(found, part)
    return found


def call(hook, asked):
    backend = load(asked["backend"], asked["path"])
    if hook == "supports":
        return {"value": [name for name in asked["arguments"]["hooks"] if hasattr(backend, name)]}
    function = getattr(backend, hook, None)
    if function is None:
        if hook in OPTIONAL:
            return {"value": OPTIONAL[hook]}
        return {"missing": True}
    return {"value": function(**asked["arguments"])}


def main():
    hook, control = sys.argv[1:]
    # The runner's own folder must not shadow what the backend imports.
    sys.path[:] = [entry for entry in sys.path if entry != os.path.dirname(os.path.abspath(__file__))]
    with open(os.path.join(control, "input.json"), encoding="utf-8") as file:
        asked = json.load(file)
    try:
        answer = call(hook, asked)
    except Unavailable as error:
        answer = {"unavailable": str(error)}
    with open(os.path.join(control, "output.json"), "w", encoding="utf-8") as file:
        json.dump(answer, file)


main()
