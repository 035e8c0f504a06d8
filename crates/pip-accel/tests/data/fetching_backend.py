# Builds what METADATA.in says, the same bytes each time, and needs nothing for it.
import os
import sys
import zipfile


def files():
    with open("METADATA.in") as file:
        metadata = file.read()
    fields = dict(line.split(": ", 1) for line in metadata.splitlines())
    if fields["Summary"] == "fails":
        sys.exit("this one can not be built")
    stem = fields["Name"].replace("-", "_") + "-" + fields["Version"]
    info = stem + ".dist-info/"
    made = {
        info + "METADATA": metadata,
        info + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    made[info + "RECORD"] = "".join(f"{name},,\n" for name in [*made, info + "RECORD"])
    if fields["Summary"] == "misnamed":
        stem = "another-1.0"
    return fields["Summary"], stem, made


def prepare_metadata_for_build_wheel(folder, settings=None):
    _, stem, made = files()
    info = next(iter(made)).partition("/")[0]
    os.mkdir(os.path.join(folder, info))
    for path, content in made.items():
        with open(os.path.join(folder, path), "w") as file:
            file.write(content)
    return info


def build_wheel(folder, settings=None, metadata=None):
    summary, stem, made = files()
    if summary == "breaks":
        sys.exit("this one breaks when it is built")
    if settings:
        made["settings.txt"] = repr(sorted(settings.items()))
    name = stem + "-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        for path, content in made.items():
            wheel.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), content)
    return name


def prepare_metadata_for_build_editable(folder, settings=None):
    return prepare_metadata_for_build_wheel(folder, settings)


def build_editable(folder, settings=None, metadata=None):
    return build_wheel(folder, settings, metadata)
