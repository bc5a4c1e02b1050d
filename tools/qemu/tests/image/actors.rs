//! Apps that start other apps: what they say to each other, what they may not, and their ends.

use super::*;
use kernel_core::bundle::{Access, Files, Mount, Service};
use std::sync::OnceLock;

/// Programs of which each plays the role that its argument names.
fn stage_module() -> &'static [u8] {
    static MODULE: OnceLock<Vec<u8>> = OnceLock::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/image/actors/stage");
    MODULE.get_or_init(|| build(&source))
}

/// An app that plays `role`.
fn actor<'a>(name: &'a str, role: &'a str) -> App<'a> {
    App {
        args: vec![role],
        uses: vec![Service::Wasi, Service::Actors],
        spawns: vec!["stage", "broken", "nobody"],
        limits: Limits { memory_pages_max: 16, ..Limits::default() },
        ..App::program(name, stage_module())
    }
}

/// Those that are there to be started.
fn others() -> Vec<App<'static>> {
    vec![
        App { start: false, spawns: vec!["stage", "stranger"], ..actor("stage", "") },
        App { start: false, ..actor("stranger", "loop") },
        App { start: false, ..App::program("broken", b"\0asm\x01\0\0\0\x01") },
    ]
}

/// The line in which the kernel says how an app that plays `role` ended.
#[track_caller]
fn ending_of(role: &str) -> String {
    ending_of_app(actor(role, role))
}

#[track_caller]
fn ending_of_app(app: App<'_>) -> String {
    let name = app.name;
    let mut apps = others();
    apps.push(app);
    let packed = Packed::new(apps);
    let qemu = packed.boot(Board::Raspi3b);

    qemu.expect("kernel: all apps have ended", LIMIT);
    let console = qemu.console();
    // It may be told before that it had to wait for a place, as those that it ended still leave.
    let line = console.lines().rfind(|line| line.starts_with(&format!("kernel: {name} ")));
    format!("{}\n{console}", line.unwrap_or("it never ended").trim_end())
}

#[track_caller]
fn assert_ends_well(role: &str) {
    let ending = ending_of(role);
    let expected = format!("kernel: {role} exited with code 0\n");
    assert!(ending.starts_with(&expected), "{ending}");
}

#[test]
fn more_than_a_channel_takes_goes_both_ways() {
    assert_ends_well("talk");
}

#[test]
fn who_is_gone_leaves_its_last_words_and_broken_pipes() {
    assert_ends_well("gone");
}

#[test]
fn an_app_ends_those_that_it_started_whatever_they_do() {
    assert_ends_well("kill");
}

#[test]
fn an_app_has_only_the_directories_that_are_handed_down() {
    let files = Files::Memory { bytes_max: 1 << 20 };
    let mounts = vec![Mount { at: "/tmp", files, access: Access::ReadWrite }];
    let ending = ending_of_app(App { mounts, ..actor("files", "files") });

    assert!(ending.starts_with("kernel: files exited with code 0\n"), "{ending}");
}

#[test]
fn an_unchanged_program_reads_and_writes_a_channel_as_its_streams() {
    assert_ends_well("pipe");
}

#[test]
fn what_an_app_may_not_have_is_an_error_and_one_line_on_the_console() {
    let ending = ending_of("deny");

    // Each that tries is told once.
    assert!(ending.contains("kernel: deny may not start stranger: permission denied"), "{ending}");
    let console = ending.split_once('\n').unwrap().1;
    assert_eq!(console.matches("may not start").count(), 2, "{console}");
    assert!(console.contains("kernel: stage may not start stranger: "), "{console}");
    assert!(ending.contains("kernel: deny exited with code 0"), "{ending}");
}

#[test]
fn an_app_that_starts_itself_without_end_is_stopped_by_its_quota() {
    let ending = ending_of("breed");

    assert!(ending.contains("breed | 9 generations"), "{ending}");
    assert!(ending.contains("kernel: breed exited with code 0"), "{ending}");
}

#[test]
fn what_apps_use_that_it_started_is_an_apps_own_fuel() {
    let limits = Limits { fuel_max: Some(5_000_000), ..actor("", "").limits };
    let ending = ending_of_app(App { limits, ..actor("spend", "spend") });

    assert!(ending.contains("kernel: stage used up its 5000000 units of fuel"), "{ending}");
    assert!(ending.contains("kernel: spend used up its 5000000 units of fuel"), "{ending}");
}

#[test]
fn the_shell_shows_and_ends_an_app_that_another_one_started() {
    let mut apps = others();
    apps.push(actor("watch", "watch"));
    let packed = Packed::new(apps);

    for board in Board::ALL {
        let mut qemu = shell::open(&packed, board);
        shell::look_until(&mut qemu, &["stage:1"], shell::GOES_ON);
        shell::look_until(&mut qemu, &["watch"], "waits for another");
        shell::ask(&mut qemu, "kill stage:1");
        // Killed is number 2.
        qemu.expect("kernel: watch exited with code 2", LIMIT);
        qemu.expect("kernel: all apps have ended", LIMIT);
        assert!(!shell::ps(&mut qemu).contains("stage:1"));
    }
}

#[test]
fn five_hundred_starts_and_ends_give_all_memory_back() {
    start_and_end("500", LIMIT);
}

#[test]
#[ignore = "`make stress` runs it"]
fn ten_thousand_starts_and_ends_give_all_memory_back() {
    start_and_end("10000", Duration::from_secs(1200));
}

/// Lets an app start so many others, one after another, and compares the heap before and after.
fn start_and_end(count: &str, limit: Duration) {
    let mut apps = others();
    apps.push(App { start: false, ..actor("churn", "churn") });
    let packed = Packed::new(apps);
    let mut qemu = shell::open(&packed, Board::Raspi3b);
    let mut free_after = |count: &str, limit| {
        qemu.forget();
        qemu.send(&format!("run churn churn {count}\r"));
        qemu.expect("kernel: churn exited with code 0", limit);
        shell::look_until(&mut qemu, &["churn"], "exited with code 0");
        // The last may still be about to end.
        while shell::ps(&mut qemu).contains("stage:") {}
        shell::free_bytes(&mut qemu)
    };

    // Enough for each core to have had what it keeps.
    let before = free_after("100", LIMIT);
    let after = free_after(count, limit);
    // The smallest block has 16 bytes, and one of six is ended in the same way: to lose one block of
    // each of these would cost more than places in the cores' queues do.
    let lost_bytes = before.saturating_sub(after);
    assert!(lost_bytes < 1024, "{before} before, {after} after");
}
