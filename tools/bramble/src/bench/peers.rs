//! What others need for the same work: `bench/peers.toml`, and ratios to it.

use super::figures::Figures;
use super::programs::COMPUTE;
use anyhow::Context;
use toml::{Table, Value};

const TEXT: &str = include_str!("../../bench/peers.toml");

/// The one that the budget is held against.
const WAMR_FAST: &str = "WAMR fast";

/// Printed, but too short to count: it is all start and no work.
const NOT_COUNTED: &str = "hello";

/// All peers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Peers {
    /// Those that boot.
    pub(super) boots: Vec<BootPeer>,
    /// Those that compute.
    pub(super) engines: Vec<Engine>,
    /// Those on a network.
    pub(super) networks: Vec<NetworkPeer>,
}

/// A system on the network of an emulated board.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NetworkPeer {
    /// Its name.
    pub(super) name: String,
    figures: Table,
}

/// A system that boots and runs a Wasm program.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BootPeer {
    /// Its name.
    pub(super) name: String,
    /// Instructions from the kernel's entry to the program's first output.
    pub(super) instructions: u64,
    /// Size of its image.
    pub(super) image_bytes: u64,
}

/// An engine, or a compiler, that runs the programs that compute.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Engine {
    /// Its name.
    pub(super) name: String,
    /// Millions of instructions for each program of [`COMPUTE`], in its order; `None` for one
    /// that it does not run.
    millions: Vec<Option<f64>>,
}

impl Peers {
    /// The peers that we know.
    ///
    /// # Errors
    ///
    /// The table is not as it should be.
    pub(super) fn ours() -> anyhow::Result<Self> {
        Self::parse(TEXT).context("in tools/bramble/bench/peers.toml")
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let table: Table = text.parse()?;
        let entries = |key: &str| {
            let list = table.get(key).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(Value::as_table)
        };
        Ok(Self {
            boots: entries("boot").map(BootPeer::read).collect::<anyhow::Result<_>>()?,
            engines: entries("compute").map(Engine::read).collect::<anyhow::Result<_>>()?,
            networks: entries("network").map(NetworkPeer::read).collect::<anyhow::Result<_>>()?,
        })
    }

    /// The mean ratio of our compute figures to those of WAMR's fast interpreter.
    pub(super) fn geomean_vs_wamr_fast(&self, figures: &Figures) -> Option<f64> {
        self.engines.iter().find(|engine| engine.name == WAMR_FAST)?.geomean(figures)
    }
}

impl BootPeer {
    fn read(table: &Table) -> anyhow::Result<Self> {
        let number = |key: &str| {
            let number = table.get(key).and_then(Value::as_integer);
            number.and_then(|number| number.try_into().ok()).with_context(|| format!("no `{key}`"))
        };
        Ok(Self {
            name: name_of(table)?,
            instructions: number("instructions")?,
            image_bytes: number("image_bytes")?,
        })
    }
}

impl NetworkPeer {
    fn read(table: &Table) -> anyhow::Result<Self> {
        Ok(Self { name: name_of(table)?, figures: table.clone() })
    }

    /// What it needs or gives of what the row `name` is about, if that is known.
    pub(super) fn figure(&self, name: &str) -> Option<f64> {
        self.figures.get(name).and_then(Value::as_float)
    }
}

impl Engine {
    fn read(table: &Table) -> anyhow::Result<Self> {
        let millions = |name: &str| table.get(name).and_then(Value::as_float);
        Ok(Self {
            name: name_of(table)?,
            millions: COMPUTE.iter().map(|(name, _)| millions(name)).collect(),
        })
    }

    /// Our instructions divided by this engine's, for each program of [`COMPUTE`].
    pub(super) fn ratios(&self, figures: &Figures) -> Vec<(&'static str, Option<f64>)> {
        let ratio = |name: &str, millions: Option<f64>| {
            let ours = figures.get(&format!("compute_instructions.{name}"))?;
            Some(ours as f64 / (millions? * 1e6))
        };
        let programs = COMPUTE.iter().zip(&self.millions);
        programs.map(|((name, _), millions)| (*name, ratio(name, *millions))).collect()
    }

    /// The geometric mean of the ratios that count; `None` without any.
    pub(super) fn geomean(&self, figures: &Figures) -> Option<f64> {
        let ratios = self.ratios(figures).into_iter().filter(|(name, _)| *name != NOT_COUNTED);
        geomean(ratios.filter_map(|(_, ratio)| ratio))
    }
}

fn name_of(table: &Table) -> anyhow::Result<String> {
    let name = table.get("name").and_then(Value::as_str).context("an entry without a name")?;
    Ok(name.to_owned())
}

/// The geometric mean of `values`; `None` without any.
fn geomean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value.ln(), count + 1));
    (count > 0).then(|| (sum / f64::from(count)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Figures that are `factor` times those of `engine`.
    fn figures(engine: &Engine, factor: f64) -> Figures {
        let mut figures = Figures::default();
        for ((name, _), millions) in COMPUTE.iter().zip(&engine.millions) {
            let instructions = millions.unwrap_or(1.0) * 1e6 * factor;
            figures.add(&format!("compute_instructions.{name}"), instructions as u64);
        }
        figures
    }

    fn engine(name: &str) -> Engine {
        let engines = Peers::ours().unwrap().engines;
        engines.into_iter().find(|engine| engine.name == name).unwrap()
    }

    fn is_near(one: Option<f64>, other: f64) -> bool {
        one.is_some_and(|one| (one - other).abs() < 1e-3)
    }

    #[test]
    fn a_geometric_mean_weighs_ratios_alike() {
        assert!(is_near(geomean([0.5, 2.0].into_iter()), 1.0));
        assert!(is_near(geomean([2.0, 8.0].into_iter()), 4.0));
        assert_eq!(geomean(std::iter::empty()), None);
    }

    #[test]
    fn half_the_instructions_of_an_engine_are_a_ratio_of_a_half() {
        let wamr = engine(WAMR_FAST);
        let figures = figures(&wamr, 0.5);

        assert!(wamr.ratios(&figures).into_iter().all(|(_, ratio)| is_near(ratio, 0.5)));
        assert!(is_near(Peers::ours().unwrap().geomean_vs_wamr_fast(&figures), 0.5));
    }

    #[test]
    fn the_table_agrees_with_the_means_that_were_published_with_it() {
        let wamr = engine(WAMR_FAST);

        for (name, published) in [("native gcc -O2", 0.08), ("wasmi -O3, no fuel", 0.60)] {
            let mean = wamr.geomean(&figures(&engine(name), 1.0)).unwrap();
            assert!((mean - published).abs() < 0.006, "{name}: {mean}");
        }
    }

    #[test]
    fn a_program_that_a_peer_does_not_run_does_not_count() {
        let original = engine("original stack");
        let figures = figures(&original, 2.0);

        assert_eq!(original.ratios(&figures).last(), Some(&("membulk", None)));
        assert!(is_near(original.geomean(&figures), 2.0));
    }

    #[test]
    fn an_entry_that_lacks_something_is_an_error() {
        assert!(Peers::parse("[[boot]]\nname = \"x\"\ninstructions = 1").is_err());
        assert!(Peers::parse("[[compute]]\nfib = 1.0").is_err());
    }
}
