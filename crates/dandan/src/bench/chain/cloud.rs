//! The cloud that is measured: a data folder, and nodes as an operator starts them.

use super::super::Plan;
use super::super::children::{Process, command};
use crate::database::DatabaseArgs;
use anyhow::ensure;
use std::ffi::OsStr;
use std::path::Path;
use tempfile::TempDir;
use tokio::process::Command;

/// A cloud without nodes.
#[derive(Debug)]
pub(super) struct Cloud {
    folder: TempDir,
    database: DatabaseArgs,
}

impl Cloud {
    pub fn make(plan: &Plan, database: &DatabaseArgs) -> anyhow::Result<Cloud> {
        Ok(Cloud { folder: plan.folder()?, database: database.clone() })
    }

    /// Where its keys are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts a node; it answers when this returns.
    pub async fn node(&self, nats: Option<&str>) -> anyhow::Result<Process> {
        let mut node = Process::arranged(|command, address| {
            command.args(["cloud", "serve", "--listen"]).arg(address.to_string());
            self.tell(command);
            if let Some(nats) = nats {
                command.args(["--nats", nats]);
            }
        })?;
        node.ready("/health").await?;
        Ok(node)
    }

    /// Runs a command of this program about the cloud to its end; what it prints.
    pub async fn run<W: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = W>) -> anyhow::Result<String> {
        let mut command = command()?;
        command.args(words);
        self.tell(&mut command);
        let output = command.output().await?;
        ensure!(output.status.success(), "a command failed: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }

    /// In the environment, where a password is not for everybody to see.
    fn tell(&self, command: &mut Command) {
        command.env("DANDAN_POSTGRES", &self.database.postgres).env("DANDAN_DATA", self.folder.path());
        if let Some(file) = &self.database.postgres_ca {
            command.env("DANDAN_POSTGRES_CA", file);
        }
    }
}
