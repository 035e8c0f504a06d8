# Prints what pip-accel needs to know about the Python that runs it, as JSON after a marker line.
# Runs on CPython 2.7, CPython 3.6 and later, and PyPy, with -E -s -S: no environment variable, no
# user site and no .pth file has a say, so that the answer may be kept.
# Usage: python -E -s -S -c PROBE SCRATCH; SCRATCH is an empty directory for a throw-away venv.
import os
import sys

if sys.path and sys.path[0] in ("", os.getcwd()):
    del sys.path[0]
STDLIB_PATHS = [os.path.abspath(path) for path in sys.path]

# The answer must not depend on whose home it is asked from.
HOME = "/{home}"
os.environ["HOME"] = HOME
for name in list(os.environ):
    if name.startswith("PYTHON") or name in ("_PYTHON_HOST_PLATFORM", "DEB_PYTHON_INSTALL_LAYOUT"):
        del os.environ[name]

import site

if hasattr(site, "venv"):
    # Learn the prefix of a virtual environment without running anybody's .pth files.
    ADD_SITE_DIR, site.addsitedir = site.addsitedir, lambda *args: None
    site.venv(set())
else:
    ADD_SITE_DIR = site.addsitedir

import json
import platform
import re
import shutil
import struct
import subprocess
import sysconfig

BASE = "/{base}"
BASE_PREFIX = getattr(sys, "real_prefix", getattr(sys, "base_prefix", sys.prefix))
BASE_EXEC_PREFIX = getattr(sys, "real_prefix", getattr(sys, "base_exec_prefix", sys.exec_prefix))
IMPLEMENTATION = getattr(sys, "implementation", None)


class InVenv(object):
    """Code below sees the prefix of an imaginary virtual environment at /{base}."""

    def __enter__(self):
        self.kept = sys.prefix, sys.exec_prefix
        sys.prefix = sys.exec_prefix = BASE

    def __exit__(self, *failure):
        sys.prefix, sys.exec_prefix = self.kept


def release(info):
    text = "%d.%d.%d" % tuple(info[:3])
    return text if info[3] == "final" else "%s%s%d" % (text, info[3][0], info[4])


def markers():
    return {
        "implementation_name": IMPLEMENTATION.name if IMPLEMENTATION else "",
        "implementation_version": release(IMPLEMENTATION.version) if IMPLEMENTATION else "0",
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "platform_python_implementation": platform.python_implementation(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def magic():
    try:
        from importlib.util import MAGIC_NUMBER as number
    except ImportError:
        import imp

        number = imp.get_magic()
    return "".join("%02x" % byte for byte in bytearray(number))


def elf(path):
    """Class, byte order, machine, flags and program interpreter of an ELF file."""
    try:
        with open(path, "rb") as stream:
            ident = stream.read(16)
            if ident[:4] != b"\x7fELF":
                return None
            bits, order = bytearray(ident)[4:6]
            end = "<" if order == 1 else ">"
            header = end + ("HHIIIIIHHH" if bits == 1 else "HHIQQQIHHH")
            fields = struct.unpack(header, stream.read(struct.calcsize(header)))
            machine, table, flags, entry_size, entries = (fields[i] for i in (1, 4, 6, 8, 9))
            entry = end + ("IIIIIIII" if bits == 1 else "IIQQQQQQ")
            offset_at, size_at = (1, 4) if bits == 1 else (2, 5)
            for index in range(entries):
                stream.seek(table + entry_size * index)
                values = struct.unpack(entry, stream.read(struct.calcsize(entry)))
                if values[0] == 3:
                    stream.seek(values[offset_at])
                    loader = stream.read(values[size_at]).decode("utf-8").strip("\0")
                    return bits, order, machine, flags, loader
            return bits, order, machine, flags, None
    except (OSError, IOError, ValueError, struct.error):
        return None


def glibc():
    text = None
    try:
        text = os.confstr("CS_GNU_LIBC_VERSION").rsplit()[-1]
    except (AttributeError, OSError, ValueError, IndexError):
        try:
            import ctypes

            ask = ctypes.CDLL(None).gnu_get_libc_version
            ask.restype = ctypes.c_char_p
            text = ask().decode("ascii")
        except (ImportError, OSError, AttributeError, TypeError):
            return None
    match = re.match(r"([0-9]+)\.([0-9]+)", text or "")
    return [int(number) for number in match.groups()] if match else None


def musl(loader):
    if not loader or "musl" not in loader:
        return None
    process = subprocess.Popen([loader], stderr=subprocess.PIPE)
    lines = [line.strip() for line in process.communicate()[1].decode("utf-8").splitlines()]
    lines = [line for line in lines if line]
    match = re.match(r"Version (\d+)\.(\d+)", lines[1]) if len(lines) > 1 else None
    if not match or not lines[0].startswith("musl"):
        return None
    return [int(number) for number in match.groups()]


def refused_manylinux(site_dirs, libc, arch):
    for folder in site_dirs:
        if libc and any(os.path.exists(os.path.join(folder, "_manylinux" + end)) for end in (".py", ".so")):
            sys.path.append(folder)
    try:
        import _manylinux as module
    except ImportError:
        return []
    refused = []
    for minor in range(libc[1] + 1 if libc else 0):
        answer = None
        if hasattr(module, "manylinux_compatible"):
            answer = module.manylinux_compatible(libc[0], minor, arch)
        else:
            legacy = {5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}.get(minor)
            answer = getattr(module, "%s_compatible" % legacy, None)
        if answer is not None and not answer:
            refused.append("manylinux_%d_%d_%s" % (libc[0], minor, arch))
    return refused


def platform_facts(site_dirs):
    system = platform.system()
    name = sysconfig.get_platform()
    bits, order, machine, flags, loader = elf(sys.executable) or (0, 0, 0, 0, None)
    libc = glibc() if system == "Linux" else None
    apple_version = apple_arch = None
    if system == "Darwin":
        version, _, apple_arch = platform.mac_ver()
        apple_version = [int(part) for part in (version.split(".") + ["0"])[:2]]
        if apple_version == [10, 16]:
            # Built against an old SDK, Python sees 10.16 unless it is told not to.
            ask = "import platform; print(platform.mac_ver()[0])"
            environment = dict(os.environ, SYSTEM_VERSION_COMPAT="0")
            text = subprocess.check_output([sys.executable, "-sS", "-c", ask], env=environment)
            apple_version = [int(part) for part in text.decode("ascii").strip().split(".")[:2]]
    elif system == "iOS":
        apple_version = [int(part) for part in platform.ios_ver().release.split(".")[:2]]
        apple_arch = sys.implementation._multiarch
    return {
        "system": system,
        "sysconfig_platform": name,
        "is_32bit": struct.calcsize("P") == 4,
        "glibc": libc,
        "musl": musl(loader) if system == "Linux" else None,
        "elf_armhf": (bits, order, machine) == (1, 1, 40) and flags & 0xFF000400 == 0x05000400,
        "elf_i686": (bits, order, machine) == (1, 1, 3),
        "refused_manylinux": refused_manylinux(site_dirs, libc, platform.machine()),
        "apple_version": apple_version,
        "apple_arch": apple_arch,
        "android_api_level": platform.android_ver().api_level if system == "Android" else None,
        "emscripten_version": sysconfig.get_config_var("PYEMSCRIPTEN_PLATFORM_VERSION"),
    }


def tag_facts(site_dirs):
    var = sysconfig.get_config_var
    debug = var("Py_DEBUG")
    if debug is None:
        try:
            from importlib.machinery import EXTENSION_SUFFIXES
        except ImportError:
            EXTENSION_SUFFIXES = []
        debug = hasattr(sys, "gettotalrefcount") or "_d.pyd" in EXTENSION_SUFFIXES
    pymalloc, width = var("WITH_PYMALLOC"), var("Py_UNICODE_SIZE")
    nodot, suffix = var("py_version_nodot"), var("EXT_SUFFIX")
    return {
        "implementation": IMPLEMENTATION.name if IMPLEMENTATION else platform.python_implementation().lower(),
        "version": list(sys.version_info[:2]),
        "version_nodot": str(nodot) if nodot else None,
        "ext_suffix": suffix if suffix else None,
        "debug": bool(debug),
        "gil_disabled": bool(var("Py_GIL_DISABLED")),
        "pymalloc": bool(pymalloc is None or pymalloc),
        "wide_unicode": bool(width == 4 or (width is None and sys.maxunicode == 0x10FFFF)),
        "platform": platform_facts(site_dirs),
    }


KEYS = ("purelib", "platlib", "scripts", "data", "include")
VARIABLES = ("base", "platbase", "installed_base", "installed_platbase", "userbase")


def by_sysconfig():
    """The schemes as pip's _internal/locations/_sysconfig.py picks them."""
    names = sysconfig.get_scheme_names()
    prefer = getattr(sysconfig, "get_preferred_scheme", None)

    def name(key):
        if prefer:
            return prefer(key)
        own = IMPLEMENTATION.name if IMPLEMENTATION else "cpython"
        wanted = [own + "_" + os.name, own] if key == "prefix" else []
        wanted += [os.name + "_" + key, os.name, "posix_" + key]
        return [name for name in wanted if name in names][0]

    def paths(scheme):
        found = sysconfig.get_paths(scheme, vars=dict((key, "{%s}" % key) for key in VARIABLES))
        return dict((key, found[key]) for key in KEYS)

    plain = name("prefix")
    with InVenv():
        in_venv = name("prefix")
    custom = "posix_prefix" if plain in ("posix_local", "osx_framework_library") else plain
    try:
        user = paths(name("user"))
    except (IndexError, KeyError):
        user = None
    return {
        "prefix": paths(plain),
        "custom": paths(custom),
        "venv": paths(in_venv),
        "home": paths(name("home")),
        "user": user,
    }


def by_distutils():
    """The schemes as pip's _internal/locations/_distutils.py finds them, for Python before 3.10."""
    from distutils.dist import Distribution

    def paths(**options):
        command = Distribution({"name": "NAME"}).get_command_obj("install", create=True)
        if "user" in options or "home" in options:
            command.prefix = ""
        for key, value in options.items():
            setattr(command, key, value)
        command.finalize_options()
        found = dict((key, getattr(command, "install_" + key)) for key in KEYS[:4])
        headers, name = os.path.split(command.install_headers)
        found["include"] = headers if name == "NAME" else command.install_headers
        userbase = getattr(command, "install_userbase", None)
        for key, value in found.items():
            if "user" in options and userbase and value.startswith(userbase):
                value = "{userbase}" + value[len(userbase):]
            found[key] = value.replace(BASE, "{base}")
        return found

    with InVenv():
        in_venv = paths()
    try:
        user = paths(user=1)
    except Exception:
        user = None
    return {
        "prefix": paths(),
        "custom": paths(prefix=BASE),
        "venv": in_venv,
        "home": paths(home=BASE),
        "user": user,
    }


def schemes():
    if sys.version_info >= (3, 10) and getattr(sysconfig, "_PIP_USE_SYSCONFIG", True):
        return by_sysconfig()
    try:
        return by_distutils()
    except ImportError:
        return by_sysconfig()


def site_dirs():
    """Folders that `site` adds: outside of a venv, a venv's own, and the system's seen from one."""
    own = site.getsitepackages()
    if sys.version_info[0] < 3:
        return {"plain": own, "venv": [], "system": []}
    with InVenv():
        mine = site.getsitepackages([BASE])
        system = site.getsitepackages([BASE_PREFIX, BASE_EXEC_PREFIX])
    if sys.prefix == BASE_PREFIX:
        own = site.getsitepackages([sys.prefix, sys.exec_prefix])
    return {"plain": own, "venv": [path.replace(BASE, "{base}") for path in mine], "system": system}


def user_site():
    base, folder = site.getuserbase(), site.getusersitepackages()
    if not base or not folder or not folder.startswith(base):
        return None
    return "{userbase}" + folder[len(base):]


def quoting(builder, context, text, source):
    """How this version's venv quotes what it puts into an activation script."""
    import shlex
    import types

    values = {
        "__VENV_DIR__": "/it's here",
        "__VENV_NAME__": "it's it",
        "__VENV_PROMPT__": "it's me",
        "__VENV_BIN_NAME__": "it's bin",
        "__VENV_PYTHON__": "/it's here/python",
    }
    context = types.SimpleNamespace(**dict(vars(context), script_path=source))
    for key, field in (
        ("DIR", "env_dir"),
        ("NAME", "env_name"),
        ("PROMPT", "prompt"),
        ("BIN_NAME", "bin_name"),
        ("PYTHON", "env_exe"),
    ):
        setattr(context, field, values["__VENV_%s__" % key])
    result = builder.replace_variables(text, context)
    styles = {
        "none": lambda value: value,
        "shell": shlex.quote,
        "powershell": lambda value: "'%s'" % value.replace("'", "''"),
    }
    for style in ("none", "shell", "powershell"):
        expected = text
        for key, value in values.items():
            expected = expected.replace(key, styles[style](value))
        if expected == result:
            return style
    return None


def venv_template(scratch):
    """What this version's venv module makes, learned by having it make one."""
    try:
        import venv
    except ImportError:
        return None
    folder = os.path.join(scratch, "accel-name")
    builder = venv.EnvBuilder(symlinks=True, with_pip=False, prompt="accel-prompt")
    context = builder.ensure_directories(folder)
    if hasattr(builder, "create_git_ignore_file"):
        builder.scm_ignore_files = frozenset(["git"])
        builder.create_git_ignore_file(context)
    builder.create_configuration(context)
    # A name of no meaning, so that only those that venv always makes remain.
    context.env_exe = os.path.join(context.bin_path, "accel-exe")
    builder.setup_python(context)
    made = {"directories": [], "links": [], "files": [], "scripts": []}
    for parent, directories, files in os.walk(folder):
        for name in sorted(directories + files):
            path = os.path.join(parent, name)
            relative = os.path.relpath(path, folder)
            if relative == "pyvenv.cfg" or name == "accel-exe":
                continue
            if os.path.islink(path):
                made["links"].append([relative, os.readlink(path)])
            elif os.path.isdir(path):
                made["directories"].append(relative)
            else:
                with open(path, encoding="utf-8") as stream:
                    made["files"].append([relative, stream.read()])
    with open(os.path.join(folder, "pyvenv.cfg"), encoding="utf-8") as stream:
        made["settings"] = [line.partition(" = ")[0] for line in stream]
    made["bin"] = os.path.relpath(context.bin_path, folder)
    made["prompt"] = context.prompt.replace("accel-prompt", "{prompt}")
    scripts = os.path.join(os.path.dirname(os.path.abspath(venv.__file__)), "scripts")
    for group in ("common", os.name):
        for parent, _, files in os.walk(os.path.join(scripts, group)):
            for name in sorted(files):
                source = os.path.join(parent, name)
                with open(source, "rb") as stream:
                    data = stream.read()
                try:
                    text = data.decode("utf-8")
                except UnicodeError:
                    continue
                made["scripts"].append({
                    "path": os.path.relpath(source, os.path.join(scripts, group)),
                    "mode": os.stat(source).st_mode & 0o7777,
                    "text": text,
                    "quoting": quoting(builder, context, text, source),
                })
    made["seeds"] = seeds()
    shutil.rmtree(folder, ignore_errors=True)
    return made


def seeds():
    """The wheels that ensurepip would install."""
    try:
        import ensurepip
    except ImportError:
        return []
    shelf = sysconfig.get_config_var("WHEEL_PKG_DIR")
    bundled = os.path.join(os.path.dirname(ensurepip.__file__), "_bundled")
    projects = getattr(ensurepip, "_PROJECTS", None) or ["pip"]
    names = [project if hasattr(project, "lower") else project[0] for project in projects]
    names = [re.escape(name) for name in names]
    if not getattr(ensurepip, "_PROJECTS", None):
        names = [re.escape(name) for name in getattr(ensurepip, "_PACKAGE_NAMES", ("pip",))]
    found = []
    for folder in (shelf, bundled, debian_shelf(ensurepip)):
        if not found and folder and os.path.isdir(folder):
            pattern = re.compile("(%s)-[^-]+-.*[.]whl$" % "|".join(names))
            found = [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if pattern.match(name)]
    return found


def debian_shelf(ensurepip):
    """Debian's ensurepip takes wheels from a folder that only its source names."""
    folder = "/usr/share/python-wheels"
    try:
        with open(os.path.join(os.path.dirname(ensurepip.__file__), "__init__.py")) as stream:
            return folder if folder in stream.read() else None
    except (OSError, IOError, UnicodeError):
        return None


def witnesses():
    """Files besides the executable whose change makes these facts doubtful: the C library."""
    found = ["/System/Library/CoreServices/SystemVersion.plist"]
    try:
        with open("/proc/self/maps") as stream:
            for line in stream:
                path = line.rstrip("\n").partition("/")[2]
                if re.match(r"(libc[.-]|libc\.musl|ld-musl)", os.path.basename(path)):
                    found.append("/" + path)
    except (OSError, IOError, UnicodeError):
        pass
    return sorted(set(os.path.realpath(path) for path in found if os.path.isfile(path)))


def main():
    folders = site_dirs()
    hidden = "." in getattr(ADD_SITE_DIR, "__code__").co_consts
    try:
        template = venv_template(sys.argv[1]) if len(sys.argv) > 1 and sys.version_info[0] > 2 else None
    except Exception:
        template = None
    facts = {
        "version": list(sys.version_info[:3]),
        "cache_tag": getattr(IMPLEMENTATION, "cache_tag", None),
        "magic": magic(),
        "executable": sys.executable,
        "base_executable": getattr(sys, "_base_executable", None) or sys.executable,
        "prefix": sys.prefix,
        "exec_prefix": sys.exec_prefix,
        "base_prefix": BASE_PREFIX,
        "base_exec_prefix": BASE_EXEC_PREFIX,
        "stdlib_paths": STDLIB_PATHS,
        "stdlib": sysconfig.get_path("stdlib"),
        "site_dirs": folders,
        "skips_hidden_pth": hidden,
        "user_site": user_site(),
        "user_base": (site.getuserbase() or "").replace(HOME, "{home}") or None,
        "schemes": schemes(),
        "markers": markers(),
        "tags": tag_facts(folders["plain"]),
        "soabi": sysconfig.get_config_var("SOABI"),
        "abiflags": getattr(sys, "abiflags", ""),
        "venv": template,
        "witnesses": witnesses(),
    }
    sys.stdout.write("\n@pip-accel-facts@\n" + json.dumps(facts) + "\n")


main()
