use super::*;
use tempfile::TempDir;

/// An image of more than one piece, and a larger card that is full of something else.
struct Bench {
    folder: TempDir,
    image: Vec<u8>,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let length_bytes = PIECE_BYTES as u32 + 3 * BLOCK_BYTES as u32;
        let image: Vec<_> = (0..length_bytes).map(|at| (at % 251) as u8).collect();
        std::fs::write(folder.path().join("card.img"), &image).unwrap();
        std::fs::write(folder.path().join("card"), vec![0xff; image.len() + 1000]).unwrap();
        Self { folder, image }
    }

    fn copy(&self) -> Result<(), CopyError> {
        let path = self.folder.path().join("card");
        let device = Device { size_bytes: 0, kind: Kind::File, path };
        copy(&self.folder.path().join("card.img"), &device)
    }

    fn open(&self, name: &str) -> File {
        let path = self.folder.path().join(name);
        File::options().read(true).write(true).open(path).unwrap()
    }
}

#[test]
fn a_device_begins_with_the_image_and_keeps_what_lies_behind() {
    let bench = Bench::new();

    bench.copy().unwrap();

    let card = std::fs::read(bench.folder.path().join("card")).unwrap();
    assert!(card[..bench.image.len()] == bench.image);
    assert_eq!(card[bench.image.len()..], [0xff; 1000]);
}

#[test]
fn a_byte_that_reads_back_differently_is_named_with_its_place() {
    let bench = Bench::new();
    bench.copy().unwrap();
    let at = PIECE_BYTES as u64 + 700;
    let expected = bench.image[at as usize];
    bench.open("card").write_all_at(&[!expected], at).unwrap();

    let source = bench.open("card.img");
    let target = open_past_the_cache(&bench.folder.path().join("card")).unwrap();
    let error = compare(&source, bench.image.len() as u64, &target).unwrap_err();

    let CopyError::Different { offset_bytes, expected: wrote, found } = error else {
        panic!("{error}");
    };
    assert_eq!((offset_bytes, wrote, found), (at, expected, !expected));
    assert!(error.to_string().starts_with(&format!("byte {at} was written as")), "{error}");
}

#[test]
fn a_device_that_ends_too_early_is_no_success() {
    let bench = Bench::new();
    bench.copy().unwrap();
    bench.open("card").set_len(bench.image.len() as u64 - 1).unwrap();

    let length_bytes = bench.image.len() as u64;
    let error = compare(&bench.open("card.img"), length_bytes, &bench.open("card"));

    assert!(error.unwrap_err().to_string().contains("cannot read back"));
}

#[test]
fn a_card_that_was_written_half_has_no_partition_table() {
    let bench = Bench::new();
    let length_bytes = bench.image.len() as u64;
    // The image ends before its length says so.
    let source = bench.open("card.img");
    source.set_len(length_bytes - 1).unwrap();

    write(&source, length_bytes, &bench.open("card")).unwrap_err();

    let card = std::fs::read(bench.folder.path().join("card")).unwrap();
    assert_eq!(card[..512], [0; 512]);
    assert!(card[512..PIECE_BYTES] == bench.image[512..PIECE_BYTES]);
}

#[test]
fn a_device_that_is_not_there_is_an_error() {
    let bench = Bench::new();
    std::fs::remove_file(bench.folder.path().join("card")).unwrap();

    assert!(bench.copy().unwrap_err().to_string().contains("cannot write to"));
}
