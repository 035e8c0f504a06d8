//! The commands of a scene, as each tool wants them.

use std::path::Path;
use std::process::Command;

use super::Scene;
use super::ground::{Chaos, Tool};
use super::wares;
use crate::real_pip;

impl Chaos {
    pub(super) fn work(&self, scene: Scene) -> Command {
        match scene {
            Scene::Uninstall => {
                self.uninstall_in(&self.at("environment"), self.states(scene).0.keys())
            }
            Scene::Build => self.install(&wares::words(&wares::built())),
            Scene::Stage => self.stage(),
            Scene::Prune | Scene::PruneBeside => self.prune("0"),
            _ => self.install_wares(scene),
        }
    }

    /// What runs at the same time, and is not killed.
    pub(super) fn beside(&self, scene: Scene) -> Option<Command> {
        match scene {
            Scene::PruneBeside => Some(self.install_wares(scene)),
            Scene::Pruned => Some(self.prune("0")),
            _ => None,
        }
    }

    /// What is done again after a kill: who was killed while it prepared something has it used.
    pub(super) fn again(&self, scene: Scene) -> Command {
        match scene {
            Scene::Stage | Scene::Prune | Scene::PruneBeside => self.install_wares(scene),
            _ => self.work(scene),
        }
    }

    /// Has a staged tree made of what is installed otherwise.
    pub(super) fn stage(&self) -> Command {
        let install = self.install_wares(Scene::Stage);
        let words: Vec<_> = install.get_args().skip(3).collect();
        let environment = self.at("environment");
        let mut command = self.command(&environment, &["cache", "stage", "--trees", "1"]);
        command.args(words);
        command
    }

    /// Throws away what was used least recently until the rest fits.
    pub(super) fn prune(&self, most: &str) -> Command {
        self.command(&self.at("environment"), &["cache", "prune", "--max-size", most])
    }

    pub(super) fn install_wares(&self, scene: Scene) -> Command {
        match &self.requirements {
            Some(file) => self.install(&["-r".to_owned(), file.display().to_string()]),
            None => self.install(&wares::words(&self.states(scene).1)),
        }
    }

    pub(super) fn install(&self, words: &[String]) -> Command {
        self.install_in(&self.at("environment"), words)
    }

    pub(super) fn install_in(&self, environment: &Path, words: &[String]) -> Command {
        let mut command = match &self.tool {
            // Its bytecode stays behind when modules go, even undisturbed: it is better off without.
            Tool::Uv(_) => self.command(environment, &["pip", "install"]),
            _ => self.command(environment, &["install", "--retries", "0"]),
        };
        if let Some(server) = &self.server {
            command.args(["--index-url", &server.url()]);
        }
        command.args(words);
        command
    }

    pub(super) fn uninstall_in<'a>(
        &self,
        environment: &Path,
        names: impl Iterator<Item = &'a String>,
    ) -> Command {
        let mut command = match &self.tool {
            Tool::Uv(_) => self.command(environment, &["pip", "uninstall"]),
            _ => self.command(environment, &["uninstall", "-y"]),
        };
        command.args(names);
        command
    }

    fn command(&self, environment: &Path, words: &[&str]) -> Command {
        let python = environment.join("bin/python");
        let mut command = match &self.tool {
            Tool::PipAccel(program) => {
                let mut command = Command::new(program);
                command.arg("--python").arg(&python).args(words);
                command
            }
            Tool::Pip => {
                let mut command = Command::new(&python);
                command.arg("-I").arg(real_pip::runner()).args(words);
                command
            }
            Tool::Uv(program) => {
                let mut command = Command::new(program);
                command.args(words).arg("--python").arg(&python);
                command
            }
        };
        self.surround(&mut command);
        command
    }

    pub(super) fn surround(&self, command: &mut Command) {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.at("home"))
            .env("TMPDIR", self.at("tmp"))
            .env("XDG_CONFIG_DIRS", "/nowhere")
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .env("PIP_ROOT_USER_ACTION", "ignore")
            .env("PIP_ACCEL_CACHE", self.at("cache"))
            .env("PIP_CACHE_DIR", self.at("cache"))
            .env("UV_CACHE_DIR", self.at("cache"))
            .env("UV_NO_CONFIG", "1")
            .current_dir(self.folder.path());
    }
}
