//! What a person put on the card: apps, their rules, and the system's.

use super::*;

/// Says its first argument, and writes it to `said.txt` in the directory that it has.
fn writer() -> Vec<u8> {
    guest(
        r#"(data (i32.const 64) "said.txt")"#,
        "",
        "(call $ok (call $args_get (i32.const 128) (i32.const 256)))
         (local.set $n (i32.load (i32.const 132)))
         ;; The argument is five letters and a new line.
         (call $say (local.get $n) (i32.const 6))
         (local.set $fd (call $open (i32.const 64) (i32.const 8) (i32.const 9) (i32.const 0)))
         (call $write (local.get $fd) (local.get $n) (i32.const 6))
         (call $ok (call $fd_close (local.get $fd)))",
    )
}

fn talker(text: &str) -> Vec<u8> {
    module(text, "(call $say)")
}

#[test]
fn an_app_that_was_only_dropped_on_the_card_runs_by_its_rules_and_leaves_its_file_there() {
    let rules = "args = [\"seven\\n\"]\n\
                 mounts = { \"/data\" = { card = \"/notes\", access = \"read-write\" } }\n";
    let card = Card::new(&[
        ("apps/writer.wasm", &writer()),
        ("apps/writer.toml", rules.as_bytes()),
        ("apps/talker.wasm", &talker("no rules at all")),
        ("apps/readme.txt", b"no app"),
        ("notes/here", b""),
    ]);
    let packed = packed(Vec::new());

    for board in Board::ALL {
        let console = run_with(&packed, board, &card);

        assert_says(&console, &["card: writer, starts", "writer | seven"]);
        assert_says(&console, &["talker | no rules at all", "kernel: writer exited with code 0"]);
        assert_eq!(card.read("notes/said.txt").unwrap(), b"seven\n", "{console}");
        card.assert_is_clean();
        if let Some(bytes) = card.mtype("notes/said.txt") {
            assert_eq!(bytes, b"seven\n");
        }
    }
}

#[test]
fn an_app_without_the_right_to_write_leaves_the_card_as_it_was() {
    let rules = "args = [\"seven\\n\"]\nmounts = { \"/data\" = { card = \"/\" } }\n";
    let card =
        Card::new(&[("apps/writer.wasm", &writer()), ("apps/writer.toml", rules.as_bytes())]);
    let before = std::fs::read(card.path()).unwrap();

    let console = run_with(&packed(Vec::new()), Board::Raspi3b, &card);

    assert_says(&console, &["writer | seven", "kernel: writer trapped: "]);
    assert!(std::fs::read(card.path()).unwrap() == before, "the card has changed");
}

#[test]
fn system_toml_chooses_the_app_that_starts_and_each_app_may_differ() {
    let card = Card::new(&[
        ("system.toml", b"host_name = \"shed\"\nboot_app = \"chosen\"\nlog_level = \"info\"\n"),
        ("apps/chosen.wasm", &talker("chosen")),
        ("apps/other.wasm", &talker("other")),
        ("apps/eager.wasm", &talker("eager")),
        ("apps/eager.toml", b"start = true\n"),
    ]);

    let console = run_with(&packed(Vec::new()), Board::Raspi3b, &card);

    assert_says(&console, &["chosen | chosen", "eager | eager", "card: other, does not start"]);
    assert!(!console.contains("other | other"), "{console}");
}

#[test]
fn an_app_that_says_so_does_not_start_and_the_log_is_as_quiet_as_it_is_set() {
    let card = Card::new(&[
        ("system.toml", b"log_level = \"warn\"\n"),
        ("apps/idle.wasm", &talker("idle")),
        ("apps/idle.toml", b"start = false\n"),
        ("apps/talker.wasm", &talker("talks")),
    ]);

    let console = run_with(&packed(Vec::new()), Board::Raspi3b, &card);

    assert_says(&console, &["talker | talks"]);
    assert!(!console.contains("idle | idle"), "{console}");
    assert!(!console.contains("kernel: talker exited"), "{console}");
}

#[test]
fn a_module_that_needs_the_packer_is_refused_with_a_message_that_says_so() {
    let wat = |text: &str| wat::parse_str(text).unwrap();
    let threads =
        wat("(module (memory (export \"memory\") 1 1 shared) (func (export \"_start\")))");
    let tail_calls = wat("(module (func $end) (func (export \"_start\") return_call $end))");
    let card = Card::new(&[
        ("apps/threads.wasm", &threads),
        ("apps/tailcalls.wasm", &tail_calls),
        ("apps/marked.wasm", &tail_calls),
        ("apps/marked.toml", b"tail_calls = true\n"),
    ]);

    let console = run_with(&packed(Vec::new()), Board::Raspi3b, &card);

    let advice = console.matches("; pack it with `bramble image`").count();
    assert_eq!(advice, 2, "{console}");
    assert_says(
        &console,
        &[
            "kernel: threads was refused: it is not a valid module: threads must be enabled",
            "kernel: tailcalls trapped: invalid code: tail calls support is not enabled; ",
            "kernel: marked exited with code 0",
        ],
    );
}

#[test]
fn a_mistake_is_told_with_its_line_and_all_else_runs() {
    let card = Card::new(&[
        ("system.toml", b"# who it is\nhost_name = \"shed\"\nlog_levle = \"error\"\n"),
        ("apps/wrong.wasm", &talker("wrong")),
        ("apps/wrong.toml", b"start = true\nfuel_max = \"much\"\n"),
        ("apps/broken.wasm", b"not a module"),
        ("apps/absent.wasm", &talker("absent")),
        ("apps/absent.toml", b"mounts = { \"/x\" = { card = \"/nope\" } }\n"),
        ("apps/talker.wasm", &talker("all is well")),
    ]);

    let console = run_with(&packed(Vec::new()), Board::Raspi3b, &card);

    assert_says(
        &console,
        &[
            "card: system.toml, line 3: there is no setting `log_levle`; the defaults hold",
            "card: wrong is left out: wrong.toml, line 2: ",
            "kernel: broken was refused: ",
            "kernel: absent was refused: it cannot have /x: nope on the card: ",
            "talker | all is well",
        ],
    );
    assert!(!console.contains("wrong | wrong"), "{console}");
}

#[test]
fn a_boot_app_that_is_not_there_is_told_of_and_an_app_of_the_image_comes_before_the_cards() {
    let card = Card::new(&[
        ("system.toml", b"boot_app = \"gone\"\n"),
        ("apps/twin.wasm", &talker("of the card")),
    ]);
    let twin = talker("of the image");

    let console = run_with(&packed(vec![app("twin", &twin)]), Board::Raspi3b, &card);

    assert_says(
        &console,
        &[
            "card: system.toml starts gone, and there is no apps/gone.wasm",
            "card: twin is left out: the image has an app of that name",
            "twin | of the image",
        ],
    );
}
