//! The list of calls: which import of a guest is which method of [`Wasi`].
//!
//! Methods of the same type share one host function that calls through a pointer, and those that
//! nobody calls in a loop share one whatever their type: a function of its own for each would be
//! the larger part of this crate.

use crate::Wasi;
use abi::Errno;
use abi::wasi::{Call, WASI_SNAPSHOT_PREVIEW1, WASI_UNSTABLE, filestat, subscription};
use alloc::boxed::Box;
use runtime::{Caller, Find, GuestMemory, Imports, IntoOutcome, LoadError, Outcome};

/// Which of the two WASI snapshots a program was built for.
#[derive(Clone, Copy)]
enum Snapshot {
    Preview1,
    Unstable,
}

/// Offers the WASI calls that the program imports; `state` finds an app's [`Wasi`] in the app.
///
/// Names that WASI does not know are left to other services.
///
/// # Errors
///
/// [`LoadError::WrongImportType`] if the program imports a call with another type.
pub fn link<T: 'static>(
    imports: &mut Imports<'_, T>,
    state: impl Find<T, Wasi>,
) -> Result<(), LoadError> {
    let snapshots =
        [(WASI_SNAPSHOT_PREVIEW1, Snapshot::Preview1), (WASI_UNSTABLE, Snapshot::Unstable)];

    for (module, snapshot) in snapshots {
        for name in imports.wanted(module) {
            link_one(Import { imports, state, module, name }, snapshot)?;
        }
    }
    Ok(())
}

/// A method of [`Wasi`] that takes its parameters as they come.
type Any = fn(&mut Wasi, &mut GuestMemory<'_>, &[u64]) -> Result<Outcome<Wasi>, Errno>;

/// A method of [`Wasi`] as [`Any`]: its parameters, by any names, are as many as the call's.
macro_rules! any {
    ($method:expr; $($param:ident),*) => {
        |wasi: &mut Wasi, memory: &mut GuestMemory<'_>, args: &[u64]| {
            let &[$($param),*] = args else { return Err(Errno::Invalid) };
            $method(wasi, memory $(, $param as _)*).map(IntoOutcome::into_outcome)
        }
    };
}

/// The same for a method that does nothing with the guest's memory.
macro_rules! plain {
    ($method:expr; $($param:ident),*) => {
        |wasi: &mut Wasi, _: &mut GuestMemory<'_>, args: &[u64]| {
            let &[$($param),*] = args else { return Err(Errno::Invalid) };
            $method(wasi $(, $param as _)*).map(IntoOutcome::into_outcome)
        }
    };
}

fn link_one<T: 'static, F: Find<T, Wasi>>(
    import: Import<'_, '_, T, F>,
    snapshot: Snapshot,
) -> Result<(), LoadError> {
    match import.name {
        "args_get" => import.two(Wasi::args_get),
        "args_sizes_get" => import.two(Wasi::args_sizes_get),
        "environ_get" => import.two(Wasi::environ_get),
        "environ_sizes_get" => import.two(Wasi::environ_sizes_get),
        "clock_res_get" => import.two(Wasi::clock_res_get),
        "clock_time_get" => import.time(Wasi::clock_time_get),
        "fd_advise" => import.any(plain!(Wasi::fd_advise; a, b, c, d)),
        "fd_allocate" => import.any(plain!(Wasi::fd_allocate; a, b, c)),
        "fd_close" => import.one(Wasi::fd_close),
        "fd_datasync" => import.one(Wasi::fd_datasync),
        "fd_fdstat_get" => import.two(Wasi::fd_fdstat_get),
        "fd_fdstat_set_flags" => import.any(plain!(Wasi::fd_fdstat_set_flags; a, b)),
        "fd_fdstat_set_rights" => import.any(plain!(Wasi::fd_fdstat_set_rights; a, b, c)),
        "fd_filestat_get" => import.two(match snapshot {
            Snapshot::Preview1 => Wasi::fd_filestat_get::<{ filestat::BYTES }>,
            Snapshot::Unstable => Wasi::fd_filestat_get::<{ filestat::UNSTABLE_BYTES }>,
        }),
        "fd_filestat_set_size" => import.any(plain!(Wasi::fd_filestat_set_size; a, b)),
        "fd_filestat_set_times" => import.any(plain!(Wasi::fd_filestat_set_times; a, b, c, d)),
        "fd_pread" => import.any(any!(Wasi::fd_pread; a, b, c, d, e)),
        "fd_prestat_dir_name" => import.three(Wasi::fd_prestat_dir_name),
        "fd_prestat_get" => import.two(Wasi::fd_prestat_get),
        "fd_pwrite" => import.any(any!(Wasi::fd_pwrite; a, b, c, d, e)),
        "fd_read" => import.four(Wasi::fd_read),
        "fd_readdir" => import.any(any!(Wasi::fd_readdir; a, b, c, d, e)),
        "fd_renumber" => import.any(plain!(Wasi::fd_renumber; a, b)),
        "fd_seek" => import.any(match snapshot {
            Snapshot::Preview1 => any!(Wasi::fd_seek; a, b, c, d),
            Snapshot::Unstable => any!(Wasi::fd_seek_unstable; a, b, c, d),
        }),
        "fd_sync" => import.one(Wasi::fd_sync),
        "fd_tell" => import.two(Wasi::fd_tell),
        "fd_write" => import.four(Wasi::fd_write),
        "path_create_directory" => import.three(Wasi::path_create_directory),
        "path_filestat_get" => import.any(match snapshot {
            Snapshot::Preview1 => {
                any!(Wasi::path_filestat_get::<{ filestat::BYTES }>; a, b, c, d, e)
            }
            Snapshot::Unstable => {
                any!(Wasi::path_filestat_get::<{ filestat::UNSTABLE_BYTES }>; a, b, c, d, e)
            }
        }),
        "path_filestat_set_times" => {
            import.any(any!(Wasi::path_filestat_set_times; a, b, c, d, e, f, g))
        }
        "path_link" => import.any(any!(Wasi::path_link; a, b, c, d, e, f, g)),
        "path_open" => import.any(any!(Wasi::path_open; a, b, c, d, e, f, g, h, i)),
        "path_readlink" => import.any(any!(Wasi::path_readlink; a, b, c, d, e, f)),
        "path_remove_directory" => import.three(Wasi::path_remove_directory),
        "path_rename" => import.any(any!(Wasi::path_rename; a, b, c, d, e, f)),
        "path_symlink" => import.any(any!(Wasi::path_symlink; a, b, c, d, e)),
        "path_unlink_file" => import.three(Wasi::path_unlink_file),
        "poll_oneoff" => import.four(match snapshot {
            Snapshot::Preview1 => Wasi::poll_oneoff::<{ subscription::BYTES }>,
            Snapshot::Unstable => Wasi::poll_oneoff::<{ subscription::UNSTABLE_BYTES }>,
        }),
        "proc_exit" => import.exit(),
        "proc_raise" => import.one(Wasi::proc_raise),
        "random_get" => import.two(Wasi::random_get),
        "sched_yield" => import.none(Wasi::sched_yield),
        "sock_recv" => import.any(any!(Wasi::sock_recv; a, b, c, d, e, f)),
        "sock_send" => import.any(any!(Wasi::sock_send; a, b, c, d, e)),
        "sock_shutdown" => import.any(plain!(Wasi::sock_shutdown; a, b)),
        "sock_accept" => match (snapshot, import.imports.params(import.module, import.name)) {
            (Snapshot::Preview1, Some(2)) => import.extension(any!(Wasi::sock_accept_plain; a, b)),
            (Snapshot::Preview1, _) => import.any(any!(Wasi::sock_accept; a, b, c)),
            (Snapshot::Unstable, _) => Ok(()),
        },
        _ => link_extension(import),
    }
}

/// The same for WasmEdge's extension.
fn link_extension<T: 'static, F: Find<T, Wasi>>(
    import: Import<'_, '_, T, F>,
) -> Result<(), LoadError> {
    match import.name {
        "sock_open" => import.extension(any!(Wasi::sock_open; a, b, c)),
        "sock_bind" => import.extension(any!(Wasi::sock_bind; a, b, c)),
        "sock_listen" => import.extension(plain!(Wasi::sock_listen; a, b)),
        "sock_connect" => import.extension(any!(Wasi::sock_connect; a, b, c)),
        "sock_recv_from" => import.extension(any!(Wasi::sock_recv_from; a, b, c, d, e, f, g, h)),
        "sock_send_to" => import.extension(any!(Wasi::sock_send_to; a, b, c, d, e, f, g)),
        "sock_getlocaladdr" => import.extension(any!(Wasi::sock_getlocaladdr; a, b, c, d)),
        "sock_getpeeraddr" => import.extension(any!(Wasi::sock_getpeeraddr; a, b, c, d)),
        "sock_getsockopt" => import.extension(any!(Wasi::sock_getsockopt; a, b, c, d, e)),
        "sock_setsockopt" => import.extension(any!(Wasi::sock_setsockopt; a, b, c, d, e)),
        "sock_getaddrinfo" => {
            import.extension(any!(Wasi::sock_getaddrinfo; a, b, c, d, e, f, g, h))
        }
        _ => Ok(()),
    }
}

/// A call that a program imports.
struct Import<'a, 'i, T, F> {
    imports: &'a mut Imports<'i, T>,
    state: F,
    module: &'static str,
    name: &'a str,
}

/// Declares a method of [`Import`] that offers a method of [`Wasi`] with these parameters, which
/// does nothing with the guest's memory.
macro_rules! offers_plain {
    ($kind:ident($($param:ident: $ty:ty),*)) => {
        fn $kind<O: IntoOutcome<Wasi> + 'static>(
            self,
            method: fn(&mut Wasi $(, $ty)*) -> Result<O, Errno>,
        ) -> Result<(), LoadError> {
            let state = self.state;
            let function = move |mut caller: Caller<'_, T> $(, $param: $ty)*| {
                runtime::call_without_memory(&mut caller, state, |wasi| method(wasi $(, $param)*))
            };
            self.imports.offer(self.module, self.name, function)
        }
    };
}

/// The same with the guest's memory.
macro_rules! offers {
    ($kind:ident($($param:ident: $ty:ty),*)) => {
        fn $kind<O: IntoOutcome<Wasi> + 'static>(
            self,
            method: fn(&mut Wasi, &mut GuestMemory<'_> $(, $ty)*) -> Result<O, Errno>,
        ) -> Result<(), LoadError> {
            let state = self.state;
            let function = move |mut caller: Caller<'_, T> $(, $param: $ty)*| {
                runtime::call(&mut caller, state, |memory, wasi| method(wasi, memory $(, $param)*))
            };
            self.imports.offer(self.module, self.name, function)
        }
    };
}

impl<T: 'static, F: Find<T, Wasi>> Import<'_, '_, T, F> {
    offers_plain!(none());
    offers_plain!(one(a: u32));
    offers!(two(a: u32, b: u32));
    offers!(three(a: u32, b: u32, c: u32));
    offers!(four(a: u32, b: u32, c: u32, d: u32));
    offers!(time(id: u32, precision_ns: u64, at: u32));

    /// Offers a call of any type.
    fn any(self, method: Any) -> Result<(), LoadError> {
        let call = abi::wasi::find(self.module, self.name);
        self.call(call, method)
    }

    /// Offers a call of any type of WasmEdge's extension.
    fn extension(self, method: Any) -> Result<(), LoadError> {
        let call = abi::wasmedge::find(self.module, self.name);
        self.call(call, method)
    }

    fn call(self, call: Option<&Call>, method: Any) -> Result<(), LoadError> {
        let Some(call) = call else { return Ok(()) };
        let state = self.state;
        let function = Box::new(move |caller: &mut Caller<'_, T>, args: &[u64]| {
            let answer = runtime::call(caller, state, |memory, wasi| method(wasi, memory, args));
            answer.map(|answer| answer as u64)
        });
        self.imports.offer_any(self.module, self.name, (call.params, call.results), function)
    }

    /// `proc_exit` is the one call that has no result.
    fn exit(self) -> Result<(), LoadError> {
        let state = self.state;
        let function = move |mut caller: Caller<'_, T>, code: u32| {
            let exit =
                runtime::call_without_memory(&mut caller, state, |wasi| wasi.proc_exit(code));
            exit.map(|_| ())
        };
        self.imports.offer(self.module, self.name, function)
    }
}
