//! A program that does with files what a test tells it, step by step.

use super::*;

/// The descriptor of the first directory that a program finds open.
const FIRST_FOLDER: u32 = 3;

/// Where the texts of the steps are in the program's memory; below is room for calls.
const TEXTS_AT: usize = 4096;

/// Each function takes a directory first, and gives the errno of the first call that failed.
/// Memory: a vector at 0, a descriptor at 8, a count at 12, what is read at 32 KiB.
const FUNCTIONS: &str = r#"
    (import "wasi_snapshot_preview1" "path_open"
        (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write"
        (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read"
        (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_get"
        (func $fd_prestat_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_dir_name"
        (func $fd_prestat_dir_name (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_create_directory"
        (func $make_directory (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_remove_directory"
        (func $remove_directory (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_unlink_file"
        (func $remove (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_rename"
        (func $path_rename (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_symlink"
        (func $path_symlink (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff"
        (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (memory (export "memory") 1)

    (func $expect (param $expected i32) (param $error i32)
        (if (i32.ne (local.get $expected) (local.get $error))
            (then (call $proc_exit (i32.add (local.get $error) (i32.const 1))))))
    (func $say (param $bytes i32) (param $length i32)
        (i32.store (i32.const 0) (local.get $bytes))
        (i32.store (i32.const 4) (local.get $length))
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12))))
    (func $write (param $folder i32) (param $path i32) (param $path_length i32)
            (param $text i32) (param $text_length i32) (result i32) (local $error i32)
        (local.set $error (call $path_open (local.get $folder) (i32.const 1)
            (local.get $path) (local.get $path_length)
            (i32.const 9) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 8)))
        (if (local.get $error) (then (return (local.get $error))))
        (i32.store (i32.const 0) (local.get $text))
        (i32.store (i32.const 4) (local.get $text_length))
        (local.set $error (call $fd_write
            (i32.load (i32.const 8)) (i32.const 0) (i32.const 1) (i32.const 12)))
        (if (local.get $error) (then (return (local.get $error))))
        (call $fd_close (i32.load (i32.const 8))))
    (func $print (param $folder i32) (param $path i32) (param $path_length i32)
            (result i32) (local $error i32)
        (local.set $error (call $path_open (local.get $folder) (i32.const 1)
            (local.get $path) (local.get $path_length)
            (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 8)))
        (if (local.get $error) (then (return (local.get $error))))
        (i32.store (i32.const 0) (i32.const 32768))
        (i32.store (i32.const 4) (i32.const 32768))
        (local.set $error (call $fd_read
            (i32.load (i32.const 8)) (i32.const 0) (i32.const 1) (i32.const 12)))
        (if (local.get $error) (then (return (local.get $error))))
        (call $say (i32.const 32768) (i32.load (i32.const 12)))
        (call $fd_close (i32.load (i32.const 8))))
    (func $print_name (param $folder i32) (result i32) (local $error i32)
        (local.set $error (call $fd_prestat_get (local.get $folder) (i32.const 8)))
        (if (local.get $error) (then (return (local.get $error))))
        (local.set $error (call $fd_prestat_dir_name
            (local.get $folder) (i32.const 32768) (i32.load (i32.const 12))))
        (if (local.get $error) (then (return (local.get $error))))
        (call $say (i32.const 32768) (i32.load (i32.const 12)))
        (i32.const 0))
    (func $rename (param $folder i32) (param i32 i32) (param i32 i32) (result i32)
        (call $path_rename (local.get $folder) (local.get 1) (local.get 2)
            (local.get $folder) (local.get 3) (local.get 4)))
    (func $symlink (param $folder i32) (param i32 i32) (param i32 i32) (result i32)
        (call $path_symlink (local.get 1) (local.get 2)
            (local.get $folder) (local.get 3) (local.get 4)))"#;

/// Steps of a program. It ends with 0 if each went as it should, else with one more than the
/// errno that it got.
pub(super) struct Script {
    folder: u32,
    steps: Vec<(String, i32)>,
    texts: Vec<u8>,
    end: String,
}

impl Script {
    pub(super) fn new() -> Self {
        Self { folder: FIRST_FOLDER, steps: Vec::new(), texts: Vec::new(), end: String::new() }
    }

    /// What comes next happens in the folder with this number, from 0.
    pub(super) fn in_folder(self, number: u32) -> Self {
        Self { folder: FIRST_FOLDER + number, ..self }
    }

    /// Makes the file `path` anew, with `text` in it.
    pub(super) fn write(self, path: &str, text: &str) -> Self {
        self.step("write", &[path, text])
    }

    /// Writes the first 32 KiB of a file to standard output.
    pub(super) fn print(self, path: &str) -> Self {
        self.step("print", &[path])
    }

    /// Writes the folder's name to standard output.
    pub(super) fn print_name(self) -> Self {
        self.step("print_name", &[])
    }

    pub(super) fn remove(self, path: &str) -> Self {
        self.step("remove", &[path])
    }

    pub(super) fn make_directory(self, path: &str) -> Self {
        self.step("make_directory", &[path])
    }

    pub(super) fn remove_directory(self, path: &str) -> Self {
        self.step("remove_directory", &[path])
    }

    pub(super) fn rename(self, from: &str, to: &str) -> Self {
        self.step("rename", &[from, to])
    }

    pub(super) fn symlink(self, target: &str, path: &str) -> Self {
        self.step("symlink", &[target, path])
    }

    /// The last step should fail with this errno.
    pub(super) fn fails_with(mut self, error: abi::Errno) -> Self {
        self.steps.last_mut().expect("there was a step").1 = error as i32;
        self
    }

    /// After all steps comes this, as text.
    pub(super) fn then(self, end: &str) -> Self {
        Self { end: end.to_owned(), ..self }
    }

    fn step(mut self, function: &str, words: &[&str]) -> Self {
        let mut call = format!("(call ${function} (i32.const {})", self.folder);
        for word in words {
            let at = TEXTS_AT + self.texts.len();
            call.push_str(&format!(" (i32.const {at}) (i32.const {})", word.len()));
            self.texts.extend_from_slice(word.as_bytes());
        }
        self.steps.push((call + ")", 0));
        self
    }

    /// The program as text.
    pub(super) fn text(&self) -> String {
        let texts: String = self.texts.iter().map(|byte| format!("\\{byte:02x}")).collect();
        let steps = self.steps.iter();
        let steps: String = steps
            .map(|(call, error)| format!("(call $expect (i32.const {error}) {call})\n"))
            .collect();
        let end = &self.end;
        format!(
            "(module {FUNCTIONS} (data (i32.const {TEXTS_AT}) \"{texts}\")
                (func (export \"_start\") {steps} {end}))"
        )
    }

    pub(super) fn run(&self, options: &[&str]) -> Outcome {
        run_text(options, &self.text())
    }
}
