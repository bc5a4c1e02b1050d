//! The wasi-threads proposal's own tests, in the image, on both boards.

use super::*;

/// Each module with its exit code, as the corpus' `MANIFEST.json` has them.
const MODULES: [(&str, u32); 6] = [
    ("noop", 0),
    ("return_main_block", 0),
    ("return_main_busy", 0),
    ("return_main_wasi", 0),
    ("return_main_wasi_read", 0),
    ("spawn", 22),
];

#[test]
fn the_proposals_modules_end_as_they_should_on_all_cores() {
    let Some(folder) = wasm_corpus::folder() else { return };
    let read = |(name, _)| {
        let path = folder.join(format!("wasi-threads/wasi_threads_{name}.wasm"));
        lowered(&std::fs::read(path).expect("the corpus is whole"))
    };
    let modules = MODULES.map(read);

    let apps = MODULES.into_iter().zip(&modules).map(|((name, _), module)| {
        // Only one app can have the console: the one that reads, while its standard input stays
        // open and nobody types.
        let stdin = if name.ends_with("read") { Stdin::Console } else { Stdin::None };
        App { stdin, ..app_with_threads(name, module) }
    });
    let packed = Packed::new(apps.collect());

    for board in Board::ALL {
        let qemu = packed.boot(board);
        for (name, code) in MODULES {
            qemu.expect(&format!("kernel: {name} exited with code {code}\r\n"), LIMIT);
        }
    }
}
