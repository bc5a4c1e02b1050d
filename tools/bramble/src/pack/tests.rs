use super::*;
use crate::manifest::{Services, Source};
use kernel_core::bundle::{Limits, OnCrash, Priority, Restart, Stdin, WhenDone};

fn app(uses: &[Service]) -> App {
    App {
        name: "hello".to_owned(),
        source: Source::Module("hello.wasm".into()),
        args: vec!["one".to_owned()],
        env: vec![("A".to_owned(), "B".to_owned())],
        stdin: Stdin::None,
        uses: uses.to_vec(),
        spawns: Vec::new(),
        mounts: Vec::new(),
        listens: vec!["80".to_owned()],
        reaches: vec!["*:443".to_owned()],
        kiosk: false,
        limits: Limits::default(),
        priority: Priority::Normal,
        core: None,
        start: true,
        restart: Restart::Never,
    }
}

fn pack(app: App, module: &[u8]) -> anyhow::Result<Vec<u8>> {
    let manifest = Manifest {
        services: Services::Used,
        card: false,
        on_crash: OnCrash::Halt,
        when_done: WhenDone::PowerOff,
        network: vec![("address", "10.0.0.7/8".to_owned())],
        apps: vec![app],
    };
    bundle(&manifest, &[Built { module: module.to_vec(), folders: Vec::new() }], 7)
}

/// Why a module with the fields `fields` and a `_start` is not packed for `app`.
fn refusal(app: App, fields: &str) -> String {
    let text = format!("(module {fields} (func (export \"_start\")))");
    format!("{:#}", pack(app, &wat::parse_str(text).unwrap()).unwrap_err())
}

fn import(module: &str, name: &str, signature: &str) -> String {
    format!("(import \"{module}\" \"{name}\" (func {signature}))")
}

const FD_WRITE: &str = "(param i32 i32 i32 i32) (result i32)";

#[test]
fn a_bundle_holds_what_the_manifest_says() {
    let text = format!(
        "(module {} (func (export \"_start\")))",
        import("wasi_snapshot_preview1", "fd_write", FD_WRITE)
    );
    let module = wat::parse_str(text).unwrap();

    let bytes = pack(app(&[Service::Wasi]), &module).unwrap();

    let bundle = Bundle::read(&bytes).unwrap();
    assert_eq!((bundle.packed_at_s, bundle.on_crash), (7, OnCrash::Halt));
    assert_eq!(bundle.when_done, WhenDone::PowerOff);
    let packed = &bundle.apps[0];
    assert_eq!((packed.name, &packed.args[..]), ("hello", &["one"][..]));
    assert_eq!(packed.env, [("A", "B")]);
    assert_eq!(packed.uses, [Service::Wasi]);
    assert_eq!((&packed.listens[..], &packed.reaches[..]), (&["80"][..], &["*:443"][..]));
    assert_eq!(bundle.network, [("address", "10.0.0.7/8")]);
    assert_eq!(packed.module, module);
}

#[test]
fn programs_of_the_older_snapshot_are_packed() {
    let text = format!(
        "(module {} (func (export \"_start\")))",
        import("wasi_unstable", "fd_write", FD_WRITE)
    );

    assert!(pack(app(&[Service::Wasi]), &wat::parse_str(text).unwrap()).is_ok());
}

#[test]
fn programs_with_wasmedges_sockets_are_packed() {
    let calls = [
        ("sock_accept", "(param i32 i32) (result i32)"),
        ("sock_open", "(param i32 i32 i32) (result i32)"),
    ];
    let imports = calls.map(|(name, ty)| import("wasi_snapshot_preview1", name, ty)).concat();
    let text = format!("(module {imports} (func (export \"_start\")))");

    assert!(pack(app(&[Service::Wasi]), &wat::parse_str(text).unwrap()).is_ok());
}

#[test]
fn an_import_that_is_not_granted_is_an_error_that_names_app_import_and_service() {
    let import = import("wasi_snapshot_preview1", "fd_write", FD_WRITE);

    assert_eq!(
        refusal(app(&[]), &import),
        "the app `hello` cannot be packed: it imports `fd_write` from `wasi_snapshot_preview1`, \
         which it is not granted: add \"wasi\" to its `uses`"
    );
}

#[test]
fn an_import_that_no_service_has_is_an_error() {
    let cases = [
        ("env", "fd_write"),
        ("wasi_snapshot_preview1", "fd_wrote"),
        ("wasi_unstable", "sock_accept"),
    ];

    for (module, name) in cases {
        let message = refusal(app(&[Service::Wasi]), &import(module, name, FD_WRITE));
        assert!(message.contains("which no service has"), "{message}");
        assert!(message.contains(&format!("`{name}` from `{module}`")), "{message}");
    }
}

#[test]
fn an_import_of_another_type_is_an_error_that_shows_both() {
    let wrong = import("wasi_snapshot_preview1", "fd_write", "(param i32 i64) (result f32)");

    let message = refusal(app(&[Service::Wasi]), &wrong);
    assert!(message.contains("as (iI) -> (?), which is (iiii) -> (i)"), "{message}");
}

#[test]
fn an_import_that_is_no_function_is_an_error() {
    let memory = "(import \"wasi_snapshot_preview1\" \"fd_write\" (memory 1))";

    let message = refusal(app(&[Service::Wasi]), memory);
    assert!(message.contains("as no function"), "{message}");
}

#[test]
fn a_module_past_one_of_its_limits_is_an_error_that_names_the_key() {
    let nops = "nop ".repeat(100);
    let cases = [
        (
            Limits { memory_pages_max: 1, ..Limits::default() },
            "(memory 2)",
            "its memory takes 2 pages of 64 KiB, and `memory_pages_max` is 1: raise it to 2",
        ),
        (
            Limits { table_elements_max: 1, ..Limits::default() },
            "(table 2 funcref)",
            "table_elements_max",
        ),
        (
            Limits { function_bytes_max: 99, ..Limits::default() },
            &format!("(func {nops})"),
            "function_bytes_max",
        ),
        (Limits { module_bytes_max: 9, ..Limits::default() }, "", "module_bytes_max"),
    ];

    for (limits, fields, key) in cases {
        let message = refusal(App { limits, ..app(&[]) }, fields);
        assert!(message.contains(key), "{message}");
    }
}

#[test]
fn what_the_kernel_cannot_run_is_an_error() {
    let cases: [(&[u8], &str); 4] = [
        (b"no module at all", "magic header"),
        (b"\0asm\x0d\0\x01\0", "it is a component"),
        (b"\0asm\x01\0\0\0", "no `_start`"),
        // A type section that promises more than there is.
        (b"\0asm\x01\0\0\0\x01\x7f", "unexpected end"),
    ];

    for (module, expected) in cases {
        let message = format!("{:#}", pack(app(&[]), module).unwrap_err());
        assert!(message.contains(expected), "{expected}: {message}");
    }
}

#[test]
fn a_module_with_a_body_of_the_wrong_type_is_an_error() {
    let message = refusal(app(&[]), "(func (result i32))");

    assert!(message.contains("type mismatch"), "{message}");
}

#[test]
fn an_instruction_that_the_interpreter_has_not_is_an_error() {
    let message = refusal(app(&[]), "(memory 1 1 shared)");

    assert!(message.contains("threads"), "{message}");
}
