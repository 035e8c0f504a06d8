# Compiles what standard input lists; runs on Python 2.7 and 3.6 and later, CPython and PyPy.
# Four texts a job, each ended by NUL: the source, the place of its twin in the tree of bytecode,
# the name for co_filename, the time for the result. The answer is a text a job, ended by NUL:
# the file that was written, or nothing.
import os
import py_compile
import sys

python2 = sys.version_info[0] == 2


def bytecode_path(place):
    if python2:
        return place + ("c" if __debug__ else "o")
    import importlib.util

    return importlib.util.cache_from_source(place)


def compile_one(source, place, shown):
    target = bytecode_path(place)
    folder = os.path.dirname(target)
    try:
        os.makedirs(folder)
    except OSError:
        # Another process of the same compilation may have been first.
        if not os.path.isdir(folder):
            raise
    py_compile.compile(source, target, shown, True)
    return target


def main():
    # Else files would be checked by hash, and the answer mixed with what a codec may print.
    os.environ.pop("SOURCE_DATE_EPOCH", None)
    if python2:
        given, answer = sys.stdin.read(), os.fdopen(os.dup(1), "wb")
    else:
        given, answer = os.fsdecode(sys.stdin.buffer.read()), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    texts = given.split("\0")
    for at in range(0, len(texts) - 3, 4):
        source, place, shown, mtime = texts[at : at + 4]
        try:
            target = compile_one(source, place, shown)
            os.utime(target, (int(mtime), int(mtime)))
        except Exception:
            target = ""
        answer.write((target if python2 else os.fsencode(target)) + b"\0")
    answer.flush()


main()
