//! What each figure may be at most, and what it should become.

/// The one budget that is a ratio: compute against WAMR's fast interpreter.
pub(super) const GEOMEAN: &str = "compute_geomean_vs_wamr_fast";

struct Budget {
    name: &'static str,
    max: f64,
    /// What would be good.
    aim: Option<f64>,
}

const fn budget(name: &'static str, max: f64, aim: Option<f64>) -> Budget {
    Budget { name, max, aim }
}

const BUDGETS: [Budget; 25] = [
    budget("boot_first_wasm_instructions", 600_000.0, Some(350_000.0)),
    budget("boot_first_output_instructions", 800_000.0, None),
    budget("boot_hello_rust_first_output_instructions", 5_000_000.0, Some(2_500_000.0)),
    budget("boot_hello_c_first_output_instructions", 7_000_000.0, Some(3_500_000.0)),
    budget("image_gzip_bytes", 374_999.0, None),
    budget("image_small_flat_bytes", 499_999.0, None),
    budget(GEOMEAN, 0.78, Some(0.69)),
    budget("instance_start_instructions", 60_000.0, Some(25_000.0)),
    budget("parked_guest_bytes", 12_288.0, None),
    budget("file_write_instructions", 1_500.0, None),
    budget("atomic_add_instructions", 600.0, Some(350.0)),
    budget("thread_spawn_instructions", 40_000.0, None),
    budget("thread_wake_instructions", 20_000.0, None),
    budget("thread_wake_other_core_instructions", 20_000.0, None),
    budget("two_threads_apart_permille", 100.0, None),
    budget("switch_instructions", 4_000.0, None),
    budget("tcp_send_instructions_per_kib", 13_800.0, None),
    budget("tcp_receive_instructions_per_kib", 6_400.0, None),
    budget("network_address_ns", 600_000_000.0, None),
    budget("first_picture_instructions", 30_000_000.0, None),
    budget("present_instructions_per_1000_pixels", 1_500.0, None),
    budget("present_2x_instructions_per_1000_pixels", 1_000.0, None),
    budget("window_move_instructions_per_1000_pixels", 2_000.0, None),
    budget("idle_desktop_pixels_per_second", 0.0, None),
    budget("host_call_instructions", 350.0, Some(231.0)),
];

/// A figure against its budget.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    /// The figure's name.
    pub(super) name: &'static str,
    /// What it is; `None` if it was not measured, which meets no budget.
    pub(super) value: Option<f64>,
    /// What it may be at most.
    pub(super) max: f64,
    /// What would be good.
    pub(super) aim: Option<f64>,
}

impl Verdict {
    /// Whether the budget is met.
    pub(super) fn is_met(&self) -> bool {
        self.value.is_some_and(|value| value <= self.max)
    }

    /// By how many per cent of the budget the figure is below it; above it, less than 0. `None` if
    /// there is no figure, or nothing is below the budget.
    pub(super) fn below_percent(&self) -> Option<f64> {
        self.value.filter(|_| self.max > 0.0).map(|value| (self.max - value) / self.max * 100.0)
    }

    /// Whether the aim is reached; `None` if there is none.
    pub(super) fn reaches_aim(&self) -> Option<bool> {
        self.aim.map(|aim| self.value.is_some_and(|value| value <= aim))
    }
}

/// All budgets, held against what `figure` gives for their names.
pub(super) fn verdicts(figure: impl Fn(&str) -> Option<f64>) -> Vec<Verdict> {
    BUDGETS
        .iter()
        .map(|&Budget { name, max, aim }| Verdict { name, value: figure(name), max, aim })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(value: Option<f64>) -> Verdict {
        Verdict { name: "calls", value, max: 200.0, aim: Some(100.0) }
    }

    #[test]
    fn a_budget_is_met_up_to_its_last_unit() {
        assert!(verdict(Some(200.0)).is_met());
        assert!(!verdict(Some(200.5)).is_met());
        assert_eq!(verdict(Some(150.0)).below_percent(), Some(25.0));
        assert_eq!(verdict(Some(300.0)).below_percent(), Some(-50.0));
    }

    #[test]
    fn an_aim_is_more_than_the_budget_asks() {
        assert_eq!(verdict(Some(150.0)).reaches_aim(), Some(false));
        assert_eq!(verdict(Some(100.0)).reaches_aim(), Some(true));
        assert_eq!(Verdict { aim: None, ..verdict(Some(1.0)) }.reaches_aim(), None);
    }

    #[test]
    fn what_was_not_measured_meets_no_budget() {
        assert!(!verdict(None).is_met());
        assert!(verdicts(|_| None).iter().all(|verdict| !verdict.is_met()));
    }

    #[test]
    fn every_figure_is_asked_for_by_its_name() {
        let verdicts = verdicts(|name| (name == GEOMEAN).then_some(0.7));

        let met: Vec<_> = verdicts.iter().filter(|verdict| verdict.is_met()).collect();
        assert_eq!(met.iter().map(|verdict| verdict.name).collect::<Vec<_>>(), [GEOMEAN]);
    }
}
