//! The demos, each at a picture of which it says that it is the same every time.

use super::windows::windowed;
use super::*;
use kernel_core::bundle::{Access, Files, Mount};
use service_files::folder::{self, Content, Item};

/// The program of `apps/NAME`.
fn demo(name: &str) -> Vec<u8> {
    build(&apps().join(name))
}

fn apps() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../apps")
}

/// A demo that shows a picture of its own and then waits.
fn posing<'a>(name: &'a str, module: &'a [u8], args: &[&'a str]) -> App<'a> {
    let mut app = windowed(name, module);
    app.uses.push(Service::System);
    app.args = args.to_vec();
    app.limits.memory_pages_max = 64;
    app
}

/// Boots `apps` one after the other, so that each has its window in the same place every time.
fn boot_in_order(apps: Vec<App<'_>>, board: Board) -> Screen {
    let names: Vec<_> = apps.iter().map(|app| app.name.to_owned()).collect();
    let apps = apps.into_iter().map(|app| App { start: false, ..app }).collect();
    let mut screen = Screen::boot(Packed::new(apps).machine(board));
    shell::enter(&mut screen.qemu);
    for name in &names {
        screen.qemu.send(&format!("run {name}\r"));
        screen.qemu.expect(&format!("{name} | frame"), LIMIT);
    }
    screen
}

#[test]
fn a_desktop_with_four_demos_looks_the_same_on_both_boards() {
    let modules = ["watch", "life", "monitor", "paint"].map(demo);
    let [watch, life, monitor, paint] = &modules;
    for board in Board::ALL {
        let apps = vec![
            posing("watch", watch, &["--time", "10:09:36"]),
            posing("life", life, &["--frame", "40"]),
            posing("monitor", monitor, &["--frame", "60"]),
            posing("paint", paint, &["--frame", "400"]),
        ];
        let mut screen = boot_in_order(apps, board);

        // What of the apps' fuel no window covers.
        screen.expect("desktop", &[Area { x: 516, y: 136, width: 92, height: 31 }]);
    }
}

#[test]
fn a_maze_and_a_film_are_drawn_as_they_were() {
    let [rays, player] = ["rays", "player"].map(demo);
    let film = std::fs::read(apps().join("player/clips/bramble.mpg")).unwrap();
    let content = Content::File(&film);
    let films = folder::pack(&[Item { path: "bramble.mpg", modified_ns: 0, content }]).unwrap();
    let mounts = vec![Mount { at: "/", files: Files::Packed(&films), access: Access::ReadOnly }];
    let mut screen = boot_in_order(
        vec![
            posing("rays", &rays, &["--frame", "60"]),
            App { mounts, ..posing("player", &player, &["/bramble.mpg", "--frame", "66"]) },
        ],
        Board::Raspi3b,
    );

    // Fuel, where no window covers it.
    let fuel = Area { x: 552, y: 136, width: 56, height: 48 };
    screen.expect("film", &[fuel]);
    screen.monitor.chord(&["alt", "tab"]).unwrap();
    screen.expect("maze", &[fuel]);
}
