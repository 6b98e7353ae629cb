//! A small disk of its own for a data folder: a file with a file system in it, mounted; and what fills it up.

use crate::tools;
use anyhow::{Context, ensure};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A mounted file. Dropped, it is unmounted and its loop device is free again.
#[derive(Debug)]
pub struct SmallDisk {
    mount: PathBuf,
}

impl SmallDisk {
    /// Makes and mounts a file system of so many MiB below a folder.
    ///
    /// # Errors
    /// Not root, no loop devices, no `mkfs.ext4`: reasons to take a limit on file sizes instead.
    pub async fn mount(below: &Path, mib: u64) -> anyhow::Result<SmallDisk> {
        ensure!(tools::is_root().await, "only root may mount");
        let mkfs = tools::find("mkfs.ext4").context("mkfs.ext4 is missing")?;
        let mounter = tools::find("mount").context("mount is missing")?;
        let (image, mount) = (below.join("disk.img"), below.join("disk"));
        File::create(&image)?.set_len(mib << 20)?;
        std::fs::create_dir_all(&mount)?;
        let (image, at) = (image.display().to_string(), mount.display().to_string());
        // Nothing set aside for root: full is full.
        tools::run(&mkfs, &["-qF", "-m", "0", &image]).await?;
        tools::run(&mounter, &["-o", "loop", &image, &at]).await?;
        Ok(SmallDisk { mount })
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        &self.mount
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let umount = |how: &[&str]| {
            let program = tools::find("umount").unwrap_or_else(|| "umount".into());
            Command::new(program).args(how).arg(&self.mount).stderr(std::process::Stdio::null()).status()
        };
        // A process that was just killed may hold it a moment longer.
        for _ in 0..40 {
            if umount(&[]).is_ok_and(|status| status.success()) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let _ = umount(&["-l"]);
    }
}

/// A file that takes all the room but so much. Removed, the room is back.
#[derive(Debug)]
pub struct Ballast(PathBuf);

impl Ballast {
    /// Fills the disk the folder is on.
    ///
    /// # Errors
    /// The file can't be made.
    pub fn fill(folder: &Path) -> anyhow::Result<Ballast> {
        let path = folder.join("ballast");
        let mut file = File::create(&path)?;
        let ballast = Ballast(path);
        // Large pieces first, then what is left, page by page.
        for size in [256 << 10, 4 << 10, 1 << 10] {
            let piece = vec![7; size];
            while file.write_all(&piece).is_ok() {}
        }
        file.sync_all().context("the ballast can't be written")?;
        Ok(ballast)
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
