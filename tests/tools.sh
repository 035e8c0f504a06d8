#!/usr/bin/env bash
# Runs tools that call pip, each from PyPI, with pip-accel in pip's place; needs a network.
#   tests/tools.sh PIP_ACCEL [FOLDER]
# A module `pip` that starts the program stands before the real one, so that `python -m pip` is it.
set -euo pipefail
program=$(realpath "$1")
folder=${2:-$(mktemp -d)}
mkdir -p "$folder/shim/pip" && cd "$folder"
export PIP_ACCEL_CACHE=$folder/cache XDG_CACHE_HOME=$folder/xdg HOME=$folder
export PIP_DISABLE_PIP_VERSION_CHECK=1
cat > shim/pip/__init__.py <<'PY'
__version__ = "26.3"
PY
cat > shim/pip/__main__.py <<PY
import os, sys
with open("$folder/calls", "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\n")
os.execv("$program", [sys.executable + " -m pip_accel"] + sys.argv[1:])
PY
calls() { wc -l < "$folder/calls"; }
report() { printf '%-12s works: %s calls of pip\n' "$1" "$(($(calls) - $2))"; }
touch calls

"$program" venv tools tox nox pip-tools pre-commit ansible-core >/dev/null
mkdir -p project && cat > project/pyproject.toml <<'TOML'
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
echo 'import six' > project/project.py

before=$(calls)
cat > project/tox.ini <<'INI'
[testenv]
deps = idna
pass_env = PYTHONPATH, PIP_*
commands = python -c "import project, idna"
INI
(cd project && PYTHONPATH=$folder/shim ../tools/bin/tox -q >../tox.log 2>&1)
report tox "$before"

before=$(calls)
cat > project/noxfile.py <<'PY'
import nox

@nox.session
def tests(session):
    session.install("idna", ".")
    session.run("python", "-c", "import project, idna")
PY
(cd project && PYTHONPATH=$folder/shim ../tools/bin/nox >../nox.log 2>&1)
report nox "$before"

before=$(calls)
"$program" venv synced 'idna==3.4' >/dev/null
printf 'six==1.16.0\n' > requirements.txt
PYTHONPATH=$folder/shim tools/bin/pip-sync --python-executable synced/bin/python requirements.txt >sync.log 2>&1
synced/bin/python -c 'import six' && ! synced/bin/python -c 'import idna' 2>/dev/null
report pip-sync "$before"

before=$(calls)
git init -q hooked && cat > hooked/.pre-commit-config.yaml <<'YAML'
repos:
  - repo: local
    hooks:
      - id: six
        name: six
        entry: python -c "import six"
        language: python
        additional_dependencies: [six]
        always_run: true
        pass_filenames: false
YAML
(cd hooked && git add -A && PYTHONPATH=$folder/shim ../tools/bin/pre-commit run >../pre-commit.log 2>&1)
report pre-commit "$before"

before=$(calls)
"$program" venv managed --without-pip >/dev/null
mkdir -p bin && cat > bin/pip <<SH
#!/bin/sh
echo "\$@" >> "$folder/calls"
exec "$program" --python "$folder/managed" "\$@"
SH
chmod +x bin/pip
for word in changed=true changed=false; do
    tools/bin/ansible localhost -c local -e ansible_python_interpreter="$folder/tools/bin/python" -m pip \
        -a "name=six version=1.16.0 executable=$folder/bin/pip" >ansible.log 2>&1
    tr -d ' \n"' < ansible.log | tr ':' '=' | grep -q "$word"
done
managed/bin/python -c 'import six'
report ansible "$before"
