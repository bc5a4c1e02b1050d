//! The adapter for the official WASI test suite's runner, asked as that runner asks it.
//!
//! The suite itself is not here; `corpus` runs its cases.

#![forbid(unsafe_code)]

use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Loads the adapter as the runner does, and prints what it answers.
const RUNNER: &str = r#"
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("bramble.py", sys.argv[1])
adapter = importlib.util.module_from_spec(spec)
spec.loader.exec_module(adapter)
case = [["a b", "c"], {"NAME": "1=2"}, sys.argv[3]]
print(json.dumps({
    "name": adapter.get_name(),
    "version": adapter.get_version(),
    "versions": adapter.get_wasi_versions(),
    "worlds": adapter.get_wasi_worlds(),
    "command": adapter.compute_argv(sys.argv[2], case, [], "wasi:cli/command", "wasm32-wasip1"),
}))
"#;

#[test]
fn the_adapter_for_the_official_runner_gives_each_test_its_words_and_its_folder() {
    let adapter = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wasi-testsuite/bramble.py");
    // What Python would keep of it is no part of the checkout.
    let mut python = Command::new("python3");
    python.args(["-B", "-c", RUNNER]).arg(adapter).args(["test.wasm", "fs-tests.dir"]);
    let bramble = env!("CARGO_BIN_EXE_bramble");
    let Ok(output) = python.env("BRAMBLE", bramble).output() else {
        assert!(std::env::var_os("CI").is_none(), "there is no python3");
        // Not by `eprintln!`, which is shown only for tests that fail.
        let _ = writeln!(std::io::stderr(), "SKIPPED: there is no python3");
        return;
    };

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answers: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answers["name"], "bramble");
    assert_eq!(answers["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(answers["versions"][0], "wasm32-wasip1");
    assert_eq!(answers["worlds"][0], "wasi:cli/command");
    let command = [bramble, "run", "--env", "NAME=1=2", "--dir", "fs-tests.dir::/"];
    let command = [&command[..], &["test.wasm", "a b", "c"]].concat();
    assert_eq!(answers["command"], Value::from(command));
}
