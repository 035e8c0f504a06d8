import os
import sys
import zipfile


def text():
    if @FAILS@:
        sys.exit("this one can not be built")
    with open("METADATA.in") as file:
        return file.read()


def stem(metadata):
    fields = dict(line.split(": ", 1) for line in metadata.splitlines() if ": " in line)
    return fields["Name"].replace("-", "_").replace(".", "_") + "-" + fields["Version"]


def files():
    metadata = text()
    info = stem(metadata) + ".dist-info/"
    made = {
        info + "METADATA": metadata,
        info + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    made[info + "RECORD"] = "".join(f"{name},,\n" for name in [*made, info + "RECORD"])
    return stem(metadata), made


def prepare_metadata_for_build_wheel(folder, settings=None):
    name, made = files()
    os.mkdir(os.path.join(folder, name + ".dist-info"))
    for path, content in made.items():
        with open(os.path.join(folder, path), "w") as file:
            file.write(content)
    return name + ".dist-info"


def build_wheel(folder, settings=None, metadata=None):
    name, made = files()
    name += "-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        for path, content in made.items():
            wheel.writestr(path, content)
    return name
