//! Cards for tests: made, filled, damaged and read on the host by the kernel's own FAT, and
//! judged by others'.

use super::*;
use device::{BLOCK_BYTES, BlockDevice, BlockError};
use service_files::{Check, Creation, FatFiles, FileSystem, Format, Node, Report, Width};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::process::Command;

/// Where the partition begins.
pub(super) const FIRST_BLOCK: u64 = 2048;

/// Blocks before the table of FAT32, as the formatter leaves them.
const RESERVED_BLOCKS: u64 = 32;

/// A FAT32 volume has no fewer than 65 525 clusters, and QEMU wants a power of two.
const BYTES: u64 = 64 << 20;

/// A volume that is soon full.
const SMALL_BYTES: u64 = 4 << 20;

/// A file that is a card.
pub(crate) struct Card {
    folder: TempDir,
    bytes: u64,
}

impl Card {
    /// A card with one FAT32 volume and `files` in it.
    pub(crate) fn new(files: &[(&str, &[u8])]) -> Self {
        Self::format(BYTES, Width::Fat32, 1, files)
    }

    /// A card of 4 MiB, less than 3 of which are free.
    pub(super) fn small(files: &[(&str, &[u8])]) -> Self {
        Self::format(SMALL_BYTES, Width::Fat12, 2, files)
    }

    /// A card with nothing on it.
    pub(super) fn blank() -> Self {
        let folder = tempfile::tempdir().unwrap();
        File::create(folder.path().join("card.img")).unwrap().set_len(BYTES).unwrap();
        Self { folder, bytes: BYTES }
    }

    fn format(bytes: u64, width: Width, cluster_blocks: u8, files: &[(&str, &[u8])]) -> Self {
        let card = Self { bytes, ..Self::blank() };
        card.cut(bytes);
        card.write_table(if width == Width::Fat32 { 0x0c } else { 0x0e });
        let format = Format { width, cluster_blocks, serial: 0x1234, label: *b"TEST       " };
        let blocks = u32::try_from(card.partition_blocks()).unwrap();
        service_files::format(&card.disk(false), FIRST_BLOCK, blocks, &format).unwrap();
        for (path, bytes) in files {
            card.put(path, bytes);
        }
        card
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("card.img")
    }

    /// A path beside the card.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The card's file is cut, or lengthened by zeros.
    pub(super) fn cut(&self, bytes: u64) {
        self.file().set_len(bytes).unwrap();
    }

    /// Writes a table with one partition of the kind `code`.
    pub(super) fn write_table(&self, code: u8) {
        let mut table = [0; BLOCK_BYTES];
        table[450] = code;
        table[454..458].copy_from_slice(&(FIRST_BLOCK as u32).to_le_bytes());
        table[458..462].copy_from_slice(&(self.partition_blocks() as u32).to_le_bytes());
        table[510..].copy_from_slice(&[0x55, 0xaa]);
        self.poke(0, 0, &table);
    }

    /// Writes `bytes` to the card, from byte `offset` of `block` on.
    pub(super) fn poke(&self, block: u64, offset: u64, bytes: &[u8]) {
        self.file().write_all_at(bytes, block * BLOCK_BYTES as u64 + offset).unwrap();
    }

    /// How many blocks each of the two copies of a FAT32 volume's table has.
    pub(super) fn table_blocks(&self) -> u64 {
        let mut field = [0; 4];
        let at = FIRST_BLOCK * BLOCK_BYTES as u64 + 36;
        self.file().read_exact_at(&mut field, at).unwrap();
        u32::from_le_bytes(field).into()
    }

    /// Sets what a FAT32 volume's table says of `cluster`, in both copies.
    pub(super) fn link(&self, cluster: u32, next: u32) {
        for copy in 0..2 {
            let first = FIRST_BLOCK + RESERVED_BLOCKS + copy * self.table_blocks();
            self.poke(first, u64::from(cluster) * 4, &next.to_le_bytes());
        }
    }

    /// Zeros both copies of a FAT32 volume's table.
    pub(super) fn zero_tables(&self) {
        let zeros = vec![0; 2 * self.table_blocks() as usize * BLOCK_BYTES];
        self.poke(FIRST_BLOCK + RESERVED_BLOCKS, 0, &zeros);
    }

    /// Says on a FAT32 volume that it was in use when the power went.
    pub(super) fn mark_in_use(&self) {
        self.poke(FIRST_BLOCK, 0x41, &[1]);
    }

    /// The block of a FAT32 volume's `cluster`, if clusters are blocks.
    pub(super) fn block_of(&self, cluster: u32) -> u64 {
        FIRST_BLOCK + RESERVED_BLOCKS + 2 * self.table_blocks() + u64::from(cluster) - 2
    }

    /// Writes a file; its folders are made.
    pub(super) fn put(&self, path: &str, bytes: &[u8]) {
        let (mut volume, _) = self.mount(false);
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut folder = volume.root();
        for name in folders.split('/').filter(|name| !name.is_empty()) {
            let made = volume.create(folder, name, Creation::Directory, 0);
            folder = made.or_else(|_| volume.find(folder, name)).unwrap();
        }
        let node = volume.create(folder, name, Creation::File, 0).unwrap();
        for (index, piece) in bytes.chunks(1 << 20).enumerate() {
            assert_eq!(volume.write(node, (index as u64) << 20, piece, 0), Ok(piece.len()));
        }
        volume.flush().unwrap();
    }

    /// The bytes of a file; `None` if there is none.
    pub(super) fn read(&self, path: &str) -> Option<Vec<u8>> {
        let (mut volume, _) = self.mount(true);
        let node = find(&mut volume, path)?;
        let length_bytes = volume.status(node).unwrap().length_bytes;
        let mut bytes = vec![0; usize::try_from(length_bytes).unwrap()];
        assert_eq!(volume.read(node, 0, &mut bytes), Ok(bytes.len()));
        Some(bytes)
    }

    /// Fails unless the volume was left in order and nothing is wrong with it, for the kernel's
    /// own check and for that of dosfstools.
    #[track_caller]
    pub(super) fn assert_is_clean(&self) {
        let (_, report) = self.mount(true);
        assert_eq!(report, None, "it was not shut down");
        run("fsck.fat", tool("fsck.fat").arg("-n").arg(self.partition()));
    }

    /// What `mtype` of mtools says that the file has; `None` if it is not installed.
    pub(super) fn mtype(&self, path: &str) -> Option<Vec<u8>> {
        let file = format!("::{path}");
        run("mtype", tool("mtype").arg("-i").arg(self.partition()).arg(file))
    }

    /// The partition in a file of its own, as other tools want it; holes stay holes.
    fn partition(&self) -> PathBuf {
        let path = self.beside("partition.img");
        let to = File::create(&path).unwrap();
        let skipped = FIRST_BLOCK * BLOCK_BYTES as u64;
        to.set_len(self.bytes - skipped).unwrap();
        let from = self.file();
        let mut piece = vec![0; 1 << 16];
        for at in (skipped..self.bytes).step_by(piece.len()) {
            from.read_exact_at(&mut piece, at).unwrap();
            if piece.iter().any(|byte| *byte != 0) {
                to.write_all_at(&piece, at - skipped).unwrap();
            }
        }
        path
    }

    fn partition_blocks(&self) -> u64 {
        self.bytes / BLOCK_BYTES as u64 - FIRST_BLOCK
    }

    fn file(&self) -> File {
        File::options().read(true).write(true).open(self.path()).unwrap()
    }

    fn disk(&self, is_read_only: bool) -> Disk {
        Disk { file: self.file(), is_read_only }
    }

    fn mount(&self, is_read_only: bool) -> (FatFiles, Option<Report>) {
        // A mounted disk stays until power-off, as in the kernel.
        let disk: &'static Disk = Box::leak(Box::new(self.disk(is_read_only)));
        let blocks = self.partition_blocks();
        FatFiles::mount(disk, FIRST_BLOCK, blocks, Check::WhenDirty).unwrap()
    }
}

/// The tool `name`, which Debian may keep where only root's `PATH` leads.
fn tool(name: &str) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(name);
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    command
}

/// What `command` says, which has to succeed; `None` if it is not installed.
#[track_caller]
fn run(name: &str, command: &mut Command) -> Option<Vec<u8>> {
    match command.output() {
        Ok(output) => {
            let (said, complaints) = (&output.stdout, &output.stderr);
            let said = [&said[..], complaints].map(String::from_utf8_lossy);
            assert!(output.status.success(), "{name}: {said:?}");
            Some(output.stdout)
        }
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "{name}: {error}");
            println!("SKIPPED: {name} is not installed; `make setup` installs it");
            None
        }
    }
}

fn find(volume: &mut FatFiles, path: &str) -> Option<Node> {
    let root = volume.root();
    path.split('/').try_fold(root, |node, name| volume.find(node, name).ok())
}

/// A file as a disk.
struct Disk {
    file: File,
    is_read_only: bool,
}

impl BlockDevice for Disk {
    fn blocks(&self) -> u64 {
        self.file.metadata().map_or(0, |file| file.len() / BLOCK_BYTES as u64)
    }

    fn read(&self, first: u64, buffer: &mut [u8]) -> Result<(), BlockError> {
        let at = first * BLOCK_BYTES as u64;
        self.file.read_exact_at(buffer, at).map_err(|_| BlockError::Failed)
    }

    fn write(&self, first: u64, data: &[u8]) -> Result<(), BlockError> {
        let at = first * BLOCK_BYTES as u64;
        self.file.write_all_at(data, at).map_err(|_| BlockError::Failed)
    }

    fn flush(&self) -> Result<(), BlockError> {
        Ok(())
    }

    fn is_read_only(&self) -> bool {
        self.is_read_only
    }
}
