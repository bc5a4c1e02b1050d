//! What the machine is doing, each second: cores, fuel, memory, network.
//!
//! `--frame N` shows made-up readings of N seconds, and stays there.

#![forbid(unsafe_code)]

mod graph;
mod reading;

use app_guest::Errno;
use app_guest::display::{Event, Size, Surface, Window, look};
use graph::Graph;
use reading::Reading;
use std::time::{Duration, Instant};

const WIDTH: u32 = 312;
const MARGIN: u32 = 8;
const ROW_HEIGHT: u32 = 32;
const PERIOD: Duration = Duration::from_secs(1);

struct Monitor {
    surface: Surface,
    graphs: Vec<Graph>,
    last: Reading,
}

impl Monitor {
    /// A window with a graph for whatever there is in `first`.
    fn open(first: Reading) -> Result<Self, Errno> {
        let cores =
            (0..first.cores_s.len()).map(|core| Graph::new(format!("core {core}"), "%", 100.0));
        let others = [
            Graph::new("fuel".into(), "M/s", 1.0),
            Graph::new("memory".into(), "MiB", first.memory_mib),
            Graph::new("received".into(), "KB/s", 1.0),
            Graph::new("sent".into(), "KB/s", 1.0),
        ];
        let graphs: Vec<_> = cores.chain(others).collect();
        let height = graphs.len() as u32 * ROW_HEIGHT + MARGIN;
        let surface = Surface::open("monitor", Size { width: WIDTH, height }, Window::Framed)?;
        Ok(Self { surface, graphs, last: first })
    }

    /// Draws what is the same for ever, and all graphs.
    fn show_all(&self) {
        self.surface.clear(look::PANEL);
        for (row, graph) in self.graphs.iter().enumerate() {
            graph.show_name(&self.surface, top_of(row));
            graph.show(&self.surface, top_of(row));
        }
    }

    /// Adds what has happened since the last reading.
    fn add(&mut self, reading: Reading) {
        let values = reading.since(&self.last);
        self.graphs.iter_mut().zip(values).for_each(|(graph, value)| graph.add(value));
        self.last = reading;
    }

    fn show(&self) {
        let rows = self.graphs.iter().enumerate();
        rows.for_each(|(row, graph)| graph.show(&self.surface, top_of(row)));
    }
}

fn main() -> Result<(), Errno> {
    let frame = app_guest::option::<u32>("--frame");
    let first = if frame.is_some() { Reading::made_up(0) } else { Reading::now()? };
    let mut monitor = Monitor::open(first)?;
    (1..=frame.unwrap_or(0)).for_each(|second| monitor.add(Reading::made_up(second)));
    monitor.show_all();
    frame.iter().for_each(|frame| println!("frame {frame}"));
    let mut next = Instant::now() + PERIOD;
    loop {
        let event = match frame {
            Some(_) => Some(monitor.surface.wait_event()),
            None => monitor.surface.wait_event_for(next.saturating_duration_since(Instant::now())),
        };
        match event {
            Some(Event::Close) => return Ok(()),
            Some(Event::Resize { .. }) => monitor.show_all(),
            Some(_) => {}
            None => {
                monitor.add(Reading::now()?);
                monitor.show();
                next = Instant::now() + PERIOD;
            }
        }
    }
}

fn top_of(row: usize) -> i32 {
    (MARGIN + row as u32 * ROW_HEIGHT).cast_signed()
}
