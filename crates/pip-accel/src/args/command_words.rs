//! The words of the commands' help.

use super::Command;

/// The commands in the order of the program's help, with their summaries; ours are put in between.
pub const COMMANDS: [(&str, &str); 22] = [
    ("install", "Install packages."),
    ("venv", "Create a virtual environment and install into it."),
    ("lock", "Generate a lock file."),
    ("download", "Download packages."),
    ("uninstall", "Uninstall packages."),
    ("freeze", "Output installed packages in requirements format."),
    ("inspect", "Inspect the python environment."),
    ("list", "List installed packages."),
    ("show", "Show information about installed packages."),
    ("check", "Verify installed packages have compatible dependencies."),
    ("explain", "Explain why a version was chosen, or none."),
    ("config", "Manage local and global configuration."),
    ("search", "Search PyPI for packages."),
    ("cache", "Inspect and manage pip's wheel cache."),
    ("index", "Inspect information available from package indexes."),
    ("wheel", "Build wheels from your requirements."),
    ("hash", "Compute hashes of package archives."),
    ("completion", "A helper command used for command completion."),
    ("debug", "Show information useful for debugging."),
    ("alias", "Show how to have pip-accel run where pip is typed."),
    ("man", "Show the manual pages."),
    ("help", "Show help for commands."),
];

impl Command {
    /// The text after `Usage:`, with `%prog` for program and command.
    pub fn usage(self) -> &'static str {
        match self {
            Self::Install => {
                "\n%prog [options] <requirement specifier> [package-index-options] ...\n\
                 %prog [options] -r <requirements file> [package-index-options] ...\n\
                 %prog [options] [-e] <vcs project url> ...\n\
                 %prog [options] [-e] <local project path> ...\n\
                 %prog [options] <archive url/path> ..."
            }
            Self::Venv => {
                "\n%prog [options] <directory>\n\
                 %prog [options] <directory> <requirement specifier> [install-options] ...\n\
                 %prog [options] <directory> -r <requirements file> [install-options] ..."
            }
            Self::Explain => {
                "\n%prog [options] <package>\n\
                 %prog [options] <package> <requirement specifier> [install-options] ...\n\
                 %prog [options] <package> -r <requirements file> [install-options] ..."
            }
            Self::Stage | Self::Warm | Self::Pull => {
                "\n%prog [options] <requirement specifier> [install-options] ...\n\
                 %prog [options] -r <requirements file> [install-options] ..."
            }
            Self::Lock => {
                "\n%prog [options] [-e] <local project path> ...\n\
                 %prog [options] <requirement specifier> [package-index-options] ...\n\
                 %prog [options] -r <requirements file> [package-index-options] ...\n\
                 %prog [options] <archive url/path> ..."
            }
            Self::Download => {
                "\n%prog [options] <requirement specifier> [package-index-options] ...\n\
                 %prog [options] -r <requirements file> [package-index-options] ...\n\
                 %prog [options] <vcs project url> ...\n\
                 %prog [options] <local project path> ...\n\
                 %prog [options] <archive url/path> ..."
            }
            Self::Wheel => {
                "\n%prog [options] <requirement specifier> ...\n\
                 %prog [options] -r <requirements file> ...\n\
                 %prog [options] [-e] <vcs project url> ...\n\
                 %prog [options] [-e] <local project path> ...\n\
                 %prog [options] <archive url/path> ..."
            }
            Self::Uninstall => {
                "\n%prog [options] <package> ...\n%prog [options] -r <requirements file> ..."
            }
            Self::Freeze | Self::Inspect | Self::List | Self::Check => "\n%prog [options]",
            Self::Show => "\n%prog [options] <package> ...",
            Self::Config => {
                "\n%prog [<file-option>] list\n\
                 %prog [<file-option>] [--editor <editor-path>] edit\n\n\
                 %prog [<file-option>] get command.option\n\
                 %prog [<file-option>] set command.option value\n\
                 %prog [<file-option>] unset command.option\n\
                 %prog [<file-option>] debug\n"
            }
            Self::Cache => {
                "\n%prog dir\n\
                 %prog info\n\
                 %prog list [<pattern>] [--format=[human, abspath]]\n\
                 %prog remove <pattern>\n\
                 %prog purge\n"
            }
            Self::Search => "\n%prog [options] <query>",
            Self::Completion => "",
            Self::Debug => "\n%prog <options>",
            Self::Alias => "\n%prog [bash|zsh|fish|docker|ci]",
            Self::Man => "\n%prog [<command>]\n%prog --output-dir <dir>",
            Self::Index => "\n%prog versions <package>\n",
            Self::Hash => "%prog [options] <file> ...",
            Self::Help => "\n%prog <command>",
            Self::Version => super::parse::MAIN_USAGE,
        }
    }

    /// The text under `Description:`.
    pub fn description(self) -> &'static str {
        match self {
            Self::Install => {
                "Install packages from:\n\n\
                 - PyPI (and other indexes) using requirement specifiers.\n\
                 - VCS project urls.\n\
                 - Local project directories.\n\
                 - Local or remote source archives.\n\n\
                 pip also supports installing from \"requirements files\", which provide\n\
                 an easy way to specify a whole environment to be installed."
            }
            Self::Venv => {
                "Create a virtual environment, and install what is named into it.\n\n\
                 All options of \"install\" are understood."
            }
            Self::Explain => {
                "Explain which version of a package an installation would choose: where it comes\n\
                 from, who asks for it, and why no other version was taken. With nothing to\n\
                 install, explain the one that is installed. Several packages are separated by\n\
                 commas.\n\n\
                 All options of \"install\" are understood; nothing is installed."
            }
            Self::Stage => {
                "Keep whole folders of modules ready, so that the next new virtual environments\n\
                 with the same set get them by renaming them.\n\n\
                 All options of \"install\" are understood; nothing is installed."
            }
            Self::Warm => {
                "Resolve, download, build and compile what would be installed into a new virtual\n\
                 environment, so that its installation only links. What is new goes to the\n\
                 shared cache.\n\n\
                 All options of \"install\" are understood; nothing is installed."
            }
            Self::Pull => {
                "Fetch what would be installed into a new virtual environment: from the shared\n\
                 cache, else as \"cache warm\" does. Nothing is put into the shared cache.\n\n\
                 All options of \"install\" are understood; nothing is installed."
            }
            Self::Lock => {
                "EXPERIMENTAL - Lock packages and their dependencies from:\n\n\
                 - PyPI (and other indexes) using requirement specifiers.\n\
                 - VCS project urls.\n\
                 - Local project directories.\n\
                 - Local or remote source archives.\n\n\
                 pip also supports locking from \"requirements files\", which provide an easy\n\
                 way to specify a whole environment to be installed.\n\n\
                 The generated lock file is only guaranteed to be valid for the current\n\
                 python version and platform."
            }
            Self::Download => {
                "Download packages from:\n\n\
                 - PyPI (and other indexes) using requirement specifiers.\n\
                 - VCS project urls.\n\
                 - Local project directories.\n\
                 - Local or remote source archives.\n\n\
                 pip also supports downloading from \"requirements files\", which provide\n\
                 an easy way to specify a whole environment to be downloaded."
            }
            Self::Wheel => {
                "Build Wheel archives for your requirements and dependencies.\n\n\
                 Wheel is a built-package format, and offers the advantage of not\n\
                 recompiling your software during every install. For more details, see the\n\
                 wheel docs: https://wheel.readthedocs.io/en/latest/\n\n\
                 'pip wheel' uses the build system interface as described here:\n\
                 https://pip.pypa.io/en/stable/reference/build-system/"
            }
            Self::Uninstall => {
                "Uninstall packages.\n\n\
                 pip is able to uninstall most installed packages. Known exceptions are:\n\n\
                 - Pure distutils packages installed with ``python setup.py install``, which\n  \
                 leave behind no metadata to determine what files were installed.\n\
                 - Script wrappers installed by ``python setup.py develop``."
            }
            Self::Freeze => {
                "Output installed packages in requirements format.\n\n\
                 packages are listed in a case-insensitive sorted order."
            }
            Self::Inspect => {
                "Inspect the content of a Python environment and produce a report in JSON format."
            }
            Self::List => {
                "List installed packages, including editables.\n\n\
                 Packages are listed in a case-insensitive sorted order."
            }
            Self::Show => {
                "Show information about one or more installed packages.\n\n\
                 The output is in RFC-compliant mail header format."
            }
            Self::Check => "Verify installed packages have compatible dependencies.",
            Self::Config => {
                "Manage local and global configuration.\n\n\
                 Subcommands:\n\n\
                 - list: List the active configuration (or from the file specified)\n\
                 - edit: Edit the configuration file in an editor\n\
                 - get: Get the value associated with command.option\n\
                 - set: Set the command.option=value\n\
                 - unset: Unset the value associated with command.option\n\
                 - debug: List the configuration files and values defined under them\n\n\
                 Configuration keys should be dot separated command and option name,\n\
                 with the special prefix \"global\" affecting any command. For example,\n\
                 \"pip config set global.index-url https://example.org/\" would configure\n\
                 the index url for all commands, but \"pip config set download.timeout 10\"\n\
                 would configure a 10 second timeout only for \"pip download\" commands.\n\n\
                 If none of --user, --global and --site are passed, a virtual\n\
                 environment configuration file is used if one is active and the file\n\
                 exists. Otherwise, all modifications happen to the user file by\n\
                 default."
            }
            Self::Cache => {
                "Inspect and manage pip's wheel cache.\n\n\
                 Subcommands:\n\n\
                 - dir: Show the cache directory.\n\
                 - info: Show information about the cache.\n\
                 - list: List filenames of packages stored in the cache.\n\
                 - remove: Remove one or more package from the cache.\n\
                 - purge: Remove all items from the cache.\n\n\
                 ``<pattern>`` can be a glob expression or a package name."
            }
            Self::Index => "Inspect information available from package indexes.",
            Self::Hash => {
                "Compute a hash of a local package archive.\n\n\
                 These can be used with --hash in a requirements file to do repeatable\n\
                 installs."
            }
            Self::Search => "Search for PyPI packages whose name or summary contains <query>.",
            Self::Completion => "A helper command to be used for command completion.",
            Self::Debug => "Display debug information.",
            Self::Alias => {
                "Show what to put where so that pip-accel runs where pip is typed:\n\n\
                 - bash, zsh, fish: the start-up file of that shell (default: that of $SHELL)\n\
                 - docker: a Dockerfile\n\
                 - ci: the settings of GitHub and GitLab"
            }
            Self::Man => {
                "Show the manual page of pip-accel or of one command in the form that man reads\n\
                 (pip-accel man install | man -l -), or write all of them into a directory."
            }
            Self::Help => "Show help for commands",
            Self::Version => "Show version and exit.",
        }
    }
}
