//! The list of calls: which import of a guest is which method of [`Wasi`].
//!
//! Methods of the same type share one host function that calls through a pointer: a function
//! of its own for each would be the larger part of this crate.

use crate::Wasi;
use abi::Errno;
use abi::wasi::{WASI_SNAPSHOT_PREVIEW1, WASI_UNSTABLE, filestat, subscription};
use runtime::{Caller, GuestMemory, Imports, IntoOutcome, LoadError};

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
    state: fn(&mut T) -> &mut Wasi,
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

fn link_one<T: 'static>(import: Import<'_, '_, T>, snapshot: Snapshot) -> Result<(), LoadError> {
    match import.name {
        "args_get" => import.two(Wasi::args_get),
        "args_sizes_get" => import.two(Wasi::args_sizes_get),
        "environ_get" => import.two(Wasi::environ_get),
        "environ_sizes_get" => import.two(Wasi::environ_sizes_get),
        "clock_res_get" => import.two(Wasi::clock_res_get),
        "clock_time_get" => import.time(Wasi::clock_time_get),
        "fd_advise" => import.range(Wasi::fd_advise),
        "fd_allocate" => import.longs(Wasi::fd_allocate),
        "fd_close" => import.one(Wasi::fd_close),
        "fd_datasync" => import.one(Wasi::fd_datasync),
        "fd_fdstat_get" => import.two(Wasi::fd_fdstat_get),
        "fd_fdstat_set_flags" => import.pair(Wasi::fd_fdstat_set_flags),
        "fd_fdstat_set_rights" => import.longs(Wasi::fd_fdstat_set_rights),
        "fd_filestat_get" => import.two(match snapshot {
            Snapshot::Preview1 => Wasi::fd_filestat_get::<{ filestat::BYTES }>,
            Snapshot::Unstable => Wasi::fd_filestat_get::<{ filestat::UNSTABLE_BYTES }>,
        }),
        "fd_filestat_set_size" => import.long(Wasi::fd_filestat_set_size),
        "fd_filestat_set_times" => import.range(Wasi::fd_filestat_set_times),
        "fd_pread" => import.positioned(Wasi::fd_pread),
        "fd_prestat_dir_name" => import.three(Wasi::fd_prestat_dir_name),
        "fd_prestat_get" => import.two(Wasi::fd_prestat_get),
        "fd_pwrite" => import.positioned(Wasi::fd_pwrite),
        "fd_read" => import.four(Wasi::fd_read),
        "fd_readdir" => import.positioned(Wasi::fd_readdir),
        "fd_renumber" => import.pair(Wasi::fd_renumber),
        "fd_seek" => import.seek(match snapshot {
            Snapshot::Preview1 => Wasi::fd_seek,
            Snapshot::Unstable => Wasi::fd_seek_unstable,
        }),
        "fd_sync" => import.one(Wasi::fd_sync),
        "fd_tell" => import.two(Wasi::fd_tell),
        "fd_write" => import.four(Wasi::fd_write),
        "path_create_directory" => import.three(Wasi::path_create_directory),
        "path_filestat_get" => import.five(match snapshot {
            Snapshot::Preview1 => Wasi::path_filestat_get::<{ filestat::BYTES }>,
            Snapshot::Unstable => Wasi::path_filestat_get::<{ filestat::UNSTABLE_BYTES }>,
        }),
        "path_filestat_set_times" => import.times(Wasi::path_filestat_set_times),
        "path_link" => import.seven(Wasi::path_link),
        "path_open" => import.open(Wasi::path_open),
        "path_readlink" => import.six(Wasi::path_readlink),
        "path_remove_directory" => import.three(Wasi::path_remove_directory),
        "path_rename" => import.six(Wasi::path_rename),
        "path_symlink" => import.five(Wasi::path_symlink),
        "path_unlink_file" => import.three(Wasi::path_unlink_file),
        "poll_oneoff" => import.four(match snapshot {
            Snapshot::Preview1 => Wasi::poll_oneoff::<{ subscription::BYTES }>,
            Snapshot::Unstable => Wasi::poll_oneoff::<{ subscription::UNSTABLE_BYTES }>,
        }),
        "proc_exit" => import.exit(),
        "proc_raise" => import.one(Wasi::proc_raise),
        "random_get" => import.two(Wasi::random_get),
        "sched_yield" => import.none(Wasi::sched_yield),
        "sock_recv" => import.six(Wasi::sock_recv),
        "sock_send" => import.five(Wasi::sock_send),
        "sock_shutdown" => import.pair(Wasi::sock_shutdown),
        "sock_accept" => match snapshot {
            Snapshot::Preview1 => import.three(Wasi::sock_accept),
            Snapshot::Unstable => Ok(()),
        },
        _ => Ok(()),
    }
}

/// A call that a program imports.
struct Import<'a, 'i, T> {
    imports: &'a mut Imports<'i, T>,
    state: fn(&mut T) -> &mut Wasi,
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

impl<T: 'static> Import<'_, '_, T> {
    offers_plain!(none());
    offers_plain!(one(a: u32));
    offers_plain!(pair(a: u32, b: u32));
    offers_plain!(long(fd: u32, a: u64));
    offers_plain!(longs(fd: u32, a: u64, b: u64));
    offers_plain!(range(fd: u32, a: u64, b: u64, c: u32));
    offers!(two(a: u32, b: u32));
    offers!(three(a: u32, b: u32, c: u32));
    offers!(four(a: u32, b: u32, c: u32, d: u32));
    offers!(five(a: u32, b: u32, c: u32, d: u32, e: u32));
    offers!(six(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32));
    offers!(seven(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32));
    offers!(time(id: u32, precision_ns: u64, at: u32));
    offers!(seek(fd: u32, offset: i64, from: u32, at: u32));
    offers!(positioned(fd: u32, at: u32, count: u32, position: u64, length_at: u32));
    offers!(times(fd: u32, a: u32, b: u32, c: u32, d: u64, e: u64, f: u32));
    offers!(open(
        fd: u32, a: u32, b: u32, c: u32, d: u32, base: u64, inheriting: u64, e: u32, f: u32
    ));

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
