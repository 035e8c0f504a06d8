"""Answers the questions of the differential tests (JSON on stdin, JSON on stdout).

Runs with the newest `packaging` of PyPI and with the standard library of the `python3` on PATH.
"""

import csv
import email
import importlib.metadata
import json
import sys

from packaging.direct_url import ArchiveInfo, DirectUrl, DirInfo, VcsInfo
from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    InvalidName,
    InvalidWheelFilename,
    canonicalize_name,
    canonicalize_version,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version
from pip._internal.exceptions import UnsupportedWheel
from pip._internal.index.package_finder import _extract_version_from_fragment
from pip._internal.models.link import LinkHash
from pip._internal.utils.hashes import Hashes
from pip._internal.utils.misc import splitext
from pip._internal.utils.wheel import wheel_version

PRERELEASES = (None, True, False)


def version(text):
    try:
        v = Version(text)
    except InvalidVersion:
        return None
    return {
        "text": str(v),
        "public": v.public,
        "base": v.base_version,
        "local": v.local,
        "canonical": canonicalize_version(v),
        "flags": [v.is_prerelease, v.is_postrelease, v.is_devrelease],
        "release": [str(n) for n in v.release],
        "epoch": str(v.epoch),
    }


def compare(texts):
    versions = [Version(t) for t in texts]
    return [
        "".join("<" if a < b else ">" if a > b else "=" for b in versions) for a in versions
    ]


def specifier_set(text, versions, raw, lists):
    try:
        s = SpecifierSet(text)
    except InvalidSpecifier as e:
        return {"error": str(e)}
    # Printing sorts the set, so what it holds is asked first.
    held = [[i.operator, i.version] for i in s]
    return {
        "items": held,
        "text": str(s),
        "prereleases": s.prereleases,
        "contains": [
            "".join("01"[s.contains(v, prereleases=p)] for v in versions) for p in PRERELEASES
        ],
        "contains_text": [
            "".join("01"[s.contains(t, prereleases=p)] for t in raw) for p in PRERELEASES
        ],
        "filter": [
            [[str(v) for v in s.filter(each, prereleases=p)] for p in PRERELEASES]
            for each in lists
        ],
    }


def equal_sets(texts):
    sets = [SpecifierSet(t) for t in texts]
    return ["".join("01"[a == b] for b in sets) for a in sets]


def requirement(text):
    try:
        r = Requirement(text)
    except InvalidRequirement as e:
        return {"error": str(e)}
    return {
        "text": str(r),
        "name": r.name,
        "extras": sorted(r.extras),
        "specifier": str(r.specifier),
        "url": r.url,
        "marker": str(r.marker) if r.marker else None,
    }


def evaluate(marker, environment, extra):
    try:
        return marker.evaluate({**environment, "extra": extra})
    except (ValueError, KeyError):
        return None


def marker(text, environments, extras):
    try:
        m = Marker(text)
    except InvalidMarker as e:
        return {"error": str(e)}
    return {
        "text": str(m),
        "values": [[evaluate(m, env, extra) for extra in extras] for env in environments],
    }


def wheel(filename):
    try:
        name, v, build, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename as e:
        return {"error": str(e)}
    return {
        "name": name,
        "version": str(v),
        "build": list(build),
        "tags": sorted(str(t) for t in tags),
    }


def name(text):
    try:
        return {"name": canonicalize_name(text, validate=True)}
    except InvalidName as e:
        return {"error": str(e), "name": canonicalize_name(text)}


def message(text):
    m = email.message_from_string(text)
    return {"headers": [[k, v] for k, v in m.items()], "body": m.get_payload()}


def record(text):
    rows = [row for row in csv.reader(text.splitlines()) if row]
    return [(row + ["", ""])[:3] for row in rows]


def sdist(case):
    filename, project = case
    stem, extension = splitext(filename)
    return [stem, extension, _extract_version_from_fragment(stem, project)]


def hashes(case):
    a, b, candidates = case
    both = Hashes(a) & Hashes(b)
    # pip sorts before it lowers, which matters to nothing but the order of a message.
    allowed = {algorithm: sorted(digests) for algorithm, digests in both._allowed.items()}
    return [bool(both), allowed, [both.is_hash_allowed(*each) for each in candidates]]


def fragment(url):
    found = LinkHash.find_hash_url_fragment(url)
    return None if found is None else [found.name, found.value]


def wheel_file(text):
    message = email.message_from_string(text)
    try:
        numbers = list(wheel_version(message))
    except UnsupportedWheel as e:
        return {"error": str(e)}
    purelib = message.get("Root-Is-Purelib", "").lower() == "true"
    return {"version": numbers, "purelib": purelib, "tags": message.get_all("Tag", [])}


class WithMetadata(importlib.metadata.Distribution):
    def __init__(self, text):
        self.text = text

    def read_text(self, filename):
        return self.text if filename == "METADATA" else None

    def locate_file(self, path):
        raise NotImplementedError


def metadata(text):
    message = WithMetadata(text).metadata
    return {
        "headers": [[k, v] for k, v in message.items()],
        "name": message["name"],
        "requires": message.get_all("requires-dist", []),
    }


class WithEntryPoints(importlib.metadata.Distribution):
    def __init__(self, text):
        self.text = text

    def read_text(self, filename):
        return self.text if filename == "entry_points.txt" else None

    def locate_file(self, path):
        raise NotImplementedError


def entry_points(text):
    try:
        found = list(WithEntryPoints(text).entry_points)
    except (TypeError, ValueError):
        return None
    return [[e.group, e.name, e.value] for e in found]


def direct_url(case):
    kinds = {}
    if "archive" in case:
        kinds["archive_info"] = ArchiveInfo(hashes=case["archive"])
    if "vcs" in case:
        kinds["vcs_info"] = VcsInfo(**case["vcs"])
    if "dir" in case:
        kinds["dir_info"] = DirInfo(editable=case["dir"])
    url = DirectUrl(url=case["url"], subdirectory=case.get("subdirectory"), **kinds)
    return json.dumps(dict(url.to_dict(generate_legacy_hash=True)), sort_keys=True)


def main():
    asked = json.load(sys.stdin)
    answers = {}
    if "versions" in asked:
        answers["versions"] = [version(t) for t in asked["versions"]]
    if "compare" in asked:
        answers["compare"] = compare(asked["compare"])
    if "sets" in asked:
        versions = [Version(t) for t in asked["set_versions"]]
        lists = [[Version(t) for t in each] for each in asked["set_lists"]]
        answers["sets"] = [
            specifier_set(t, versions, asked["set_texts"], lists) for t in asked["sets"]
        ]
    if "equal_sets" in asked:
        answers["equal_sets"] = equal_sets(asked["equal_sets"])
    if "intersections" in asked:
        answers["intersections"] = [
            str(SpecifierSet(a) & SpecifierSet(b)) for a, b in asked["intersections"]
        ]
    if "requirements" in asked:
        answers["requirements"] = [requirement(t) for t in asked["requirements"]]
    if "markers" in asked:
        answers["markers"] = [
            marker(t, asked["environments"], asked["extras"]) for t in asked["markers"]
        ]
    for question, answer in [
        ("wheels", wheel),
        ("names", name),
        ("messages", message),
        ("records", record),
        ("entry_points", entry_points),
        ("direct_urls", direct_url),
        ("sdists", sdist),
        ("hashes", hashes),
        ("fragments", fragment),
        ("wheel_files", wheel_file),
        ("metadata", metadata),
    ]:
        if question in asked:
            answers[question] = [answer(t) for t in asked[question]]
    json.dump(answers, sys.stdout)


main()
