//! How a run ended: the kernel's word for it, the exit code, what the user is told.

use std::time::Duration;

/// Exit code for a machine, or a host, that failed.
pub(crate) const EXIT_FAILED: u8 = 125;

/// Exit code for a program that cannot be run.
pub(super) const EXIT_REFUSED: u8 = 126;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The program ended by itself with this code.
    Exited(u32),
    /// The kernel ended the program; why, as the rest of a sentence that begins with its name.
    Trapped(String),
    /// The kernel could not load the program; why, likewise.
    Refused(String),
    /// The host had the kernel end it.
    Stopped,
    /// The picture that was wanted is taken.
    Photographed,
    /// There is none; why, as a sentence.
    NoPicture(String),
    /// It did not end in time.
    TimedOut(Duration),
    /// The user ended it.
    Interrupted,
    /// Nobody reads its output any more.
    OutputClosed,
    /// The machine failed; what is known about it.
    MachineFailed(String),
}

impl Ending {
    /// Reads what the kernel wrote; `None` if that is no ending.
    pub(super) fn parse(result: &str) -> Option<Self> {
        let result = result.trim_end();
        if result == "stopped" {
            return Some(Self::Stopped);
        }
        let (kind, rest) = result.split_once(' ')?;
        match kind {
            "exit" => rest.parse().ok().map(Self::Exited),
            "trap" => Some(Self::Trapped(rest.to_owned())),
            "refused" => Some(Self::Refused(rest.to_owned())),
            _ => None,
        }
    }

    /// Whether the program was loaded and its folders with it, so that they come back.
    pub(super) fn was_loaded(&self) -> bool {
        !matches!(self, Self::Refused(_))
    }

    /// The exit code of `bramble`. Of the program's own, the host can show the low byte.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Exited(code) => *code as u8,
            Self::TimedOut(_) | Self::Stopped => 124,
            Self::Photographed => 0,
            Self::MachineFailed(_) | Self::NoPicture(_) => EXIT_FAILED,
            Self::Refused(_) => EXIT_REFUSED,
            Self::Interrupted => 130,
            Self::Trapped(_) => 134,
            Self::OutputClosed => 141,
        }
    }

    /// What to say on stderr about the end of the program `name`, if anything.
    pub(super) fn message(&self, name: &str) -> Option<String> {
        match self {
            Self::Exited(_)
            | Self::Stopped
            | Self::Photographed
            | Self::Interrupted
            | Self::OutputClosed => None,
            Self::NoPicture(why) => Some(format!("no picture: {why}")),
            Self::Trapped(why) | Self::Refused(why) => Some(format!("{name} {why}")),
            Self::TimedOut(limit) => {
                Some(format!("{name} did not end within {} s", limit.as_secs_f64()))
            }
            Self::MachineFailed(report) => Some(format!("the machine failed: {report}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_word_becomes_an_exit_code_and_a_sentence() {
        let trap = Ending::parse("trap trapped: integer divide by zero\n").unwrap();
        let refused = Ending::parse("refused is cut short").unwrap();

        assert_eq!(Ending::parse("exit 7\n").unwrap().exit_code(), 7);
        assert_eq!(trap.exit_code(), 134);
        assert_eq!(trap.message("a").as_deref(), Some("a trapped: integer divide by zero"));
        assert_eq!(refused.exit_code(), 126);
        assert_eq!(refused.message("a").as_deref(), Some("a is cut short"));
    }

    #[test]
    fn a_program_that_ends_by_itself_gets_no_comment() {
        assert_eq!(Ending::Exited(1).message("a"), None);
    }

    #[test]
    fn anything_else_is_no_ending() {
        for wrong in ["", "exit", "exit x", "exit -1", "done 0", "\n"] {
            assert_eq!(Ending::parse(wrong), None, "{wrong:?}");
        }
    }
}
