//! A system of the tests' own: folders that describe disks as `/sys` and `/proc` do.

use super::device::{Device, Kind, System};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use tempfile::TempDir;

/// A system with the disks that a test gives it.
pub(super) struct FakeSystem {
    folder: TempDir,
}

impl FakeSystem {
    /// One without any disk, with the mounts and places to swap to of a machine.
    pub(super) fn new(mountinfo: &str, swaps: &str) -> Self {
        let system = Self { folder: tempfile::tempdir().unwrap() };
        system.write("proc/self/mountinfo", mountinfo);
        system.write("proc/swaps", &format!("Filename Type Size Used Priority\n{swaps}"));
        system
    }

    pub(super) fn system(&self) -> System {
        System { sys: self.at("sys"), proc: self.at("proc") }
    }

    /// Adds the disk or partition that lies at `place` below `/sys/devices`, with its attributes.
    pub(super) fn add(&self, place: &str, number: &str, attributes: &[(&str, &str)]) {
        for (key, value) in attributes.iter().chain(&[("dev", number)]) {
            self.write(&format!("sys/devices/{place}/{key}"), &format!("{value}\n"));
        }
        let links = self.at("sys/dev/block");
        fs::create_dir_all(&links).unwrap();
        symlink(self.at("sys/devices").join(place), links.join(number)).unwrap();
    }

    /// An ordinary card of 32 GB in a reader, with one partition.
    pub(super) fn add_card(&self) {
        let card = [
            ("size", "62333952"),
            ("removable", "1"),
            ("ro", "0"),
            ("device/vendor", "Generic "),
            ("device/model", "MassStorageClass"),
        ];
        self.add("usb1/sdb", "8:16", &card);
        self.add("usb1/sdb/sdb1", "8:17", &[("size", "62325760"), ("partition", "1")]);
    }

    /// The device with the number `major`:`minor`.
    pub(super) fn device(&self, major: u64, minor: u64) -> anyhow::Result<Device> {
        let number = nix::sys::stat::makedev(major, minor);
        let (size_bytes, kind) = Device::describe(number, &self.system())?;
        Ok(Device { path: "/dev/sdb".into(), size_bytes, kind })
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// What is said to be in use of `device`.
pub(super) fn uses(device: &Device) -> &[String] {
    match &device.kind {
        Kind::Disk(disk) => &disk.uses,
        Kind::File | Kind::Partition => &[],
    }
}
