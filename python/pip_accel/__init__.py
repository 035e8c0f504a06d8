"""A native program to type instead of pip; ``python -m pip_accel`` runs it for that Python."""
