//! The boots of a real board, read from its console while someone switches it off and on.

use super::wall::minimum_and_median;
use anyhow::{Context, bail};
use nix::fcntl::OFlag;
use nix::sys::termios::{self, BaudRate, ControlFlags, FlushArg, SetArg};
use serde_json::json;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Ends the line that sums up a boot.
const VERDICT: &str = " ms (kernel entry to first Wasm instruction)";

/// The first row of the kernel's table of stages.
const FIRST_ROW: &str = "kernel entry";

/// One boot: its stages with their milliseconds since the kernel's entry.
#[derive(Clone, Debug, Default, PartialEq)]
struct Boot {
    stages: Vec<(String, f64)>,
}

/// Reads `count` boots from the serial port `device`, prints each as it comes, then for each
/// stage the least and the median; all as JSON if `json` is set.
///
/// # Errors
///
/// `device` is no serial port, or ended.
pub(super) fn bench(device: &Path, count: u32, json: bool) -> anyhow::Result<()> {
    let port = open(device).with_context(|| format!("cannot use {}", device.display()))?;
    let mut console = BufReader::new(port);
    let mut boots = Vec::new();
    for number in 1..=count {
        eprintln!("boot {number} of {count}: switch the board off and on");
        let boot = read_boot(&mut console)?;
        if !json {
            print!("{}", boot.to_text());
        }
        boots.push(boot);
    }

    if json {
        println!("{:#}", to_json(&boots));
    } else {
        print!("{}", summary(&boots));
    }
    Ok(())
}

/// The serial port `device` at 115 200 baud, eight bits, no parity, bytes as they are.
fn open(device: &Path) -> anyhow::Result<File> {
    // Not as the terminal that could end this process.
    let flags = OFlag::O_NOCTTY.bits();
    let port = OpenOptions::new().read(true).write(true).custom_flags(flags).open(device)?;
    let mut settings = termios::tcgetattr(&port)?;
    termios::cfmakeraw(&mut settings);
    settings.control_flags.insert(ControlFlags::CLOCAL | ControlFlags::CREAD);
    settings.control_flags.remove(ControlFlags::CSTOPB | ControlFlags::CRTSCTS);
    termios::cfsetspeed(&mut settings, BaudRate::B115200)?;
    termios::tcsetattr(&port, SetArg::TCSANOW, &settings)?;
    // What came before is of a boot that nobody asked for.
    termios::tcflush(&port, FlushArg::TCIFLUSH)?;
    Ok(port)
}

/// The next boot that is told of from its first row to its verdict.
fn read_boot(console: &mut impl BufRead) -> anyhow::Result<Boot> {
    let mut boot = Boot::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        if console.read_until(b'\n', &mut line)? == 0 {
            bail!("the console ended");
        }
        // A board without power sends anything.
        let text = String::from_utf8_lossy(&line);
        if let Some((name, ms)) = stage_of(&text) {
            if name == FIRST_ROW {
                boot.stages.clear();
            }
            boot.stages.push((name.to_owned(), ms));
        } else if text.contains(VERDICT) && !boot.stages.is_empty() {
            return Ok(boot);
        }
    }
}

/// The stage and its milliseconds in a row of the kernel's table.
fn stage_of(line: &str) -> Option<(&str, f64)> {
    let row = line.strip_prefix("  ")?.trim_end().strip_suffix(" ms")?;
    let (name, ms) = row.rsplit_once(' ')?;
    Some((name.trim_end(), ms.parse().ok()?))
}

impl Boot {
    fn to_text(&self) -> String {
        self.stages.iter().map(|(name, ms)| format!("  {name:<20}{ms:>10.3} ms\n")).collect()
    }

    fn ms(&self, stage: &str) -> Option<f64> {
        self.stages.iter().find(|(name, _)| name == stage).map(|(_, ms)| *ms)
    }
}

/// Each stage with its milliseconds in all of `boots`, in the order of the first boot.
fn by_stage(boots: &[Boot]) -> Vec<(&str, Vec<f64>)> {
    let stages = boots.first().map(|boot| boot.stages.as_slice()).unwrap_or_default();
    let all_ms = |name: &str| boots.iter().filter_map(|boot| boot.ms(name)).collect();
    stages.iter().map(|(name, _)| (name.as_str(), all_ms(name))).collect()
}

fn summary(boots: &[Boot]) -> String {
    let mut text = format!("of {} boots         minimum ms    median ms\n", boots.len());
    for (name, all_ms) in by_stage(boots) {
        if let Some((minimum, median)) = minimum_and_median(&all_ms) {
            text += &format!("  {name:<18}{minimum:>10.3}{median:>13.3}\n");
        }
    }
    text
}

fn to_json(boots: &[Boot]) -> serde_json::Value {
    let stages = by_stage(boots).into_iter().filter_map(|(name, all_ms)| {
        let (minimum, median) = minimum_and_median(&all_ms)?;
        Some(json!({ "stage": name, "ms": all_ms, "minimum_ms": minimum, "median_ms": median }))
    });
    json!({ "boots": boots.len(), "stages": stages.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::pty::openpty;
    use nix::unistd::ttyname;
    use std::io::Write;

    const TABLE: &str = "\r
  kernel entry            0.000 ms\r
  first wasm              0.371 ms\r
  first output            0.402 ms\r
boot 0.37 ms (kernel entry to first Wasm instruction), image 675 875 B, heap 928 MiB\r
";

    #[test]
    fn a_boot_is_read_from_its_first_row_to_its_verdict() {
        let console = format!("\u{fffd}x\r\n  heap    9.000 ms\r\nfirst | hi\r\n{TABLE}{TABLE}");
        let mut console = console.as_bytes();

        for _ in 0..2 {
            let boot = read_boot(&mut console).unwrap();
            assert_eq!(boot.stages.len(), 3);
            assert_eq!(boot.ms("first output"), Some(0.402));
        }
        assert!(read_boot(&mut console).is_err());
    }

    #[test]
    fn a_board_that_loses_power_while_it_tells_is_read_from_its_next_boot() {
        let cut = TABLE.split_at(TABLE.len() / 2).0;
        let console = format!("{cut}\r\n{}", TABLE.replace("0.371", "0.500"));

        let boot = read_boot(&mut console.as_bytes()).unwrap();

        assert_eq!((boot.stages.len(), boot.ms("first wasm")), (3, Some(0.5)));
    }

    #[test]
    fn several_boots_are_summed_up_stage_by_stage() {
        let boot = |ms| Boot { stages: vec![("first wasm".to_owned(), ms)] };
        let boots = [boot(0.5), boot(0.25), boot(0.75)];

        let json = to_json(&boots);

        assert_eq!(json["stages"][0]["minimum_ms"], 0.25);
        assert_eq!(json["stages"][0]["median_ms"], 0.5);
        assert!(summary(&boots).contains("0.250        0.500"), "{}", summary(&boots));
    }

    #[test]
    fn a_serial_port_gives_the_bytes_as_they_are() {
        let pty = openpty(None, None).unwrap();
        let port = open(&ttyname(&pty.slave).unwrap()).unwrap();

        let mut board = File::from(pty.master);
        board.write_all(b"\x03one\r\n").unwrap();

        let mut line = Vec::new();
        BufReader::new(port).read_until(b'\n', &mut line).unwrap();
        assert_eq!(line, b"\x03one\r\n");
    }

    #[test]
    fn what_is_no_serial_port_is_an_error() {
        assert!(open(Path::new("/dev/null")).is_err());
    }
}
