//! The list of calls.

use super::{Actors, Attempt, What};
use abi::Errno;
use abi::actors::{CALLS, MODULE};
use alloc::boxed::Box;
use runtime::{Caller, Find, GuestMemory, Imports, LoadError, Outcome, PARAMS_MAX, call};

/// What a call does with its parameters.
type Body =
    fn(&mut Actors, &mut GuestMemory<'_>, [u64; PARAMS_MAX]) -> Result<Outcome<Actors>, Errno>;

/// One for each of [`CALLS`].
const BODIES: [Body; CALLS.len()] = [
    |actors, memory, args| {
        let [words, words_bytes, mounts, mounts_bytes, streams, number_at, ..] =
            args.map(|arg| arg as u32);
        actors.spawn(memory, (words, words_bytes), (mounts, mounts_bytes), streams, number_at)
    },
    |actors, memory, args| transfer(actors, memory, What::Send, args),
    |actors, memory, args| transfer(actors, memory, What::Receive, args),
    |actors, _, args| {
        actors.side(args[0] as u32)?.shutdown();
        Ok(Outcome::Return(0))
    },
    |actors, memory, [number, limit_ns, answer_at, ..]| {
        let args = [number, 0, 0, limit_ns, answer_at, 0, 0, 0, 0];
        transfer(actors, memory, What::Wait, args)
    },
    |actors, _, args| actors.close(args[0] as u32),
];

fn transfer(
    actors: &mut Actors,
    memory: &mut GuestMemory<'_>,
    what: What,
    [number, at, length_bytes, limit_ns, answer_at, ..]: [u64; PARAMS_MAX],
) -> Result<Outcome<Actors>, Errno> {
    let attempt = Attempt {
        what,
        number: number as u32,
        at: at as u32,
        length_bytes: length_bytes as u32,
        answer_at: answer_at as u32,
        until_ns: actors.until_ns(limit_ns as i64),
    };
    actors.attempt(memory, attempt)
}

/// Offers a program what it imports to start other apps and to talk to them; `state` finds an
/// app's [`Actors`] in the app.
///
/// # Errors
///
/// [`LoadError::WrongImportType`] if the program imports a call with another type.
pub fn link<T: Send + 'static>(
    imports: &mut Imports<'_, T>,
    state: impl Find<T, Actors>,
) -> Result<(), LoadError> {
    for (known, body) in CALLS.iter().zip(BODIES) {
        let func = move |caller: &mut Caller<'_, T>, values: &[u64]| {
            let mut args = [0; PARAMS_MAX];
            args.iter_mut().zip(values).for_each(|(arg, value)| *arg = *value);
            let answer = call(caller, state, |memory, actors| body(actors, memory, args))?;
            Ok(answer as u64)
        };
        let types = (known.params, known.results);
        imports.offer_any(MODULE, known.name, types, Box::new(func))?;
    }
    Ok(())
}
