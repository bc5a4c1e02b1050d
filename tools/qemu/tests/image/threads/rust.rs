//! Rust's standard library with its threads.

use super::*;

const PROGRAM: &str = r#"
    use std::sync::{Arc, Barrier, Mutex, mpsc};
    use std::thread;

    fn main() {
        let sum = Arc::new(Mutex::new(0));
        let barrier = Arc::new(Barrier::new(4));
        let (sender, receiver) = mpsc::channel();
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let (sum, barrier, sender) = (sum.clone(), barrier.clone(), sender.clone());
                thread::spawn(move || {
                    for _ in 0..1000 {
                        *sum.lock().unwrap() += 1;
                    }
                    barrier.wait();
                    sender.send(number * *sum.lock().unwrap()).unwrap();
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        drop(sender);
        println!("in all {}", receiver.iter().sum::<i32>());
    }
"#;

/// The program's module; `None` if the standard library is not there.
fn build_with_threads() -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let (source, module) = (folder.path().join("main.rs"), folder.path().join("main.wasm"));
    std::fs::write(&source, PROGRAM).unwrap();
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition=2024", "-O", "--target=wasm32-wasip1-threads", "-Cstrip=symbols"]);
    let output = rustc.arg("-o").arg(&module).arg(&source).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    // The compiler's number for a crate that is not there, `std` here.
    let is_missing = complaint.contains("E0463");
    assert!(output.status.success() || is_missing, "{complaint}");
    output.status.success().then(|| lowered(&std::fs::read(module).unwrap()))
}

#[test]
fn threads_of_rusts_standard_library_share_locks_barriers_and_channels() {
    let Some(module) = build_with_threads() else {
        // Only rustup has it, and not for every host: no reason to fail, even in CI.
        wasm_corpus::tell("SKIPPED: there is no Rust library for wasm32-wasip1-threads");
        return;
    };
    let packed = Packed::new(vec![app_with_threads("rust", &module)]);

    let qemu = packed.boot(Board::Raspi3b);

    qemu.expect("rust | in all 24000", LIMIT);
    qemu.expect("kernel: rust exited with code 0", LIMIT);
}
