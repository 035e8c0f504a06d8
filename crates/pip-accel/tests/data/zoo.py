"""Makes environments of every kind below a folder: zoo.py FOLDER PIP-RUNNER.

Most distributions are written down as installers of all times have left them; editables and direct
URLs are installed by pip itself. The interpreter that runs this is the base of all environments.
"""

import os
import subprocess
import sys
import venv
import zipfile

ZOO, RUNNER = os.path.realpath(sys.argv[1]), sys.argv[2]
ENVIRONMENT = dict(
    (name, value)
    for name, value in os.environ.items()
    if not name.startswith(("PIP_", "PYTHON", "GIT_"))
)
ENVIRONMENT.update(
    HOME=ZOO,
    PIP_DISABLE_PIP_VERSION_CHECK="1",
    GIT_CONFIG_GLOBAL="/dev/null",
    GIT_AUTHOR_NAME="x",
    GIT_AUTHOR_EMAIL="x@y",
    GIT_COMMITTER_NAME="x",
    GIT_COMMITTER_EMAIL="x@y",
    HGUSER="x",
    BRZ_EMAIL="x <x@y>",
)


def at(*parts):
    return os.path.join(ZOO, *parts)


def write(path, text=""):
    path = at(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as stream:
        stream.write(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def run(*command, cwd=ZOO):
    subprocess.run(command, cwd=cwd, env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)


def environment(name, **options):
    venv.EnvBuilder(with_pip=False, symlinks=True, **options).create(at(name))
    return "%s/lib/python%d.%d/site-packages" % ((name,) + sys.version_info[:2])


def pip(name, *arguments):
    run(at(name, "bin/python"), RUNNER, *arguments)


def metadata(name, version, more="", body=""):
    return "Metadata-Version: 2.1\nName: %s\nVersion: %s\n%s\n%s" % (name, version, more, body)


def dist_info(site, name, version, more="", body="", files=(), folder=None):
    folder = "%s/%s-%s.dist-info" % (site, folder or name.replace("-", "_"), version)
    write(folder + "/METADATA", metadata(name, version, more, body))
    for file, text in dict(files).items():
        write(folder + "/" + file, text)
    return folder


def wheel(folder, name, version, more="", tag="py3-none-any"):
    info = "%s-%s.dist-info/" % (name.replace("-", "_"), version)
    os.makedirs(at(folder), exist_ok=True)
    path = at(folder, "%s-%s-%s.whl" % (name.replace("-", "_"), version, tag))
    with zipfile.ZipFile(path, "w") as out:
        files = {
            name.replace("-", "_") + ".py": "",
            info + "METADATA": metadata(name, version, more),
            info + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: %s\n" % tag,
        }
        for file, text in files.items():
            out.writestr(file, text)
        out.writestr(info + "RECORD", "".join("%s,,\n" % file for file in files) + info + "RECORD,,\n")
    return path


BACKEND = """
import os, zipfile
HERE = os.path.dirname(os.path.abspath(__file__))
NAME = open(os.path.join(HERE, 'name')).read().strip()
def wheel(folder, files):
    info = NAME + '-1.0.dist-info/'
    files = dict(files)
    files[info + 'METADATA'] = 'Metadata-Version: 2.1\\nName: %s\\nVersion: 1.0\\n' % NAME
    files[info + 'WHEEL'] = 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n'
    files[info + 'RECORD'] = ''.join(name + ',,\\n' for name in list(files) + [info + 'RECORD'])
    name = NAME + '-1.0-py3-none-any.whl'
    with zipfile.ZipFile(os.path.join(folder, name), 'w') as out:
        for file, text in files.items():
            out.writestr(file, text)
    return name
def build_wheel(folder, settings=None, metadata=None):
    return wheel(folder, {NAME + '.py': ''})
def build_editable(folder, settings=None, metadata=None):
    return wheel(folder, {NAME + '.pth': HERE + '\\n'})
"""


def project(folder, name):
    table = "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
    write(folder + "/pyproject.toml", table)
    write(folder + "/backend.py", BACKEND)
    write(folder + "/name", name)
    return at(folder)


def wheels():
    site = environment("wheels")
    for name in ("pip", "setuptools", "wheel"):
        dist_info(site, name, "99.0", files={"INSTALLER": "pip\n", "WHEEL": "Tag: py3-none-any\n"})
    dist_info(
        site,
        "Full.House",
        "1.0.post1",
        "Summary: much\tto tell\nHome-page: https://home/\nAuthor: Ä. Uthor\n"
        "Author-email: a@b\nLicense: long\n        text\n        \tof it\n"
        "Keywords: a, b ,c\nPlatform: UNKNOWN\nPlatform: any\n"
        "Classifier: One :: 1\nClassifier: Two\nRequires-Dist: leaf>=1\nRequires-Dist: leaf ; os_name != 'x'\n"
        "Requires-Dist: absent ; extra == 'more'\nRequires-Dist: build-no<9,>=1\nRequires-Python: >=3\n"
        "Provides-Extra: more\nProject-URL: Homepage, https://elsewhere/\nProject-URL: Docs, https://d/",
        "# Ä title\n\nwith \"words\"\n",
        {
            "INSTALLER": "\n  pip \n",
            "REQUESTED": "",
            "RECORD": 'full/b.py,,\n"full/a,b.py",,\n./full//c.py,,\n../../../bin/full,,\n',
            "WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
            "entry_points.txt": "[console_scripts]\n full = full:main \n\n[x]\na = b\n",
        },
        "Full.House",
    )
    dist_info(site, "leaf", "2.0", "Keywords: a b  c\nDescription: in a header", "", {"WHEEL": "Build: 7abc\nTag: cp27-none-any\nTag: py2.py3-none-any\n"})
    dist_info(site, "build-no", "1.10", "Summary: x", files={"WHEEL": "Build: 1\nTag: py3-none-any\n", "RECORD": ""})
    dist_info(site, "no_files", "0.1a1", "Project-URL: home page, https://labelled/ ")
    dist_info(site, "expression", "1", "License-Expression: MIT\nLicense: old")
    folder = dist_info(site, "expression-new", "1")
    write(folder + "/METADATA", "Metadata-Version: 2.4\nName: expression-new\nVersion: 1\nLicense-Expression: MIT\nLicense-File: LICENSE\nLicense: old\nDynamic: License-File\n")
    dist_info(site, "argparse", "1.4")
    dist_info(site, "python", "3.0")
    dist_info(site, "by-url", "1.0", files={"direct_url.json": '{"url": "https://u:p@host/by-url-1.0.zip", "archive_info": {"hashes": {"sha512": "ef", "sha256": "cd"}, "hash": "sha256=cd"}, "subdirectory": "a/b"}'})
    dist_info(site, "by-url-old", "1.0", files={"direct_url.json": '{"archive_info": {"hash": "sha256=cd"}, "url": "https://git@host/by-url-old.zip"}'})
    dist_info(site, "by-url-bare", "1.0", files={"direct_url.json": '{"archive_info": {}, "url": "file:///by/url"}'})
    dist_info(site, "by-dir", "1.0", files={"direct_url.json": '{"dir_info": {}, "url": "file:///by/dir%20x"}'})
    dist_info(site, "by-git", "1.0", files={"direct_url.json": '{"vcs_info": {"vcs": "git", "commit_id": "abc", "requested_revision": "v1"}, "url": "https://host/r.git", "subdirectory": "sub"}'})
    dist_info(site, "in-place", "1.0", files={"direct_url.json": '{"dir_info": {"editable": true}, "url": "file:///in/place%20%C3%A4"}'})
    # The second of two in a folder, and what a `.pth` file brings.
    dist_info("wheels/more", "leaf", "9.0")
    dist_info("wheels/more", "from-pth", "3.0", "Requires-Dist: leaf")
    write(site + "/more.pth", at("wheels/more") + "\n# x\n../nowhere\nimport sys\n")
    for name in ("direct", "named"):
        wheel("dist", name, "1.0")
    project("src/sdist", "sdist")
    pip("wheels", "install", "-q", "--no-index", "-f", at("dist"), "named", at("dist/direct-1.0-py3-none-any.whl"))
    pip("wheels", "install", "-q", "--no-index", at("src/sdist"))


def requirements():
    write("r1.txt", "# head\n\n-i https://index/\n--pre\nleaf==1 # why\nFull-House[more] >= 0\n  # inner  \nnothing-here>1\n-e /in/nowhere\n")
    write("r2.txt", "# head\nleaf\nnothing.here\nnothing-here\nNamed\n\r\n./src/sdist\nby-url @ https://x/y.zip\n--use-feature x\nhttps://host/x#egg=by-git\n")
    write("r3.txt", "leaf\n-e git+https://host/r#egg=In.Place\n--editable=git+https://host/r2#egg=other\n-e ./src/sdist\n")
    write("bad1.txt", "leaf\nno good\nnamed\n")
    write("bad2.txt", "leaf\n-e not-editable\n")
    write("bad3.txt", "leaf --hash=sha256:abc\n")
    write("bad4.txt", "a=1\n")
    write("empty.txt", "")


def vcs():
    environment("vcs")
    for name in ("plain", "gitrepo", "gitlone", "gitgone", "gitpath", "gitsub", "hgrepo", "hglone", "svnrepo", "bzrrepo", "bzrlone"):
        project("vcs/src/" + name, name)
    project("vcs/src/gitsub/be low/deep", "deep")
    for name in ("gitrepo", "gitlone", "gitgone", "gitpath", "gitsub"):
        folder = at("vcs/src", name)
        run("git", "init", "-q", cwd=folder)
        run("git", "add", "-A", cwd=folder)
        run("git", "commit", "-q", "-m", "x", cwd=folder)
    run("git", "remote", "add", "origin", "https://user:pass@host/r.git", cwd=at("vcs/src/gitrepo"))
    run("git", "remote", "add", "origin", "/nowhere at all", cwd=at("vcs/src/gitgone"))
    run("git", "remote", "add", "origin", at("vcs/src/gitrepo"), cwd=at("vcs/src/gitpath"))
    run("git", "remote", "add", "other", "host:group/r.git", cwd=at("vcs/src/gitsub"))
    for name in ("hgrepo", "hglone"):
        folder = at("vcs/src", name)
        run("hg", "init", cwd=folder)
        run("hg", "add", "-q", cwd=folder)
        run("hg", "commit", "-q", "-m", "x", cwd=folder)
    write("vcs/src/hgrepo/.hg/hgrc", "[paths]\ndefault = https://host/hg\n")
    run("svnadmin", "create", at("vcs/svn"))
    run("svn", "import", "-q", "-m", "x", at("vcs/src/svnrepo"), "file://" + at("vcs/svn") + "/trunk")
    os.rename(at("vcs/src/svnrepo"), at("vcs/src/svnold"))
    run("svn", "checkout", "-q", "file://" + at("vcs/svn") + "/trunk", at("vcs/src/svnrepo"))
    for name in ("bzrrepo", "bzrlone"):
        folder = at("vcs/src", name)
        run("bzr", "init", "-q", cwd=folder)
        run("bzr", "add", "-q", cwd=folder)
        run("bzr", "commit", "-q", "-m", "x", cwd=folder)
    run("bzr", "branch", "-q", at("vcs/src/bzrrepo"), at("vcs/src/bzrcopy"))
    write("vcs/src/bzrcopy/name", "bzrcopy")
    names = ["plain", "gitrepo", "gitlone", "gitgone", "gitpath", "gitsub", "gitsub/be low/deep", "hgrepo", "hglone", "svnrepo", "bzrrepo", "bzrlone", "bzrcopy"]
    arguments = [part for name in names for part in ("-e", at("vcs/src", name))]
    pip("vcs", "install", "-q", "--no-index", "--no-build-isolation", *arguments)


def old():
    site = environment("old")
    write(site + "/tools-4.0-py3.11.egg-info/PKG-INFO", metadata("Tools", "4.0", "Author: X"))
    write(site + "/tools-4.0-py3.11.egg-info/requires.txt", "one\n\n[Some_Extra]\ntwo>=2\n\n[:python_version>'2']\nlink\n\n[x:os_name=='nt']\nfour\n")
    write(site + "/tools-4.0-py3.11.egg-info/installed-files.txt", "../tools/a.py\n../../bin/x\nPKG-INFO\n\n../../../../up\n")
    write(site + "/tools-4.0-py3.11.egg-info/top_level.txt", "tools\n")
    write(site + "/distutils_like-5.0.egg-info", metadata("distutils-like", "5.0", "Summary: a file"))
    write(site + "/wsgiref.egg-info", metadata("wsgiref", "0.1.2"))
    write(site + "/some_egg-6.0-py3.11.egg/EGG-INFO/PKG-INFO", metadata("some-egg", "6.0"))
    write(site + "/some_egg-6.0-py3.11.egg/EGG-INFO/requires.txt", "tools>9\n")
    with zipfile.ZipFile(at(site, "zipped-7.0-py3.11.egg"), "w") as out:
        out.writestr("zipped.py", "")
        out.writestr("EGG-INFO/PKG-INFO", metadata("zipped", "7.0", "Summary: in an archive"))
        out.writestr("EGG-INFO/requires.txt", "missing\n[e]\nfoo\n")
        out.writestr("EGG-INFO/entry_points.txt", "[console_scripts]\nz = z:z\n")
    wheel("old/whl", "in-a-wheel", "1.0")
    write("old/dev/develop.egg-info/PKG-INFO", metadata("develop", "8.0", "Requires-Dist: tools"))
    write("old/link/src/The_Link.egg-info/PKG-INFO", metadata("The_Link", "9.0"))
    write("old/link/src/link.egg-info/PKG-INFO", metadata("link", "9.1"))
    write(site + "/link.egg-link", at("old/link/src") + "\n.\n")
    write(site + "/The-Link.egg-link", "\n" + at("old/link/src") + "\n../\n")
    write(site + "/gone.egg-link", "/nowhere\n")
    write(
        site + "/easy-install.pth",
        "import sys; sys.__plen = len(sys.path)\n./some_egg-6.0-py3.11.egg\n./zipped-7.0-py3.11.egg\n%s\n%s\n"
        "import sys; new=sys.path[sys.__plen:]; del sys.path[sys.__plen:]; p=getattr(sys,'__egginsert',0); sys.path[p:p]=new; sys.__egginsert = p+len(new)\n"
        % (at("old/dev"), at("old/whl/in_a_wheel-1.0-py3-none-any.whl")),
    )


def broken():
    site = environment("broken")
    dist_info(site, "good", "1.0", "Requires-Dist: bad-requirement")
    dist_info(site, "leftover", "1.0", folder="~eftover")
    write(site + "/-dashed-1.0.dist-info/METADATA", metadata("dashed", "1.0"))
    write(site + "/nameless.dist-info/METADATA", "Metadata-Version: 2.1\nVersion: 1.0\n")
    write(site + "/unnamed-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nVersion: 1.0\n")
    write(site + "/empty-1.0.dist-info/METADATA", "")
    write(site + "/nothing-1.0.dist-info/RECORD", "")
    write(site + "/versionless-.dist-info/METADATA", metadata("versionless", "2.0"))
    write(site + "/named_only.dist-info/METADATA", metadata("Named-Only", "3.0"))
    write(site + "/unversioned-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: unversioned\n")
    dist_info(site, "legacy", "1.0-foo-bar", files={"WHEEL": "Tag: py3-none-any\n"})
    dist_info(site, "other-version", "1.0")
    write(site + "/other_version-1.0.dist-info/METADATA", metadata("other-version", "2.0+x"))
    dist_info(site, "twice", "1.0")
    dist_info(site, "twice", "2.0")
    dist_info(site, "Twice", "3.0")
    for number, text in enumerate(["{", "", "{}", '{"url": 1}', '{"url": "https://x", "dir_info": {}}', '{"url": "x", "vcs_info": {"vcs": "git"}}', '{"url": "file:///x", "dir_info": {"editable": 1}}', '{"url": "x", "archive_info": {"hash": "x"}}', "{'a': 1}", '{"a": 1,}']):
        dist_info(site, "url%d" % number, "1.0", files={"direct_url.json": text})
    dist_info(site, "foreign", "1.0", files={"WHEEL": "Tag: cp27-cp27m-win32\n"})
    dist_info(site, "conflict", "1.0", "Requires-Dist: good>2\nRequires-Dist: good[x]<1; os_name=='posix'\nRequires-Dist: zzz\nRequires-Dist: aaa>1\nRequires-Dist: never; os_name=='x'\nRequires-Dist: zzz\nRequires-Dist: zzz>1")
    write(site + "/latin-1.0.dist-info/INSTALLER", b"\xe4")
    write(site + "/latin-1.0.dist-info/METADATA", metadata("latin", "1.0"))


def requirement():
    site = environment("requirement")
    dist_info(site, "good", "1.0", "Requires-Dist: fine")
    dist_info(site, "bad-requirement", "1.0", "Requires-Dist: what is this\nRequires-Dist: good")
    dist_info(site, "bad-marker", "1.0", "Requires-Dist: good; python_version ~= 'x' and os_name")


def marker():
    site = environment("marker")
    dist_info(site, "good", "1.0")
    dist_info(site, "undefined", "1.0", "Requires-Dist: good; python_full_version ~= 'x.y'\n")


def crashing():
    site = environment("bytes")
    folder = dist_info(site, "good", "1.0")
    dist_info(site, "latin", "1.0")
    write(site + "/latin-1.0.dist-info/METADATA", b"Metadata-Version: 2.1\nName: latin\nVersion: 1.0\nAuthor: \xe4\n")
    site = environment("versionless")
    write(site + "/old.egg-info", "Metadata-Version: 2.1\nName: old\n")
    site = environment("numbers")
    folder = dist_info(site, "odd", "1.0", files={"entry_points.txt": ""})
    write(folder + "/METADATA", "Metadata-Version: two\nName: odd\nVersion: 1.0\n")
    folder = dist_info(site, "label", "1.0", "Project-URL: no comma")


def site_packages():
    environment("system", system_site_packages=True)
    version = "python%d.%d" % sys.version_info[:2]
    dist_info("system/lib/%s/site-packages" % version, "in-system-venv", "1.0")
    dist_info("system/lib/%s/site-packages" % version, "in-both", "1.0")
    dist_info("user/lib/%s/site-packages" % version, "in-both", "2.0", "Requires-Dist: in-user")
    dist_info("user/lib/%s/site-packages" % version, "in-user", "1.0", files={"REQUESTED": ""})
    write("user/lib/%s/site-packages/u.pth" % version, at("elsewhere") + "\n")
    dist_info("elsewhere", "on-path", "5.0")
    dist_info("elsewhere", "in-user", "5.0")
    environment("empty")


def outdated():
    site = environment("outdated")
    for name, versions in {"behind": "1.0 2.0 3.0rc1", "current": "1.0", "ahead": "0.5", "only-pre": "1.0a1 2.0b1", "yanked": "1.0 2.0"}.items():
        dist_info(site, name, "1.0" if name != "only-pre" else "1.0a1")
        for version in versions.split():
            wheel("index", name, version)
    dist_info(site, "unknown", "1.0")
    dist_info(site, "sdist-only", "1.0")
    write("index/sdist-only-2.0.tar.gz", "x")
    dist_info(site, "needs-new", "1.0")
    wheel("index", "other-tag", "4.0", tag="cp27-cp27m-win32")
    wheel("index", "behind", "2.5", tag="cp27-cp27m-win32")
    wheel("index", "behind", "1.5", tag="cp312-cp312-manylinux_2_17_x86_64")


for make in (wheels, requirements, vcs, old, broken, requirement, marker, crashing, site_packages, outdated):
    make()
