"""Runs the program for this interpreter, as ``python -m pip`` runs pip."""

import os
import sys
import sysconfig


def candidates():
    """Where an installer may have put the program, likely places first."""
    name = "pip-accel" + (sysconfig.get_config_var("EXE") or "")
    yield os.path.join(sysconfig.get_path("scripts"), name)
    # ``--prefix``: PREFIX/lib/python3.X/site-packages; ``--target``: FOLDER/pip_accel.
    package = os.path.dirname(os.path.abspath(__file__))
    above = package
    for _ in range(4):
        above = os.path.dirname(above)
        yield os.path.join(above, "bin", name)
    # ``--user``.
    yield os.path.join(sysconfig.get_path("scripts", os.name + "_user"), name)


def main():
    """Replaces this process by the program, whose name then says which Python is meant."""
    for program in candidates():
        if os.path.isfile(program):
            break
    else:
        sys.exit("ERROR: could not find the program pip-accel beside its package")
    name = sys.executable + " -m pip_accel" if sys.executable else program
    os.execv(program, [name] + sys.argv[1:])


if __name__ == "__main__":
    main()
