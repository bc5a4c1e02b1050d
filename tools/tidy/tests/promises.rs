//! The promises of the architecture, each kept by a test on the source tree.

#![forbid(unsafe_code)]

use std::fs;

use tidy::tree::{File, Package};
use tidy::{manifest, source, tree};

const FILE_LINES_MAX: usize = 600;

/// Where unsafe code may stand.
const UNSAFE_HOMES: [&str; 3] = ["kernel/src/", "drivers/mmio/", "apps/guest/"];

/// The crate with one module that may have unsafe code, for memory that guests share.
const RUNTIME: &str = "services/runtime";

/// Where the addresses of peripherals may stand.
const BOARDS: &str = "kernel/src/boards";

/// A crate without behaviour that a test could see: traits, and the words of their errors.
const TRAITS_ONLY: &str = "drivers/device";

#[test]
fn services_do_not_know_drivers_and_drivers_do_not_know_services() {
    assert_no_dependency("services/", &["driver-", "mmio", "tock-registers"]);
    assert_no_dependency("drivers/", &["service-", "runtime", "wasmi", "abi"]);
}

#[test]
fn the_execution_layer_knows_no_service() {
    assert_no_dependency(RUNTIME, &["service-"]);
}

#[test]
fn the_binary_interface_and_the_traits_of_devices_depend_on_nothing() {
    for folder in ["services/abi", "drivers/device"] {
        let package = package(folder);
        assert!(manifest::dependencies(&package.manifest).is_empty(), "{folder} has dependencies");
    }
}

#[test]
fn the_kernels_core_knows_no_driver_and_no_service() {
    assert_no_dependency(
        "kernel/core",
        &["driver-", "mmio", "tock-registers", "aarch64-cpu", "service-", "runtime", "wasmi"],
    );
}

#[test]
fn apps_reach_the_kernel_only_through_its_binary_interface() {
    assert_no_dependency(
        "apps/",
        &["driver-", "mmio", "device", "service-", "runtime", "wasmi", "kernel-core"],
    );
}

#[test]
fn nothing_depends_on_the_kernel() {
    for package in tree::packages() {
        let dependencies = manifest::all_dependencies(&package.manifest);
        assert!(!dependencies.iter().any(|name| name == "kernel"), "{} does", package.folder);
    }
}

#[test]
fn unsafe_stays_in_its_folders() {
    let mut strays = Vec::new();
    for file in outside_the_homes_of_unsafe() {
        let code = source::code_of(&file.text);
        let may_be_the_module = is_in(&file, RUNTIME) && code.contains("allow(unsafe_code)");
        if !may_be_the_module {
            strays.extend(at_lines(&file, &source::lines_with_word(&code, "unsafe")));
        }
    }
    assert!(strays.is_empty(), "unsafe outside its homes:\n{}", strays.join("\n"));
}

#[test]
fn every_crate_but_the_homes_of_unsafe_forbids_it() {
    let mut without = Vec::new();
    for file in outside_the_homes_of_unsafe() {
        let is_root = file.path.ends_with("src/lib.rs") || file.path.ends_with("src/main.rs");
        let level = if is_in(&file, RUNTIME) { "deny" } else { "forbid" };
        let attribute = format!("#![{level}(unsafe_code)]");
        if is_root && !source::code_of(&file.text).contains(&attribute) {
            without.push(format!("{}: {attribute}", file.path));
        }
    }
    assert!(without.is_empty(), "missing at the top of a crate:\n{}", without.join("\n"));
}

#[test]
fn one_module_at_most_lifts_the_ban_on_unsafe() {
    let mut lifts = Vec::new();
    for file in outside_the_homes_of_unsafe() {
        let code = source::code_of(&file.text);
        lifts.extend(at_lines(&file, &source::lines_with(&code, "allow(unsafe_code)")));
    }
    let all_in_runtime = lifts.iter().all(|lift| lift.starts_with(RUNTIME));
    assert!(lifts.len() <= 1 && all_in_runtime, "the ban is lifted at:\n{}", lifts.join("\n"));
}

#[test]
fn every_unsafe_block_says_why_it_is_sound() {
    let mut unsaid = Vec::new();
    for file in tree::rust_files() {
        unsaid.extend(at_lines(&file, &source::unsafe_without_reason(&file.text)));
    }
    assert!(unsaid.is_empty(), "no SAFETY: comment before:\n{}", unsaid.join("\n"));
}

#[test]
fn addresses_of_peripherals_stand_in_board_files() {
    let mut strays = Vec::new();
    for file in tree::rust_files() {
        if is_in(&file, BOARDS) || is_test(&file) || is_in(&file, "tools/tidy") {
            continue;
        }
        let code = source::code_of(&file.text);
        for (line, address) in source::peripheral_addresses(source::without_tests(&code)) {
            strays.push(format!("{}:{line}: {address:#x}", file.path));
        }
    }
    assert!(strays.is_empty(), "addresses outside {BOARDS}:\n{}", strays.join("\n"));
}

#[test]
fn nothing_is_left_for_later() {
    const UNFINISHED: [&str; 3] = ["todo!", "unimplemented!", "#[ignore"];
    // Too long for every day, and run by its own command.
    const STRESS: &str = "#[ignore = \"`make stress` runs it\"]";

    let mut found = Vec::new();
    for file in tree::rust_files() {
        let code = source::code_of(&file.text.replace(STRESS, ""));
        for text in UNFINISHED {
            let lines = at_lines(&file, &source::lines_with(&code, text));
            found.extend(lines.into_iter().map(|line| format!("{line}: {text}")));
        }
    }
    assert!(found.is_empty(), "unfinished:\n{}", found.join("\n"));
}

#[test]
fn nothing_but_an_app_sleeps_for_a_guessed_time() {
    let mut found = Vec::new();
    for file in tree::rust_files() {
        let code = source::code_of(&file.text);
        if !is_in(&file, "apps") {
            found.extend(at_lines(&file, &source::lines_with(&code, "thread::sleep")));
        }
    }
    assert!(found.is_empty(), "wait for what is meant instead:\n{}", found.join("\n"));
}

#[test]
fn every_driver_and_every_service_has_tests() {
    let files = tree::rust_files();
    for package in tree::packages() {
        let folder = &package.folder;
        let is_ours = folder.starts_with("drivers/") || folder.starts_with("services/");
        if !is_ours || folder == TRAITS_ONLY {
            continue;
        }
        let mut own = files.iter().filter(|file| is_in(file, folder));
        let tested = own.any(|file| source::code_of(&file.text).contains("#[test]"));
        assert!(tested, "{folder} has no test");
    }
}

#[test]
fn a_file_is_short_enough_to_be_read() {
    for file in tree::rust_files() {
        let lines = file.text.lines().count();
        assert!(lines <= FILE_LINES_MAX, "{} has {lines} lines", file.path);
    }
}

#[test]
fn the_map_in_the_readme_names_every_folder_and_every_crate() {
    let readme = fs::read_to_string(tree::root().join("README.md")).expect("there is a README.md");
    let crates = tree::packages().into_iter().map(|package| package.folder);

    let missing: Vec<String> = tree::top_level_folders()
        .into_iter()
        .chain(crates)
        .filter(|folder| !is_on_the_map(&readme, folder))
        .collect();

    assert!(missing.is_empty(), "not on the map in README.md: {}", missing.join(", "));
}

#[test]
fn both_licences_are_in_the_tree() {
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        let text = fs::read_to_string(tree::root().join(name)).unwrap_or_default();
        assert!(!text.trim().is_empty(), "{name} is missing or empty");
    }
}

/// Fails if a package in `folder` depends on one whose name is in `banned`, or, for a name
/// that ends in `-`, begins so.
fn assert_no_dependency(folder: &str, banned: &[&str]) {
    let packages: Vec<Package> =
        tree::packages().into_iter().filter(|found| found.folder.starts_with(folder)).collect();
    assert!(!packages.is_empty(), "there is no package in {folder}");

    let is_banned = |name: &String| {
        banned.iter().any(|ban| name == ban || ban.ends_with('-') && name.starts_with(ban))
    };
    for package in packages {
        let dependencies = manifest::all_dependencies(&package.manifest);
        let found = dependencies.iter().find(|name| is_banned(name));
        assert_eq!(found, None, "{} depends on what it must not know", package.folder);
    }
}

fn package(folder: &str) -> Package {
    let mut packages = tree::packages().into_iter();
    packages.find(|found| found.folder == folder).unwrap_or_else(|| panic!("no {folder}"))
}

fn outside_the_homes_of_unsafe() -> impl Iterator<Item = File> {
    let is_home = |file: &File| UNSAFE_HOMES.iter().any(|home| file.path.starts_with(home));
    tree::rust_files().into_iter().filter(move |file| !is_home(file))
}

fn is_in(file: &File, folder: &str) -> bool {
    file.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn is_test(file: &File) -> bool {
    file.path.contains("/tests/") || file.path.ends_with("/tests.rs")
}

/// Whether the README names a folder as a path, or in a tree by its last part.
fn is_on_the_map(readme: &str, folder: &str) -> bool {
    let name = folder.rsplit('/').next().unwrap_or(folder);
    let is_name =
        |word: &str| word.trim_end_matches('/').ends_with(folder) || word == format!("{name}/");
    let separators = |c: char| !c.is_alphanumeric() && !['/', '_', '-', '.'].contains(&c);
    readme.split(separators).any(is_name)
}

fn at_lines(file: &File, lines: &[usize]) -> Vec<String> {
    lines.iter().map(|line| format!("{}:{line}", file.path)).collect()
}
