#!/usr/bin/env bash
# Runs tools that call pip, each from PyPI and unchanged, with pip-accel in pip's place; needs a network.
#
#     cargo build --release && tests/tools.sh target/release/pip-accel [FOLDER]
#
# A distribution named pip, which starts the program, takes the place of the real one: virtualenv seeds
# the environments of tox, nox and pre-commit with it, the others have it installed.
set -euo pipefail
program=$(realpath "$1")
folder=${2:-$(mktemp -d)}
mkdir -p "$folder" && cd "$folder" && folder=$PWD
export PIP_ACCEL_CACHE=$folder/cache XDG_CACHE_HOME=$folder/xdg XDG_DATA_HOME=$folder/xdg HOME=$folder
export PIP_DISABLE_PIP_VERSION_CHECK=1 GIT_CONFIG_NOSYSTEM=1
calls=$folder/calls
: >"$calls"

"$program" venv tools tox nox pip-tools pre-commit ansible-core >/dev/null
tools=$folder/tools/bin

tools/bin/python - "$program" "$calls" <<'PY'
import os
import sys
import zipfile

program, calls = sys.argv[1:]
code = f"""
import os
import sys


def main():
    with open({calls!r}, "a") as calls:
        calls.write(" ".join(sys.argv[1:]) + "\\n")
    os.execv({program!r}, [sys.executable + " -m pip_accel"] + sys.argv[1:])
"""
info = "pip-99.dist-info/"
files = {
    "pip/__init__.py": '__version__ = "99"\n',
    "pip/__main__.py": code + '\n\nif __name__ == "__main__":\n    main()\n',
    info + "METADATA": "Metadata-Version: 2.1\nName: pip\nVersion: 99\n",
    info + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    info + "entry_points.txt": "[console_scripts]\npip = pip.__main__:main\npip3 = pip.__main__:main\n",
}
files[info + "RECORD"] = "".join(f"{name},,\n" for name in [*files, info + "RECORD"])
os.mkdir("seeds")
with zipfile.ZipFile("seeds/pip-99-py3-none-any.whl", "w") as wheel:
    for name, text in files.items():
        wheel.writestr(name, text)
PY
seed() { "$program" --python "$1" install --no-index --find-links "$folder/seeds" pip==99 >/dev/null; }
export VIRTUALENV_EXTRA_SEARCH_DIR=$folder/seeds VIRTUALENV_PIP=99 VIRTUALENV_NO_DOWNLOAD=1

# Runs a tool; it must succeed, and pip-accel must have been called.
works() { # NAME COMMAND...
    local name=$1 before started=$SECONDS
    shift
    before=$(wc -l <"$calls")
    if ! "$@" >"$name.log" 2>&1; then
        echo "$name failed:" && tail -n 40 "$name.log"
        exit 1
    fi
    local made=$(($(wc -l <"$calls") - before))
    [ "$made" -gt 0 ] || { echo "$name: pip-accel was not called" && exit 1; }
    printf '%-12s works: %s calls of pip, %s s\n' "$name" "$made" "$((SECONDS - started))"
}

mkdir project
cat >project/pyproject.toml <<'TOML'
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "project"
version = "1.0"
dependencies = ["six"]
[tool.setuptools]
py-modules = ["project"]
TOML
echo 'import six' >project/project.py
cat >project/tox.ini <<'INI'
[testenv]
deps = idna
pass_env = PIP_*
commands = python -c "import project, idna, pip; assert pip.__version__ == '99'"
INI
cat >project/noxfile.py <<'PY'
import nox


@nox.session
def tests(session):
    session.install("idna", ".")
    session.run("python", "-c", "import project, idna, pip; assert pip.__version__ == '99'")
PY
works tox "$tools/tox" --root project
works nox "$tools/nox" -f project/noxfile.py

"$program" venv synced 'idna==3.4' >/dev/null
seed synced
printf 'six==1.16.0\n' >requirements.txt
works pip-sync "$tools/pip-sync" --python-executable synced/bin/python requirements.txt
synced/bin/python -c 'import six; assert six.__version__ == "1.16.0"'
if synced/bin/python -c 'import idna' 2>/dev/null; then echo "pip-sync left idna" && exit 1; fi

git init -q hooked
cat >hooked/.pre-commit-config.yaml <<'YAML'
repos:
  - repo: local
    hooks:
      - id: six
        name: six
        entry: python -c "import six, pip; assert pip.__version__ == '99'"
        language: python
        additional_dependencies: [six]
        always_run: true
        pass_filenames: false
YAML
git -C hooked add -A
hook() { (cd hooked && "$tools/pre-commit" run); }
works pre-commit hook

"$program" venv --without-pip managed >/dev/null
seed managed
play() {
    local word
    for word in true false; do
        "$tools/ansible" localhost -c local -e ansible_python_interpreter="$tools/python" -m pip \
            -a "name=six version=1.16.0 executable=$folder/managed/bin/pip" >answer 2>&1 || { cat answer && return 1; }
        cat answer
        tr -d ' \n"' <answer | grep -q "changed:$word" || return 1
    done
}
works ansible play
managed/bin/python -c 'import six'
