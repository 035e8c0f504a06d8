# The build backend of the sdists and folders of the cases: what it makes stands in files beside it.
import os
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))


def read(name, default=""):
    path = os.path.join(HERE, name)
    if not os.path.exists(path):
        return default
    with open(path) as file:
        return file.read()


def fail_at(stage):
    if read("FAILS").strip() == stage:
        print("this is", stage)
        sys.stdout.flush()
        sys.exit("no " + stage + " today")


def wheel(files):
    metadata = read("METADATA.in")
    fields = dict(line.split(": ", 1) for line in metadata.splitlines())
    stem = fields["Name"].replace("-", "_") + "-" + fields["Version"]
    info = stem + ".dist-info/"
    made = dict(files)
    made[info + "METADATA"] = metadata
    made[info + "WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    made[info + "RECORD"] = "".join(name + ",,\n" for name in [*made, info + "RECORD"])
    return stem, made


def written(folder, files):
    stem, made = wheel(files)
    name = stem + "-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for path, content in made.items():
            archive.writestr(path, content)
    return name


def module(settings):
    stem, _ = wheel({})
    return {stem.split("-")[0] + ".py": "settings = %r\n" % (sorted((settings or {}).items()),)}


def get_requires_for_build_wheel(settings=None):
    return read("REQUIRES").split("\n")[:-1]


def prepare_metadata_for_build_wheel(folder, settings=None):
    fail_at("metadata")
    stem, made = wheel({})
    os.mkdir(os.path.join(folder, stem + ".dist-info"))
    for path, content in made.items():
        with open(os.path.join(folder, path), "w") as file:
            file.write(content)
    return stem + ".dist-info"


def build_wheel(folder, settings=None, metadata=None):
    fail_at("wheel")
    return written(folder, module(settings))


if read("FAILS").strip() != "no-editable":

    def build_editable(folder, settings=None, metadata=None):
        fail_at("editable")
        stem, _ = wheel({})
        return written(folder, {"__editable__." + stem.split("-")[0] + ".pth": HERE + "\n"})
