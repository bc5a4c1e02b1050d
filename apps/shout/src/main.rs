//! Starts the app `echo`, sends it each argument as a line, and says what it answers in capitals.

#![forbid(unsafe_code)]

use app_guest::actors::{Actor, Errno, Spawn};

fn main() -> Result<(), Errno> {
    let echo =
        Actor::spawn(Spawn { words: &["echo"], stdin: true, stdout: true, ..Spawn::default() })?;
    for argument in std::env::args().skip(1) {
        echo.send_all(argument.as_bytes())?;
        echo.send_all(b"\n")?;
    }
    echo.shutdown()?;

    let mut answer = Vec::new();
    let mut buffer = [0; 256];
    loop {
        match echo.receive(&mut buffer, Actor::FOREVER)? {
            0 => break,
            count => answer.extend_from_slice(&buffer[..count]),
        }
    }
    print!("{}", String::from_utf8_lossy(&answer).to_uppercase());
    println!("echo: {:?}", echo.wait(Actor::FOREVER)?);
    Ok(())
}
