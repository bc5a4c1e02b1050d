use super::*;
use kernel_core::bundle::Access;

fn parse(text: &str) -> anyhow::Result<Manifest> {
    Manifest::parse(text, Path::new("folder/apps.toml"))
}

fn message(text: &str) -> String {
    format!("{:#}", parse(text).unwrap_err())
}

#[test]
fn apps_start_in_the_order_of_the_file() {
    let manifest = parse("[zebra]\n[ant]\n[mouse]\n").unwrap();

    let names: Vec<_> = manifest.apps.iter().map(|app| app.name.as_str()).collect();
    assert_eq!(names, ["zebra", "ant", "mouse"]);
}

#[test]
fn every_key_is_read() {
    let manifest = parse(
        r#"
        [system]
        services = "all"
        card = true
        on_crash = "halt"
        when_done = "power-off"
        network = { name_servers = ["10.0.0.2", "10.0.0.3"], address = "10.0.0.7/8" }

        [hello]
        uses = ["wasi", "net"]
        listens = ["80", "8000-8009"]
        reaches = ["example.org:443", "10.0.0.0/8:80-90", "*:53"]
        kiosk = true
        args = ["a", "b c"]
        env = { ZOO = "1", ANT = "2" }
        stdin = "console"
        restart = "on-failure"
        memory_pages_max = 2
        table_elements_max = 3
        stack_bytes_max = 0x1_0000
        function_bytes_max = 5
        module_bytes_max = 6
        fuel_max = 7
        fuel_per_second_max = 8
        threads_max = 9
        channels_max = 10
        spawns = ["other"]
        start = false
        priority = "realtime"
        core = 3
        target = "wasm32-unknown-unknown"

        [hello.mounts]
        "/www" = { bundle = "pages" }
        "/tmp" = { memory = "1M" }
        "/data" = { card = "/notes", access = "read-write" }
        "#,
    )
    .unwrap();

    let limits = Limits {
        module_bytes_max: 6,
        function_bytes_max: 5,
        memory_pages_max: 2,
        table_elements_max: 3,
        stack_bytes_max: 65_536,
        fuel_max: Some(7),
        fuel_per_second_max: 8,
        threads_max: 9,
        channels_max: 10,
    };
    let hello = App {
        name: "hello".to_owned(),
        source: Source::Folder {
            path: PathBuf::from("folder/hello"),
            target: GuestTarget::Unknown,
        },
        args: vec!["a".to_owned(), "b c".to_owned()],
        env: vec![("ZOO".to_owned(), "1".to_owned()), ("ANT".to_owned(), "2".to_owned())],
        stdin: Stdin::Console,
        uses: vec![Service::Wasi, Service::Net],
        spawns: vec!["other".to_owned()],
        mounts: vec![
            mount("/www", Files::Bundle(PathBuf::from("folder/pages")), Access::ReadOnly),
            mount("/tmp", Files::Memory { bytes_max: 1 << 20 }, Access::ReadWrite),
            mount("/data", Files::Card("/notes".to_owned()), Access::ReadWrite),
        ],
        listens: ["80", "8000-8009"].map(str::to_owned).into(),
        reaches: ["example.org:443", "10.0.0.0/8:80-90", "*:53"].map(str::to_owned).into(),
        kiosk: true,
        limits,
        priority: Priority::Realtime,
        core: Some(3),
        start: false,
        restart: Restart::OnFailure,
    };
    let expected = Manifest {
        services: Services::All,
        card: true,
        on_crash: OnCrash::Halt,
        when_done: WhenDone::PowerOff,
        network: [
            ("address", "10.0.0.7/8"),
            ("name_servers", "10.0.0.2"),
            ("name_servers", "10.0.0.3"),
        ]
        .map(|(key, text)| (key, text.to_owned()))
        .into(),
        apps: vec![hello],
    };
    assert_eq!(manifest, expected);
}

fn mount(at: &str, files: Files, access: Access) -> Mount {
    Mount { at: at.to_owned(), files, access }
}

#[test]
fn a_mount_that_cannot_be_is_an_error_with_its_line() {
    let wrong = |mount: &str| message(&format!("[hello]\n[hello.mounts]\n{mount}\n"));

    for (mount, why) in [
        ("data = { card = \"/\" }", "begins with `/`"),
        ("\"/a/../b\" = { card = \"/\" }", "without `.`"),
        ("\"/a/\" = { card = \"/\" }", "without `.`"),
        ("\"/a\" = { card = \"..\" }", "begins with `/`"),
        ("\"/a\" = { memory = \"much\" }", "a size is such as"),
        ("\"/a\" = { memory = \"1M\", access = \"read-only\" }", "read-write"),
        ("\"/a\" = { bundle = \"x\", access = \"read-write\" }", "read-only"),
        ("\"/a\" = { bundle = \"x\", card = \"/\" }", "one of the keys"),
        ("\"/a\" = {}", "one of the keys"),
        ("\"/a\" = { folder = \"x\" }", "unknown key"),
    ] {
        let message = wrong(mount);
        assert!(message.contains("line 3") && message.contains(why), "{mount}: {message}");
    }
}

#[test]
fn a_setting_of_the_network_that_makes_no_sense_is_an_error_with_its_line() {
    for (setting, why) in [
        ("address = \"10.0.0.7\"", "`address` cannot be `10.0.0.7`"),
        ("address = [\"10.0.0.7/8\"]", "text in quotes"),
        ("gateway = \"10.0.0.1\"", "the network of `address`"),
        ("name_servers = [\"10.0.0.2\"]", "go with an `address`"),
        ("time_server = \"a b\"", "a name or an address"),
        ("time_servers = \"a\"", "did you mean `time_server`?"),
    ] {
        let message = message(&format!("[hello]\n[system.network]\n{setting}\n"));
        assert!(message.contains("line 3") && message.contains(why), "{setting}: {message}");
    }
}

#[test]
fn an_app_without_sockets_has_no_rights_on_the_network() {
    let wrong = |uses: &str| message(&format!("[hello]\nuses = [{uses}]\nlistens = [\"80\"]\n"));

    assert!(wrong("\"wasi\"").contains("line 3: sockets are for apps whose `uses` has \"net\""));
    assert!(wrong("\"net\"").contains("line 3: sockets are for apps whose `uses` has \"wasi\""));
}

#[test]
fn an_app_without_keys_has_the_defaults_and_no_rights() {
    let manifest = parse("[hello]").unwrap();

    let hello = &manifest.apps[0];
    assert_eq!(hello.uses, []);
    assert_eq!(hello.limits, Limits::default());
    assert_eq!(hello.stdin, Stdin::None);
    assert_eq!(hello.restart, Restart::Never);
    assert_eq!((hello.priority, hello.core), (Priority::Normal, None));
    assert_eq!(manifest.services, Services::Used);
}

#[test]
fn a_module_lies_beside_the_manifest() {
    let manifest = parse("[hello]\nmodule = \"hello.wat\"").unwrap();

    assert_eq!(manifest.apps[0].source, Source::Module(PathBuf::from("folder/hello.wat")));
}

#[test]
fn an_unknown_key_is_an_error_with_its_line_and_the_nearest_key() {
    let message = message("[hello]\nuses = []\nmemory_page_max = 3\n");

    assert!(message.starts_with("folder/apps.toml, line 3: unknown key"), "{message}");
    assert!(message.contains("did you mean `memory_pages_max`?"), "{message}");
}

#[test]
fn an_unknown_key_of_the_system_is_an_error_too() {
    let message = message("[system]\nservice = \"all\"\n[hello]");

    assert!(message.contains("line 2"), "{message}");
    assert!(message.contains("did you mean `services`?"), "{message}");
}

#[test]
fn an_unknown_choice_is_an_error_with_the_nearest_one() {
    let message = message("[hello]\nrestart = \"onfailure\"");

    assert!(message.contains("line 2: `restart` has no choice"), "{message}");
    assert!(message.contains("did you mean `on-failure`?"), "{message}");
}

#[test]
fn only_one_app_can_read_the_console() {
    let message = message("[one]\nstdin = \"console\"\n[two]\nstdin = \"console\"\n");

    assert!(message.contains("line 4"), "{message}");
    assert!(message.contains("`one` does already"), "{message}");
}

#[test]
fn values_that_mean_nothing_are_errors_that_name_their_line() {
    let cases = [
        ("memory_pages_max = 65537", "a whole number from 0 to 65536"),
        ("memory_pages_max = -1", "a whole number"),
        ("memory_pages_max = 1.5", "a whole number"),
        ("fuel_max = \"much\"", "a whole number"),
        ("fuel_per_second_max = 0", "a whole number from 1 to"),
        ("threads_max = -1", "a whole number"),
        ("start = 1", "true or false"),
        ("spawns = \"a\"", "a list"),
        ("spawns = [\"nobody\"]", "there is no app `nobody`"),
        ("core = 4", "a whole number from 0 to 3"),
        ("priority = \"real-time\"", "did you mean `realtime`?"),
        ("args = \"a\"", "a list"),
        ("args = [1]", "text in quotes"),
        ("args = [\"a\\u0000b\"]", "text without a NUL"),
        ("env = [\"A=B\"]", "a table"),
        ("env = { \"A=B\" = \"1\" }", "has no `=`"),
        ("uses = [\"wazi\"]", "did you mean `wasi`?"),
        ("target = \"wasm64\"", "`wasm64`; there are wasm32-wasip1, "),
        ("module = \"x.wasm\"\ntarget = \"wasm32-wasip1\"", "it has no `target`"),
        ("listens = [80]\nuses = [\"wasi\", \"net\"]", "text in quotes"),
        ("listens = [\"0\"]\nuses = [\"wasi\", \"net\"]", "`0` is no port"),
        ("reaches = [\"*\"]\nuses = [\"wasi\", \"net\"]", "`*` is nobody to reach"),
        ("uses = ", "apps.toml, line 2"),
    ];

    for (line, expected) in cases {
        let message = message(&format!("[hello]\n{line}\n"));
        assert!(message.contains("apps.toml, line 2"), "{line}: {message}");
        assert!(message.contains(expected), "{line}: {message}");
    }
}

#[test]
fn names_that_would_mislead_on_the_console_are_errors() {
    for name in ["kernel", "Hello", "\"a b\"", "\"\"", "a_b", &"x".repeat(33)] {
        let message = message(&format!("[{name}]"));
        assert!(message.contains("line 1"), "{name}: {message}");
    }
}

#[test]
fn a_manifest_without_apps_is_an_error() {
    assert_eq!(message("[system]\nservices = \"all\""), "folder/apps.toml names no app");
}

#[test]
fn a_manifest_that_is_not_there_is_an_error_that_names_it() {
    let error = Manifest::read(Path::new("nowhere/apps.toml")).unwrap_err();

    assert!(format!("{error:#}").contains("nowhere/apps.toml"));
}

#[test]
fn the_manifests_of_this_checkout_are_right() {
    let apps = crate::workspace::root().join("apps");

    for file in ["apps.toml", "demo.toml"] {
        Manifest::read(&apps.join(file)).unwrap();
    }
}
