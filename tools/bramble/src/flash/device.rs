//! What a device is: read from the system's descriptions of it, without opening it.
//!
//! Source: the Linux kernel's *Documentation/ABI*, `sysfs-block` and `stable/sysfs-block`.

use super::mounts::{self, Use};
use anyhow::{Context, bail};
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// In which the system counts, whatever the device's own blocks are.
pub(super) const BLOCK_BYTES: u64 = 512;

/// Where the system describes itself; tests have one of their own.
pub(super) struct System {
    /// `/sys`.
    pub(super) sys: PathBuf,
    /// `/proc`.
    pub(super) proc: PathBuf,
}

/// What an image can be written to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Device {
    /// The file that stands for it.
    pub(super) path: PathBuf,
    pub(super) size_bytes: u64,
    pub(super) kind: Kind,
}

/// What stands behind the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing: it is a file, used like a card.
    File,
    /// A part of a disk, such as `/dev/sdb1`.
    Partition,
    /// A whole disk.
    Disk(Disk),
}

/// A whole disk.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Disk {
    /// Maker and model, where the disk says so.
    pub(super) model: String,
    /// Whether it is made to be taken out.
    pub(super) is_removable: bool,
    /// Whether it has a switch that forbids writing, and that is on.
    pub(super) is_read_only: bool,
    pub(super) partitions: Vec<Partition>,
    /// What of it is in use, and how: `sdb1 is mounted at /media/card`.
    pub(super) uses: Vec<String>,
}

/// One part of a disk.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Partition {
    /// The kernel's name for it: `sdb1`.
    pub(super) name: String,
    pub(super) size_bytes: u64,
}

impl System {
    /// The system that this runs on.
    pub(super) fn this() -> Self {
        Self { sys: "/sys".into(), proc: "/proc".into() }
    }

    /// Everything that is mounted or swapped to.
    ///
    /// # Errors
    ///
    /// The list of mounts cannot be read: then nothing is known to be unused.
    fn uses(&self) -> anyhow::Result<Vec<Use>> {
        let mountinfo = fs::read_to_string(self.proc.join("self/mountinfo"))
            .context("cannot tell what is mounted here")?;
        // A kernel without swapping has no such file.
        let swaps = fs::read_to_string(self.proc.join("swaps")).unwrap_or_default();
        Ok(mounts::mounts(&mountinfo).into_iter().chain(mounts::swaps(&swaps)).collect())
    }
}

impl Device {
    /// What the file `path` stands for.
    ///
    /// # Errors
    ///
    /// It is not there, is neither a disk nor a file, or the system does not describe it.
    pub(super) fn inspect(path: &Path, system: &System) -> anyhow::Result<Self> {
        let metadata =
            fs::metadata(path).with_context(|| format!("there is no device {}", path.display()))?;

        let (size_bytes, kind) = if metadata.is_file() {
            (metadata.len(), Kind::File)
        } else if metadata.file_type().is_block_device() {
            Self::describe(metadata.rdev(), system)
                .with_context(|| format!("cannot tell what {} is", path.display()))?
        } else {
            bail!("{} is neither a disk nor a file", path.display());
        };
        Ok(Self { path: path.to_owned(), size_bytes, kind })
    }

    /// Size and kind of the block device with the kernel's number `number`.
    pub(super) fn describe(number: u64, system: &System) -> anyhow::Result<(u64, Kind)> {
        let number = number_text(number);
        let folder = system.sys.join("dev/block").join(&number);
        let folder = folder.canonicalize().with_context(|| {
            format!(
                "only Linux describes disks, at {}; elsewhere write the image with Raspberry \
                     Pi Imager",
                folder.display()
            )
        })?;

        let size_bytes = size_bytes(&folder)?;
        if folder.join("partition").exists() {
            return Ok((size_bytes, Kind::Partition));
        }
        let disk = Disk::describe(&folder, &system.uses()?)?;
        Ok((size_bytes, Kind::Disk(disk)))
    }

    /// What is there and will be lost, for people.
    pub(super) fn to_text(&self) -> String {
        let mut text = format!("{}: ", self.path.display());
        match &self.kind {
            Kind::File => text.push_str(&format!("a file of {}\n", for_people(self.size_bytes))),
            Kind::Partition => text.push_str("a partition\n"),
            Kind::Disk(disk) => {
                let model = if disk.model.is_empty() { "a disk" } else { &disk.model };
                text.push_str(&format!("{model}, {}\n", for_people(self.size_bytes)));
                for part in &disk.partitions {
                    text.push_str(&format!("  {}, {}\n", part.name, for_people(part.size_bytes)));
                }
                if disk.partitions.is_empty() {
                    text.push_str("  no partitions\n");
                }
            }
        }
        text
    }
}

/// `8:16`, as the kernel writes a device's number.
fn number_text(number: u64) -> String {
    format!("{}:{}", nix::sys::stat::major(number), nix::sys::stat::minor(number))
}

impl Disk {
    /// The disk that the system describes in `folder`; `uses` are the whole system's.
    fn describe(folder: &Path, uses: &[Use]) -> anyhow::Result<Self> {
        let mut partitions = Vec::new();
        let mut folders = vec![folder.to_owned()];
        for entry in fs::read_dir(folder)? {
            let part = entry?.path();
            if part.join("partition").exists() {
                partitions.push(Partition { name: name(&part), size_bytes: size_bytes(&part)? });
                folders.push(part);
            }
        }
        partitions.sort_by(|left, right| left.name.cmp(&right.name));
        folders.sort();

        Ok(Self {
            model: model(folder),
            is_removable: is_removable(folder),
            is_read_only: attribute(folder, "ro") == "1",
            partitions,
            uses: folders.iter().flat_map(|folder| uses_of(folder, uses)).collect(),
        })
    }
}

/// Maker and model of the disk; a card in a slot of its own has a name instead.
fn model(folder: &Path) -> String {
    let words = ["device/vendor", "device/model", "device/name"].map(|key| attribute(folder, key));
    words.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the disk is made to be taken out. The kernel says so of disks in card readers; a card
/// in a slot of its own is never called removable, but is of the type `SD`, where memory that is
/// soldered in is `MMC`.
fn is_removable(folder: &Path) -> bool {
    attribute(folder, "removable") == "1" || attribute(folder, "device/type") == "SD"
}

/// What uses the disk or partition in `folder`: mounts, swapping, and disks that are made of it,
/// encrypted ones for example.
fn uses_of(folder: &Path, uses: &[Use]) -> Vec<String> {
    let (name, number) = (name(folder), attribute(folder, "dev"));
    let holders = fs::read_dir(folder.join("holders")).into_iter().flatten().flatten();
    let holders = holders.map(|holder| format!("part of {}", super::device::name(&holder.path())));

    uses.iter()
        .filter(|used| used.is_of(&number, &name))
        .map(|used| used.how.clone())
        .chain(holders)
        .map(|how| format!("{name} is {how}"))
        .collect()
}

fn name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The size that the system gives for the device in `folder`.
fn size_bytes(folder: &Path) -> anyhow::Result<u64> {
    let blocks: u64 = attribute(folder, "size")
        .parse()
        .with_context(|| format!("{} has no size", folder.display()))?;
    blocks.checked_mul(BLOCK_BYTES).context("its size is beyond all reason")
}

/// One line that the system says about the device in `folder`; empty if it says nothing.
fn attribute(folder: &Path, key: &str) -> String {
    fs::read_to_string(folder.join(key)).unwrap_or_default().trim().to_owned()
}

/// A size as it stands on a card's label.
pub(super) fn for_people(bytes: u64) -> String {
    const GIGABYTE: u64 = 1_000_000_000;
    if bytes >= GIGABYTE {
        format!("{}.{} GB", bytes / GIGABYTE, bytes % GIGABYTE / (GIGABYTE / 10))
    } else {
        format!("{} MB", bytes / 1_000_000)
    }
}

#[cfg(test)]
mod tests;
