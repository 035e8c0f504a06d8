# What people type all day: each line is run with pip and with pip-accel under the name of pip.
pip --version
pip install flask
pip install 'requests>=2,<3' 'click==8.1'
pip install -r requirements.txt -c constraints.txt
pip install --upgrade click
pip install --user --dry-run rich || pip install --dry-run rich
pip install -e ./project
pip install './project[extra]' --quiet
(cd project && pip install -q . && pip install -U .)
cp -r project repository && git -C repository init -q && git -C repository add backend.py project.py pyproject.toml METADATA.in && GIT_AUTHOR_DATE=2020-01-01T00:00:00Z GIT_COMMITTER_DATE=2020-01-01T00:00:00Z git -C repository -c user.name=a -c user.email=a@example.org commit -qm first
pip install "git+file://$PWD/repository" -q
pip install "project @ git+file://$PWD/repository" --force-reinstall --no-deps -q && pip freeze | grep '^project'
pip install -U pip
pip install --target lib --quiet rich && ls lib
pip list
pip list --outdated --format=columns
pip list --format=json --not-required
pip show --files flask requests
pip freeze --exclude-editable > frozen.txt && cat frozen.txt
pip check
pip download --dest wheels 'requests==2.0' --no-deps && ls wheels
pip wheel --no-deps --wheel-dir wheelhouse ./project && ls wheelhouse
pip hash wheels/*.whl
echo "requests==2.0 $(pip hash wheels/*.whl | tail -n 1)" > hashed.txt && pip install --force-reinstall --no-deps -r hashed.txt
pip install --require-hashes flask
pip install --no-index --find-links wheels --force-reinstall --no-deps requests
pip index versions click
pip install --report report.json --dry-run rich >/dev/null && python -c 'import json; print([one["metadata"]["name"] for one in json.load(open("report.json"))["install"]])'
pip config set global.timeout 30 && pip config get global.timeout && pip config list
pip install does-not-exist
pip install flask==99
pip instal flask
pip uninstall --yes requests not-there
printf 'flask\nclick\n' > gone.txt && pip uninstall -y -r gone.txt
pip install flask click -q --no-deps
pip inspect | python -c 'import json, sys; print(sorted(one["metadata"]["name"] for one in json.load(sys.stdin)["installed"]))'
pip cache dir >/dev/null
pip cache list
pip completion --bash | wc -l
python -c 'import flask, click, project; print(click.__name__)'
pip help download | sed -n '/^Description/,$p' | sed -n '1,8p'
