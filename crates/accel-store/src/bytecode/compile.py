# Compiles what standard input lists; runs on Python 2.7 and 3.6 and later, CPython and PyPy.
# Four texts a job, each ended by NUL: the source, the place of its twin in the tree of bytecode,
# the name for co_filename, the time for the result. Several processes may get the same list: a job
# belongs to the one that creates its file, so that all are busy up to the last. The answer is two
# texts for each job that was done here: its number, and the file that was written, or nothing.
import errno
import gc
import os
import sys

python2 = sys.version_info[0] == 2
if python2:
    import py_compile
else:
    from importlib import _bootstrap_external as external
    from importlib.util import cache_from_source

    # The header of a file that is checked by time; before Python 3.7 it had no flags.
    pyc = getattr(external, "_code_to_timestamp_pyc", None) or external._code_to_bytecode


def bytecode_path(place):
    return place + ("c" if __debug__ else "o") if python2 else cache_from_source(place)


# As py_compile does it, but without a temporary name for each file, which costs as much as to
# compile it: nobody looks here before all are complete.
def compile_one(source, target, shown, result):
    if python2:
        py_compile.compile(source, target, shown, True)
        return
    with open(source, "rb") as file:
        facts = os.fstat(file.fileno())
        text = file.read()
    code = external.SourceFileLoader("<py_compile>", source).source_to_code(text, shown)
    result.write(pyc(code, int(facts.st_mtime), facts.st_size))


def make_folder(folder):
    try:
        os.makedirs(folder)
    except OSError:
        # Another process of the same compilation may have been first.
        if not os.path.isdir(folder):
            raise


# The file of a job, new and empty; None if another process has it.
def claim(target):
    try:
        return os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666), "wb")
    except OSError as error:
        if error.errno == errno.EEXIST:
            return None
        raise


def main():
    # Else files would be checked by hash, and the answer mixed with what a codec may print.
    os.environ.pop("SOURCE_DATE_EPOCH", None)
    if python2:
        given, answer = sys.stdin.read(), os.fdopen(os.dup(1), "wb")
    else:
        given, answer = os.fsdecode(sys.stdin.buffer.read()), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    if not python2 and sys.implementation.name == "cpython":
        # Code has no cycles to look for.
        gc.disable()
    texts = given.split("\0")
    made = set()
    for at in range(0, len(texts) - 3, 4):
        source, place, shown, mtime = texts[at : at + 4]
        result = None
        try:
            target = bytecode_path(place)
            folder = os.path.dirname(target)
            if folder not in made:
                make_folder(folder)
                made.add(folder)
            result = claim(target)
            if result is None:
                continue
            with result:
                compile_one(source, target, shown, result)
            os.utime(target, (int(mtime), int(mtime)))
        except Exception:
            if result is not None:
                os.remove(target)
            target = ""
        answer.write(b"%d\0" % (at // 4))
        answer.write((target if python2 else os.fsencode(target)) + b"\0")
    answer.flush()


main()
