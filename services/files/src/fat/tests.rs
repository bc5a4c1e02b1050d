//! Tests on disks in memory, the same for all three kinds of table where the kind matters.

extern crate std;

mod basics;
mod chaos;
mod cuts;
mod damage;
mod directories;
mod disk;
mod faults;
mod model;
mod names;
mod space;

use super::{Check, FatFiles, Format, MountError, Report, Width, format};
use crate::{Creation, FileSystem, Node};
use abi::Errno;
use alloc::string::String;
use alloc::vec::Vec;
use disk::Ram;

/// 2026-11-21T12:00:00Z.
const NOW_NS: u64 = 1_795_262_400_000_000_000;

/// Where the partition begins on the disk, so that nobody confuses the two.
const FIRST: u64 = 63;

const WIDTHS: [Width; 3] = [Width::Fat12, Width::Fat16, Width::Fat32];

/// The smallest volume of a kind, with one block in a cluster but for FAT12.
fn blocks_of(width: Width) -> u32 {
    match width {
        Width::Fat12 => 1_000,
        Width::Fat16 => 4_400,
        Width::Fat32 => 66_700,
    }
}

/// A disk with an empty volume.
fn card(width: Width) -> &'static Ram {
    let blocks = blocks_of(width);
    let card = Ram::new(FIRST + u64::from(blocks));
    let cluster_blocks = if width == Width::Fat12 { 2 } else { 1 };
    let wanted = Format { width, cluster_blocks, serial: 0x1234_5678, label: *b"BRAMBLE    " };
    assert_eq!(format(card, FIRST, blocks, &wanted), Ok(()));
    card
}

/// Mounts the volume of `card`, whatever is in it.
fn mount_any(card: &'static Ram, check: Check) -> Result<(FatFiles, Option<Report>), MountError> {
    FatFiles::mount(card, FIRST, card.blocks_total() - FIRST, check)
}

/// Mounts a volume that is in order.
fn mount(card: &'static Ram) -> FatFiles {
    let (files, report) = mount_any(card, Check::WhenDirty).expect("the volume is mounted");
    assert_eq!(report, None, "the volume was left in order");
    files
}

/// Checks that there is nothing to repair, by our own check and by `fsck.fat`.
fn expect_in_order(card: &'static Ram) {
    let (_, report) = mount_any(card, Check::Always).expect("the volume is mounted");
    let report = report.expect("a check was asked for");
    assert!(report.is_clean(), "{report}");
    disk::fsck(card, FIRST);
}

/// The file at `path`, held.
fn find(files: &mut FatFiles, path: &str) -> Result<Node, Errno> {
    let mut node = files.root();
    for name in path.split('/') {
        let found = files.find(node, name);
        files.release(node);
        node = found?;
    }
    Ok(node)
}

/// The directory and the name of a path, the directory held.
fn parent<'a>(files: &mut FatFiles, path: &'a str) -> (Node, &'a str) {
    match path.rsplit_once('/') {
        Some((directory, name)) => (find(files, directory).expect("the directory is there"), name),
        None => (files.root(), path),
    }
}

fn create(files: &mut FatFiles, path: &str, kind: Creation<'_>) -> Result<Node, Errno> {
    let (directory, name) = parent(files, path);
    let created = files.create(directory, name, kind, NOW_NS);
    files.release(directory);
    created
}

fn make_directory(files: &mut FatFiles, path: &str) {
    let node = create(files, path, Creation::Directory).expect("the directory is made");
    files.release(node);
}

/// Makes or replaces the file at `path`.
fn put(files: &mut FatFiles, path: &str, bytes: &[u8]) -> Result<(), Errno> {
    let node = match find(files, path) {
        Ok(node) => node,
        Err(_) => create(files, path, Creation::File)?,
    };
    let written = files
        .resize(node, 0, NOW_NS)
        .and_then(|()| write_all(files, node, 0, bytes))
        .and_then(|()| files.sync(node));
    files.release(node);
    written
}

fn write_all(files: &mut FatFiles, node: Node, at: u64, bytes: &[u8]) -> Result<(), Errno> {
    let mut done = 0;
    while done < bytes.len() {
        done += files.write(node, at + done as u64, &bytes[done..], NOW_NS)?;
    }
    Ok(())
}

fn get(files: &mut FatFiles, path: &str) -> Result<Vec<u8>, Errno> {
    let node = find(files, path)?;
    let bytes = read_all(files, node);
    files.release(node);
    bytes
}

fn read_all(files: &mut FatFiles, node: Node) -> Result<Vec<u8>, Errno> {
    let length = files.status(node)?.length_bytes;
    let mut bytes = alloc::vec![0; length as usize];
    let read = files.read(node, 0, &mut bytes)?;
    assert_eq!(read as u64, length);
    Ok(bytes)
}

fn unlink(files: &mut FatFiles, path: &str) -> Result<(), Errno> {
    let (directory, name) = parent(files, path);
    let unlinked = files.unlink(directory, name, NOW_NS);
    files.release(directory);
    unlinked
}

fn remove_directory(files: &mut FatFiles, path: &str) -> Result<(), Errno> {
    let (directory, name) = parent(files, path);
    let removed = files.remove_directory(directory, name, NOW_NS);
    files.release(directory);
    removed
}

fn rename(files: &mut FatFiles, from: &str, to: &str) -> Result<(), Errno> {
    let (from, to) = (parent(files, from), parent(files, to));
    let renamed = files.rename(from, to, NOW_NS);
    files.release(from.0);
    files.release(to.0);
    renamed
}

/// The names in the directory at `path`, or in the root for an empty one.
fn names(files: &mut FatFiles, path: &str) -> Vec<String> {
    let node = if path.is_empty() { files.root() } else { find(files, path).expect("is there") };
    let (mut names, mut cookie) = (Vec::new(), 0);
    while let Some(entry) = files.entry(node, cookie).expect("the directory can be read") {
        names.push(entry.name);
        cookie = entry.next;
    }
    files.release(node);
    names
}

/// Bytes that differ from place to place and from `seed` to `seed`.
fn pattern(seed: usize, length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 + index / 251 + seed * 31) as u8).collect()
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) as usize % end
    }
}
