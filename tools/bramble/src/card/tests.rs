use super::testing::{PACKED_AT_S, kernel};
use super::*;
use fatfs::{FileSystem, FsOptions};
use fscommon::StreamSlice;
use std::fs::File;
use std::io::Read;
use tempfile::TempDir;

/// A folder with a kernel, an app, and firmware that is none.
struct Workshop {
    folder: TempDir,
}

impl Workshop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let module = wat::parse_str(r#"(module (func (export "_start")))"#).unwrap();
        std::fs::write(folder.path().join("kernel8.img"), kernel()).unwrap();
        std::fs::write(folder.path().join("hello.wasm"), module).unwrap();
        Self { folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn options(&self) -> Options {
        let firmware = self.at("firmware");
        std::fs::create_dir_all(&firmware).unwrap();
        for name in ["bootcode.bin", "start_cd.elf", "fixup_cd.dat", "start4cd.elf"] {
            std::fs::write(firmware.join(name), vec![7; 3000]).unwrap();
        }
        std::fs::write(firmware.join("fixup4cd.dat"), "").unwrap();
        std::fs::write(firmware.join("LICENCE.broadcom"), "for a Raspberry Pi").unwrap();
        Options { app: vec![self.at("hello.wasm")], firmware: Some(firmware), ..Options::default() }
    }

    fn card(&self, name: &str, options: &Options) -> anyhow::Result<Card> {
        let path = self.at(name);
        let contents = prepare(&path, options)?;
        write(&path, options, contents, &self.at("kernel8.img"))
    }
}

/// The volume of the card image at `path`, read from where its partition table says.
fn volume(path: &Path) -> FileSystem<StreamSlice<File>> {
    let image = std::fs::read(path).unwrap();
    let number = |at: usize| u64::from(u32::from_le_bytes(image[at..at + 4].try_into().unwrap()));
    let (first, blocks) = (number(454), number(458));
    assert_eq!((first + blocks) * 512, image.len() as u64);

    let file = File::options().read(true).write(true).open(path).unwrap();
    let partition = StreamSlice::new(file, first * 512, (first + blocks) * 512).unwrap();
    FileSystem::new(partition, FsOptions::new()).unwrap()
}

#[test]
fn what_lies_on_a_card_can_be_read_back() {
    let workshop = Workshop::new();

    let card = workshop.card("card.img", &workshop.options()).unwrap();

    let volume = volume(&card.path);
    let root = volume.root_dir();
    let names: Vec<_> = root.iter().map(|entry| entry.unwrap().file_name()).collect();
    let expected = [
        "bootcode.bin",
        "start_cd.elf",
        "fixup_cd.dat",
        "start4cd.elf",
        "fixup4cd.dat",
        "LICENCE.broadcom",
        "config.txt",
        "system.toml",
        "LICENCE.spleen",
        "apps",
        "kernel8.img",
    ];
    assert_eq!(names, expected);
    let read = |path: &str| {
        let mut bytes = Vec::new();
        root.open_file(path).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    assert_eq!(read("kernel8.img"), kernel());
    assert_eq!(read("START4CD.ELF"), vec![7; 3000]);
    assert_eq!(read("fixup4cd.dat"), b"");
    assert_eq!(read("apps/hello.wasm"), std::fs::read(workshop.at("hello.wasm")).unwrap());
    assert!(read("apps/README.txt").starts_with(b"Put programs here"));
}

#[test]
fn a_card_has_the_firmwares_short_names_and_the_kernels_time() {
    let workshop = Workshop::new();

    let card = workshop.card("card.img", &workshop.options()).unwrap();

    // The boards' first stage reads short names only.
    let volume = volume(&card.path);
    let root = volume.root_dir();
    let short: Vec<_> = root.iter().map(|entry| entry.unwrap().short_file_name()).collect();
    for name in ["BOOTCODE.BIN", "START_CD.ELF", "FIXUP4CD.DAT", "CONFIG.TXT", "KERNEL8.IMG"] {
        assert!(short.iter().any(|short| short == name), "{name} in {short:?}");
    }
    for entry in root.iter() {
        let modified = entry.unwrap().modified();
        assert_eq!((modified.date.year, modified.date.month, modified.date.day), (2026, 11, 21));
        assert_eq!((modified.time.hour, modified.time.min, modified.time.sec), (12, 34, 56));
    }
}

#[test]
fn the_same_things_make_the_same_bytes() {
    let workshop = Workshop::new();
    let options = workshop.options();

    let first = workshop.card("first.img", &options).unwrap();
    let second = workshop.card("second.img", &options).unwrap();

    assert_eq!(first.sha256, second.sha256);
    assert!(std::fs::read(&first.path).unwrap() == std::fs::read(&second.path).unwrap());
    let fewer = Options { app: Vec::new(), ..options };
    assert_ne!(workshop.card("third.img", &fewer).unwrap().volume_id, first.volume_id);
}

#[test]
fn a_larger_card_is_a_volume_of_its_size() {
    let workshop = Workshop::new();
    let options = Options { size: Some(512 << 20), ..workshop.options() };

    let card = workshop.card("card.img", &options).unwrap();

    let stats = volume(&card.path).stats().unwrap();
    let volume_bytes = u64::from(stats.total_clusters()) * u64::from(stats.cluster_size());
    assert!(volume_bytes > (512 - 8) << 20, "{volume_bytes}");
}

#[test]
fn a_card_that_is_too_small_is_an_error_and_leaves_what_was_there() {
    let workshop = Workshop::new();
    let options = workshop.options();
    let firmware = options.firmware.clone().unwrap();
    let large = File::create(firmware.join("start_cd.elf")).unwrap();
    large.set_len(63 << 20).unwrap();
    std::fs::write(workshop.at("card.img"), "before").unwrap();

    let error = workshop.card("card.img", &options).map(|card| card.sha256).unwrap_err();

    assert!(format!("{error:#}").contains("too small for its files"), "{error:#}");
    assert_eq!(std::fs::read(workshop.at("card.img")).unwrap(), b"before");
    let is_left = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.unwrap().file_name().to_string_lossy().starts_with(".bramble-")
    };
    assert!(!std::fs::read_dir(workshop.folder.path()).unwrap().any(is_left));
}

#[test]
fn a_card_image_is_only_written_to_a_file_in_a_folder_that_is_there() {
    let workshop = Workshop::new();
    let refusal =
        |path: &Path| prepare(path, &workshop.options()).map(|_| ()).unwrap_err().to_string();

    assert!(refusal(workshop.folder.path()).contains("is no file"));
    assert!(refusal(Path::new("/dev/null")).contains("`cargo bramble flash`"));
    assert!(refusal(&workshop.at("none/card.img")).contains("there is no folder"));
}

#[test]
fn a_card_without_firmware_says_what_it_is_good_for() {
    let card = |has_firmware| Card {
        path: "card.img".into(),
        size_bytes: 64 << 20,
        sha256: "5e1f".to_owned(),
        volume_id: 0x2a,
        has_firmware,
        files: vec![("kernel8.img".to_owned(), 295_486)],
    };

    assert!(card(false).to_text().contains("For QEMU only"));
    assert!(!card(true).to_text().contains("QEMU"));
    assert_eq!(card(false).to_json()["has_firmware"], false);
    assert_eq!(card(true).to_json()["volume_id"], "0000002a");
    assert_eq!(card(true).to_json()["files"][0]["bytes"], 295_486);
}

#[test]
fn the_kernels_time_is_that_of_the_tests() {
    assert_eq!(
        kernel_core::date::Date { unix_s: PACKED_AT_S }.to_string(),
        "2026-11-21 12:34:56 UTC"
    );
}
