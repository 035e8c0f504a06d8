# What people type all day: each line is run with pip and with pip-accel under the name of pip.
pip --version
pip install flask
pip install 'requests>=2,<3' 'click==8.1'
pip install -r requirements.txt -c constraints.txt
pip install --upgrade click
pip install --user --dry-run rich || pip install --dry-run rich
pip install -e ./project
pip install './project[extra]' --quiet
pip list
pip list --outdated --format=columns
pip list --format=json --not-required
pip show --files flask requests
pip freeze --exclude-editable > frozen.txt && cat frozen.txt
pip check
pip download --dest wheels 'requests==2.0' --no-deps && ls wheels
pip wheel --no-deps --wheel-dir wheelhouse ./project && ls wheelhouse
pip hash wheels/*.whl
pip install --no-index --find-links wheels --force-reinstall --no-deps requests
pip index versions click
pip install --report report.json --dry-run rich >/dev/null && python -c 'import json; print([one["metadata"]["name"] for one in json.load(open("report.json"))["install"]])'
pip config set global.timeout 30 && pip config get global.timeout && pip config list
pip install does-not-exist
pip install flask==99
pip instal flask
pip uninstall --yes requests not-there
python -c 'import flask, click, project; print(click.__name__)'
pip help download | sed -n '/^Description/,$p' | sed -n '1,8p'
