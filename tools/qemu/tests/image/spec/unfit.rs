//! What is not put to an app, and why.

use std::fmt;

/// Why a directive is not put to an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unfit {
    /// It is about a module that is invalid or malformed.
    Invalid,
    /// It is about an import that nothing fills.
    Unlinkable,
    /// It hands over or expects a reference to something of the host's.
    HostReference,
    /// It depends on what another module did to something that both share.
    Shared,
    /// It is over a limit of the runtime's.
    Limit,
}

impl Unfit {
    pub(super) const ALL: [Self; 5] =
        [Self::Invalid, Self::Unlinkable, Self::HostReference, Self::Shared, Self::Limit];

    /// All that there is to say of it.
    pub(super) fn explanation(self) -> &'static str {
        match self {
            Self::Invalid => "modules that are invalid or malformed are refused on the host",
            Self::Unlinkable => "an app can import from services alone, whatever the type",
            Self::HostReference => "an app cannot make a reference to something of the host's",
            Self::Shared => "each app has one module, with a copy of those it imports from",
            Self::Limit => "one `table.grow` adds 256 elements at most",
        }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invalid => "invalid",
            Self::Unlinkable => "unlinkable",
            Self::HostReference => "host reference",
            Self::Shared => "shared",
            Self::Limit => "limit",
        })
    }
}

/// Directives that an app could do, but not with what the tests expect.
pub(super) struct Exception {
    pub(super) file: &'static str,
    /// Where they begin, counted from 1.
    pub(super) lines: &'static [u32],
    pub(super) reason: Unfit,
}

/// All of them.
pub(super) const EXCEPTIONS: &[Exception] = &[
    Exception { file: "elem.wast", lines: &[599, 600, 612, 613, 614], reason: Unfit::Shared },
    Exception {
        file: "linking.wast",
        lines: &[81, 83, 209, 210, 212, 215, 216, 218, 275, 288, 349, 350, 406, 407, 419, 452, 453],
        reason: Unfit::Shared,
    },
    Exception { file: "memory_grow.wast", lines: &[324, 330], reason: Unfit::Shared },
    Exception { file: "ref_is_null.wast", lines: &[41], reason: Unfit::HostReference },
    Exception { file: "table_grow.wast", lines: &[123, 129], reason: Unfit::Shared },
    Exception { file: "table_grow.wast", lines: &[64], reason: Unfit::Limit },
];

/// Why the directive at `line` of `file` is an exception, if it is one.
pub(super) fn exception(file: &str, line: u32) -> Option<Unfit> {
    let is_there =
        |exception: &&Exception| exception.file == file && exception.lines.contains(&line);
    EXCEPTIONS.iter().find(is_there).map(|exception| exception.reason)
}
