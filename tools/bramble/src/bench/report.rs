//! The figures as a table for people and as JSON for programs.

use super::budgets::{GEOMEAN, Verdict};
use super::figures::Figures;
use super::network::Speeds;
use super::parallel::SpeedUps;
use super::peers::Peers;
use super::programs::COMPUTE;
use super::wall::minimum_and_median;
use kernel_core::ledger::Grouped;
use serde_json::{Value, json};
use std::fmt::Write;

/// Width of the columns with names and of those with numbers.
const NAME: usize = 44;
const NUMBER: usize = 13;

/// All that was measured.
pub(super) struct Report<'a> {
    /// What was counted.
    pub(super) figures: &'a Figures,
    /// What a clock gave.
    pub(super) wall: Wall,
    /// What others need.
    pub(super) peers: &'a Peers,
    /// The figures against their budgets.
    pub(super) verdicts: &'a [Verdict],
}

/// What differs from run to run, and is held to no budget.
pub(super) struct Wall {
    /// Milliseconds of each boot.
    pub(super) boots_ms: Vec<u64>,
    /// Two cores against one.
    pub(super) speed_ups: SpeedUps,
    /// The network.
    pub(super) speeds: Speeds,
}

impl Wall {
    /// The rows with places, by name.
    fn rows(&self) -> [(&'static str, &[f64]); 5] {
        let SpeedUps { threads, apps } = &self.speed_ups;
        let Speeds { sent, received, pings_ms } = &self.speeds;
        [
            ("speed_up_of_two_threads_wall", threads),
            ("speed_up_of_two_apps_wall", apps),
            ("tcp_send_wall_mb_per_s", sent),
            ("tcp_receive_wall_mb_per_s", received),
            ("ping_wall_ms", pings_ms),
        ]
    }
}

impl Report<'_> {
    /// For programs: an object with a member for each figure.
    pub(super) fn to_json(&self) -> Value {
        let mut json = self.figures.to_json();
        let mut add = |name: &str, value: Value| json.insert(name.to_owned(), value);

        add("boots_wall_ms", self.wall.boots_ms.clone().into());
        if let Some((minimum, median)) = minimum_and_median(&self.wall.boots_ms) {
            add("boots_wall_ms_minimum", minimum.into());
            add("boots_wall_ms_median", median.into());
        }
        for (name, runs) in self.wall.rows() {
            add(name, runs.into());
            if let Some((_, median)) = minimum_and_median(runs) {
                add(&format!("{name}_median"), median.into());
            }
        }
        add(GEOMEAN, self.peers.geomean_vs_wamr_fast(self.figures).into());
        add("compute_ratios", self.compute_ratios());
        add("boot_first_output_ratios", self.boot_ratios());
        add("budgets", self.verdicts.iter().map(verdict_to_json).collect());
        json.into()
    }

    fn compute_ratios(&self) -> Value {
        let engines = self.peers.engines.iter().map(|engine| {
            let ratios = engine.ratios(self.figures).into_iter();
            let mut ratios: serde_json::Map<_, _> =
                ratios.map(|(name, ratio)| (name.to_owned(), ratio.into())).collect();
            ratios.insert("geomean".to_owned(), engine.geomean(self.figures).into());
            (engine.name.clone(), ratios.into())
        });
        Value::Object(engines.collect())
    }

    fn boot_ratios(&self) -> Value {
        let ours = self.figures.get("boot_first_output_instructions");
        let peers = self.peers.boots.iter().map(|peer| {
            let ratio = ours.map(|ours| ours as f64 / peer.instructions as f64);
            (peer.name.clone(), ratio.into())
        });
        Value::Object(peers.collect())
    }

    /// For people.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        // A `String` takes all that is written to it.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        self.write_figures(text)?;
        self.write_sizes(text)?;
        self.write_boot_peers(text)?;
        self.write_compute(text)?;
        self.write_budgets(text)
    }

    fn write_figures(&self, text: &mut String) -> std::fmt::Result {
        for (name, value) in self.figures.single() {
            writeln!(text, "{name:<NAME$}{:>NUMBER$}", grouped(value))?;
        }
        let boots: Vec<_> = self.wall.boots_ms.iter().map(u64::to_string).collect();
        if let Some((minimum, median)) = minimum_and_median(&self.wall.boots_ms) {
            let name = "boots_wall_ms";
            writeln!(text, "{name:<NAME$}{:>NUMBER$}", boots.join(" "))?;
            writeln!(text, "{:<NAME$}{minimum:>NUMBER$}", "  minimum")?;
            writeln!(text, "{:<NAME$}{median:>NUMBER$}", "  median")?;
        }
        for (name, runs) in self.wall.rows() {
            let listed: Vec<_> = runs.iter().map(|run| format!("{run:.2}")).collect();
            writeln!(text, "{name:<NAME$}{:>NUMBER$}", listed.join(" "))?;
            if let Some((_, median)) = minimum_and_median(runs) {
                writeln!(text, "{:<NAME$}{median:>NUMBER$.2}", "  median")?;
            }
            for peer in &self.peers.networks {
                if let Some(figure) = peer.figure(name) {
                    writeln!(text, "  {:<width$}{figure:>NUMBER$.2}", peer.name, width = NAME - 2)?;
                }
            }
        }
        Ok(())
    }

    fn write_sizes(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "\n{:<NAME$}{:>NUMBER$}{:>NUMBER$}", "image by crate", "flat B", "gzip B")?;
        for (name, gzip_bytes) in self.figures.members("image_gzip_bytes_of") {
            let flat_bytes = self.figures.get(&format!("image_flat_bytes_of.{name}"));
            let (flat, gzip) = (grouped(flat_bytes.unwrap_or(0)), grouped(gzip_bytes));
            writeln!(text, "  {name:<42}{flat:>NUMBER$}{gzip:>NUMBER$}")?;
        }
        Ok(())
    }

    fn write_boot_peers(&self, text: &mut String) -> std::fmt::Result {
        let Some(ours) = self.figures.get("boot_first_output_instructions") else { return Ok(()) };
        let columns = ["instructions", "image B", "Bramble is"];
        write!(text, "\n{:<NAME$}", "first output, beside others")?;
        write_columns(text, columns.map(str::to_owned))?;
        for peer in &self.peers.boots {
            let ratio = ours as f64 / peer.instructions as f64;
            let columns = [
                grouped(peer.instructions),
                grouped(peer.image_bytes),
                format!("{ratio:.4} of it"),
            ];
            write!(text, "  {:<42}", peer.name)?;
            write_columns(text, columns)?;
        }
        Ok(())
    }

    fn write_compute(&self, text: &mut String) -> std::fmt::Result {
        write!(text, "\n{:<20}", "compute")?;
        for (name, _) in COMPUTE {
            write!(text, "{name:>12}")?;
        }
        writeln!(text, "{:>9}", "geomean")?;

        write!(text, "{:<20}", "  million instr.")?;
        for (_, instructions) in self.figures.members("compute_instructions") {
            write!(text, "{:>12.2}", instructions as f64 / 1e6)?;
        }
        writeln!(text, "\n  divided by")?;
        for engine in &self.peers.engines {
            write!(text, "  {:<18}", engine.name)?;
            for (_, ratio) in engine.ratios(self.figures) {
                write!(
                    text,
                    "{:>12}",
                    ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2}"))
                )?;
            }
            writeln!(text, "{:>9.2}", engine.geomean(self.figures).unwrap_or(f64::NAN))?;
        }
        Ok(())
    }

    fn write_budgets(&self, text: &mut String) -> std::fmt::Result {
        write!(text, "\n{:<NAME$}", "budgets")?;
        write_columns(text, ["is", "may be", "aim"].map(str::to_owned))?;
        for verdict in self.verdicts {
            let number = |value: Option<f64>| value.map_or("–".to_owned(), plain);
            let columns = [verdict.value, Some(verdict.max), verdict.aim].map(number);
            write!(text, "  {:<42}", verdict.name)?;
            for column in columns {
                write!(text, "{column:>NUMBER$}")?;
            }
            writeln!(text, "  {}", in_words(verdict))?;
        }
        Ok(())
    }
}

fn write_columns(text: &mut String, columns: [String; 3]) -> std::fmt::Result {
    for column in columns {
        write!(text, "{column:>NUMBER$}")?;
    }
    writeln!(text)
}

fn in_words(verdict: &Verdict) -> String {
    if verdict.value.is_none() {
        return "NOT MEASURED".to_owned();
    }
    // Nothing is below a budget of nothing.
    let Some(below) = verdict.below_percent() else {
        return if verdict.is_met() { "met" } else { "NOT MET" }.to_owned();
    };
    match (verdict.is_met(), verdict.reaches_aim()) {
        (false, _) => format!("NOT MET, by {:.1} %", -below),
        (true, Some(true)) => format!("met, {below:.1} % below; the aim is reached"),
        (true, _) => format!("met, {below:.1} % below"),
    }
}

fn verdict_to_json(verdict: &Verdict) -> Value {
    json!({
        "name": verdict.name,
        "value": verdict.value,
        "budget": verdict.max,
        "aim": verdict.aim,
        "met": verdict.is_met(),
        "aim_reached": verdict.reaches_aim(),
        "below_percent": verdict.below_percent(),
    })
}

/// A whole number with its thousands apart, a ratio with its places.
fn plain(value: f64) -> String {
    if value.fract() == 0.0 { grouped(value as u64) } else { format!("{value:.3}") }
}

fn grouped(value: u64) -> String {
    Grouped(value).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::budgets;

    fn figures() -> Figures {
        let mut figures = Figures::default();
        figures.add("boot_first_output_instructions", 775_000);
        figures.add("host_call_instructions", 400);
        for (name, _) in COMPUTE {
            figures.add(&format!("compute_instructions.{name}"), 1_000_000);
        }
        figures
    }

    #[test]
    fn people_and_programs_are_told_the_same() {
        let (figures, peers) = (figures(), Peers::ours().unwrap());
        let verdicts = budgets::verdicts(|name| figures.get(name).map(|value| value as f64));
        let speed_ups = SpeedUps { threads: vec![1.9, 1.7, 1.8], apps: vec![] };
        let speeds = Speeds { sent: vec![8.5], ..Speeds::default() };
        let wall = Wall { boots_ms: vec![7, 5, 6], speed_ups, speeds };
        let report = Report { figures: &figures, wall, peers: &peers, verdicts: &verdicts };

        let (json, text) = (report.to_json(), report.to_text());

        assert_eq!(json["boots_wall_ms"], json!([7, 5, 6]));
        assert_eq!(json["boots_wall_ms_median"], 6);
        assert_eq!(json["speed_up_of_two_threads_wall_median"], 1.8);
        assert!(text.contains("1.90 1.70 1.80"), "{text}");
        assert!(
            text.contains(&format!("  {:<42}{:>13}", peers.networks[0].name, "0.14")),
            "{text}"
        );
        assert_eq!(json["tcp_send_wall_mb_per_s"], json!([8.5]));
        assert_eq!(json["compute_instructions"]["fib"], 1_000_000);
        assert_eq!(json["boot_first_output_ratios"][&peers.boots[0].name], 0.5);
        let call = json["budgets"].as_array().unwrap().last().unwrap();
        assert_eq!((call["met"].as_bool(), call["budget"].as_f64()), (Some(false), Some(350.0)));
        assert!(text.contains("775 000") && text.contains("0.5000 of it"), "{text}");
        assert!(text.contains("met, 3.1 % below") && text.contains("NOT MET, by 14.3 %"), "{text}");
    }

    #[test]
    fn a_budget_of_nothing_is_met_by_nothing() {
        let verdict = |value| Verdict { name: "idle", value, max: 0.0, aim: None };

        assert_eq!(in_words(&verdict(Some(0.0))), "met");
        assert_eq!(in_words(&verdict(Some(1.0))), "NOT MET");
        assert_eq!(in_words(&verdict(None)), "NOT MEASURED");
    }

    #[test]
    fn a_ratio_has_places_and_a_count_has_none() {
        assert_eq!((plain(0.78), plain(600_000.0)), ("0.780".into(), "600 000".into()));
    }
}
