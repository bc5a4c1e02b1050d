//! Why a device is not written to.

use super::device::{Device, Kind, for_people};
use std::fmt;

/// A card of 256 GB has up to so many bytes, whichever way its maker counts.
const LARGE_BYTES: u64 = 256 << 30;

/// What the user allowed beyond what is done to any card.
#[derive(Clone, Copy, Default)]
pub(super) struct Permissions {
    /// `--force`: what is no removable card.
    pub(super) not_removable: bool,
    /// `--large`: more than 256 GB.
    pub(super) large: bool,
}

/// Why a device is not written to. What is in use is never written to, whatever the user allows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is a part of a disk, and a card image is a whole one.
    Partition,
    /// Something of it is in use; each use as a sentence.
    InUse(Vec<String>),
    /// Its switch forbids writing.
    ReadOnly,
    /// It is a file, and nobody said that this is meant.
    File,
    /// It may be what this machine runs from.
    NotRemovable,
    /// It is larger than cards are.
    Large {
        /// Its size.
        size_bytes: u64,
    },
    /// The image is larger than it is.
    TooSmall {
        /// Its size.
        size_bytes: u64,
        /// The image's.
        image_bytes: u64,
    },
}

/// Checks that an image of `image_bytes` may be written to `device`.
///
/// # Errors
///
/// It may not; what cannot be undone by a permission comes first.
pub(super) fn check(
    device: &Device,
    image_bytes: u64,
    permissions: Permissions,
) -> Result<(), Refusal> {
    let size_bytes = device.size_bytes;
    match &device.kind {
        Kind::Partition => return Err(Refusal::Partition),
        Kind::Disk(disk) if !disk.uses.is_empty() => {
            return Err(Refusal::InUse(disk.uses.clone()));
        }
        Kind::Disk(disk) if disk.is_read_only => return Err(Refusal::ReadOnly),
        Kind::Disk(disk) if !disk.is_removable && !permissions.not_removable => {
            return Err(Refusal::NotRemovable);
        }
        Kind::File if !permissions.not_removable => return Err(Refusal::File),
        Kind::File | Kind::Disk(_) => {}
    }

    if size_bytes < image_bytes {
        return Err(Refusal::TooSmall { size_bytes, image_bytes });
    }
    if size_bytes > LARGE_BYTES && !permissions.large {
        return Err(Refusal::Large { size_bytes });
    }
    Ok(())
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partition => f.write_str("is a partition: name the disk that it is on"),
            Self::InUse(uses) => {
                write!(
                    f,
                    "{}: take it out of use first, with `umount` for example",
                    uses.join(", ")
                )
            }
            Self::ReadOnly => f.write_str("cannot be written to: look for a switch on the card"),
            Self::File => f.write_str("is a file: say --force if it is meant"),
            Self::NotRemovable => f.write_str(
                "is not removable, so it may be a disk of this machine: say --force if it is not",
            ),
            Self::Large { size_bytes } => write!(
                f,
                "has {}, more than cards have: say --large if it is one",
                for_people(*size_bytes)
            ),
            Self::TooSmall { size_bytes, image_bytes } => write!(
                f,
                "has {size_bytes} B, and the image {image_bytes} B: take a larger card, or make \
                 the image smaller with --size"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::device::Disk;
    use super::super::testing::FakeSystem;
    use super::*;

    const ALL: Permissions = Permissions { not_removable: true, large: true };
    const NONE: Permissions = Permissions { not_removable: false, large: false };
    const IMAGE_BYTES: u64 = 64 << 20;

    fn disk(size_bytes: u64, change: impl Fn(&mut Disk)) -> Device {
        let mut disk = Disk { is_removable: true, ..Disk::default() };
        change(&mut disk);
        Device { path: "/dev/sdb".into(), size_bytes, kind: Kind::Disk(disk) }
    }

    #[test]
    fn an_ordinary_card_is_taken() {
        let system = FakeSystem::new("22 1 259:2 / / rw - ext4 /dev/nvme0n1p2 rw\n", "");
        system.add_card();

        let device = system.device(8, 16).unwrap();

        assert_eq!(check(&device, IMAGE_BYTES, NONE), Ok(()));
    }

    #[test]
    fn what_is_mounted_is_refused_whatever_is_allowed() {
        let system = FakeSystem::new("36 22 8:17 / /media/card rw - vfat /dev/sdb1 rw\n", "");
        system.add_card();

        let refusal = check(&system.device(8, 16).unwrap(), IMAGE_BYTES, ALL).unwrap_err();

        let refusal = refusal.to_string();
        assert!(refusal.starts_with("sdb1 is mounted at /media/card: take it out"), "{refusal}");
    }

    #[test]
    fn a_partition_is_refused_whatever_is_allowed() {
        let device = Device { kind: Kind::Partition, ..disk(IMAGE_BYTES, |_| {}) };

        assert_eq!(check(&device, IMAGE_BYTES, ALL), Err(Refusal::Partition));
    }

    #[test]
    fn a_card_whose_switch_forbids_writing_is_refused() {
        let device = disk(IMAGE_BYTES, |disk| disk.is_read_only = true);

        assert_eq!(check(&device, IMAGE_BYTES, ALL), Err(Refusal::ReadOnly));
    }

    #[test]
    fn a_fixed_disk_and_a_file_are_taken_only_where_that_is_said() {
        let fixed = disk(IMAGE_BYTES, |disk| disk.is_removable = false);
        let file = Device { kind: Kind::File, ..disk(IMAGE_BYTES, |_| {}) };
        let large_alone = Permissions { large: true, ..NONE };

        assert_eq!(check(&fixed, IMAGE_BYTES, large_alone), Err(Refusal::NotRemovable));
        assert_eq!(check(&file, IMAGE_BYTES, large_alone), Err(Refusal::File));
        assert_eq!(check(&fixed, IMAGE_BYTES, ALL), Ok(()));
        assert_eq!(check(&file, IMAGE_BYTES, ALL), Ok(()));
    }

    #[test]
    fn what_is_larger_than_cards_is_taken_only_where_that_is_said() {
        // What a card of 256 GB and a disk of 320 GB really have.
        let card = disk(256_060_514_304, |_| {});
        let large = disk(320_072_933_376, |_| {});
        let forced_alone = Permissions { not_removable: true, ..NONE };

        assert_eq!(check(&card, IMAGE_BYTES, NONE), Ok(()));
        let refusal = check(&large, IMAGE_BYTES, forced_alone).unwrap_err();
        assert!(refusal.to_string().starts_with("has 320.0 GB, more than cards have"), "{refusal}");
        assert_eq!(check(&large, IMAGE_BYTES, ALL), Ok(()));
    }

    #[test]
    fn an_image_may_fill_a_card_but_not_exceed_it() {
        assert_eq!(check(&disk(IMAGE_BYTES, |_| {}), IMAGE_BYTES, NONE), Ok(()));

        let refusal = check(&disk(IMAGE_BYTES - 512, |_| {}), IMAGE_BYTES, ALL).unwrap_err();

        assert!(refusal.to_string().contains("take a larger card"), "{refusal}");
    }
}
