//! Why a module cannot run, and how a guest ended, in words for the console.

use alloc::{boxed::Box, string::ToString};
use core::fmt::{self, Write};
use wasmi::{TrapCode, errors::ErrorKind};
use wasmparser::BinaryReaderError;

/// Why a module cannot run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// The bytes are something else.
    NotWasm,
    /// The bytes end before the module does.
    Truncated {
        /// How many there are.
        bytes: usize,
    },
    /// A component, not a module.
    Component,
    /// A module of a version other than 1.
    UnknownVersion,
    /// The module breaks a rule of WebAssembly or uses a part of it that is not supported.
    Invalid {
        /// What is wrong, in wasmparser's or wasmi's words.
        reason: Box<str>,
        /// Where in the module, in bytes, if that is known.
        offset: Option<usize>,
    },
    /// The module is larger than the app may have it.
    ModuleTooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// A function's body is larger than the app may have it.
    FunctionTooLarge {
        /// Its number among the functions with a body.
        function: u32,
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// The module's memory begins larger than the app may have it.
    MemoryTooLarge {
        /// Pages of 64 KiB that it begins with.
        pages: u64,
        /// The limit.
        pages_max: u32,
    },
    /// The module's tables begin larger than the app may have them.
    TableTooLarge {
        /// Elements that they begin with.
        elements: u64,
        /// The limit.
        elements_max: usize,
    },
    /// The machine has not got the memory.
    OutOfMemory {
        /// How much was needed at once.
        bytes: usize,
    },
    /// Nothing that the app may use has this name.
    UnknownImport {
        /// What the module wants: a function, memory, table or global.
        kind: &'static str,
        /// First name of the import.
        module: Box<str>,
        /// Second name of the import.
        name: Box<str>,
    },
    /// There is a function of this name, but of another type.
    WrongImportType {
        /// First name of the import.
        module: Box<str>,
        /// Second name of the import.
        name: Box<str>,
        /// The type that the module wants.
        wanted: Box<str>,
        /// The type that there is.
        offered: Box<str>,
    },
    /// No `_start` to run.
    NoStart {
        /// There is an `_initialize`, so the module is a library.
        library: bool,
    },
    /// `_start` takes or returns values.
    WrongStartType,
    /// What the module puts into a memory or table when it begins does not fit.
    Misfit {
        /// What does not fit.
        what: &'static str,
    },
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotWasm => f.write_str("is not a WebAssembly module"),
            Self::Truncated { bytes } => {
                write!(f, "is cut short: the module ends after byte {bytes}")
            }
            Self::Component => f.write_str(
                "is a WebAssembly component, and only core modules can run here; \
                 build it for wasm32-wasip1",
            ),
            Self::UnknownVersion => f.write_str("is of an unknown version of WebAssembly"),
            Self::Invalid { reason, offset: Some(offset) } => {
                write!(f, "is not a valid module: {} (at byte {offset})", Reason(reason))
            }
            Self::Invalid { reason, offset: None } => {
                write!(f, "is not a valid module: {}", Reason(reason))
            }
            Self::ModuleTooLarge { bytes, bytes_max } => {
                write!(f, "is too large: {bytes} bytes, and the limit is {bytes_max}")
            }
            Self::FunctionTooLarge { function, bytes, bytes_max } => write!(
                f,
                "has a function that is too large: number {function} has {bytes} bytes, \
                 and the limit is {bytes_max}"
            ),
            Self::MemoryTooLarge { pages, pages_max } => write!(
                f,
                "asks for too much memory: {pages} pages of 64 KiB, and the limit is {pages_max}"
            ),
            Self::TableTooLarge { elements, elements_max } => write!(
                f,
                "asks for tables that are too large: {elements} elements, \
                 and the limit is {elements_max}"
            ),
            Self::OutOfMemory { bytes } => {
                write!(f, "needs {bytes} bytes of memory, more than the machine has left")
            }
            Self::UnknownImport { kind, module, name } => {
                write!(f, "imports an unknown {kind}: `{}` `{}`", OneLine(module), OneLine(name))
            }
            Self::WrongImportType { module, name, wanted, offered } => write!(
                f,
                "imports `{}` `{}` with the wrong type: \
                 it wants {wanted}, and there is {offered}",
                OneLine(module),
                OneLine(name)
            ),
            Self::NoStart { library: true } => f.write_str(
                "has no `_start` function: it exports `_initialize`, so it is a library \
                 (a reactor), not a program",
            ),
            Self::NoStart { library: false } => {
                f.write_str("has no `_start` function: it is not a WASI program")
            }
            Self::WrongStartType => {
                f.write_str("has a `_start` function that takes or returns values")
            }
            Self::Misfit { what } => write!(f, "cannot begin: {what} does not fit"),
        }
    }
}

impl From<BinaryReaderError> for LoadError {
    fn from(error: BinaryReaderError) -> Self {
        Self::Invalid { reason: error.message().into(), offset: Some(error.offset()) }
    }
}

impl From<wasmi::Error> for LoadError {
    fn from(error: wasmi::Error) -> Self {
        match error.kind() {
            ErrorKind::Wasm(error) => {
                Self::Invalid { reason: error.message().into(), offset: Some(error.offset()) }
            }
            kind => Self::Invalid { reason: words(kind), offset: None },
        }
    }
}

/// What wasmi says of those errors that a module can bring about. The words for the others, of a
/// store or a linker used wrongly, are some kilobytes that nobody would ever read.
fn words(kind: &ErrorKind) -> Box<str> {
    match kind {
        ErrorKind::Message(words) => words.clone(),
        ErrorKind::Translation(error) => error.to_string().into(),
        ErrorKind::Ir(error) => error.to_string().into(),
        ErrorKind::ImplementationLimits(error) => error.to_string().into(),
        _ => "the interpreter does not take it".into(),
    }
}

/// How a guest ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It asked to end with this code, or returned from `_start`, which is 0.
    Exit(u32),
    /// It did what WebAssembly forbids.
    Trap(Trap),
    /// It used up the fuel of its life.
    FuelExhausted {
        /// How much that was.
        fuel_max: u64,
    },
    /// One operation would have taken too long.
    OperationTooLarge {
        /// The fuel that it needed at once.
        fuel: u64,
        /// The limit.
        fuel_max: u64,
    },
    /// The machine has not got the memory that a turn of it may take.
    OutOfMemory {
        /// How much was needed.
        bytes: usize,
    },
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(code) => write!(f, "exited with code {code}"),
            Self::Trap(trap) => write!(f, "trapped: {trap}"),
            Self::FuelExhausted { fuel_max } => {
                write!(f, "used up its {fuel_max} units of fuel")
            }
            Self::OperationTooLarge { fuel, fuel_max } => write!(
                f,
                "was stopped: one operation needs {fuel} units of fuel, and the limit is {fuel_max}"
            ),
            Self::OutOfMemory { bytes } => write!(
                f,
                "was stopped: it may need {bytes} bytes of memory, more than the machine has left"
            ),
        }
    }
}

/// What made a guest trap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trap {
    /// One of WebAssembly's own reasons.
    Code(TrapCode),
    /// A function's code is invalid, found out when it was first called.
    InvalidCode(Box<str>),
    /// A host call failed in a way that is no [`abi::Errno`].
    Host(Box<str>),
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(TrapCode::IndirectCallToNull) => f.write_str("uninitialized element"),
            Self::Code(code) => f.write_str(code.trap_message()),
            Self::InvalidCode(reason) => write!(f, "invalid code: {}", Reason(reason)),
            Self::Host(reason) => write!(f, "host call failed: {}", OneLine(reason)),
        }
    }
}

impl From<&wasmi::Error> for Trap {
    fn from(error: &wasmi::Error) -> Self {
        if let Some(code) = error.as_trap_code() {
            return Self::Code(code);
        }
        match error.kind() {
            ErrorKind::Wasm(error) => Self::InvalidCode(error.message().into()),
            kind @ (ErrorKind::Translation(_)
            | ErrorKind::Ir(_)
            | ErrorKind::ImplementationLimits(_)) => Self::InvalidCode(words(kind)),
            kind => Self::Host(words(kind)),
        }
    }
}

/// Why a module is not valid here, and what to do if the host's packer makes such modules valid.
struct Reason<'a>(&'a str);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        OneLine(self.0).fmt(f)?;
        if PACKED.iter().any(|proposal| self.0.starts_with(proposal)) {
            f.write_str("; pack it with `bramble image`")?;
        }
        Ok(())
    }
}

/// What the interpreter does not take as it is, as wasmparser's reasons begin with it.
const PACKED: [&str; 2] = ["threads ", "tail calls "];

/// Text in which a module may have its say, without the line breaks and other control
/// characters that would make something else of the console than it shows: they are escaped as
/// in Rust.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}
