//! Answers each line of standard input until it ends, or until the line is `quit`.

#![forbid(unsafe_code)]

fn main() -> std::io::Result<()> {
    println!("type a line; `quit` ends me");

    for line in std::io::stdin().lines() {
        match line?.as_str() {
            "quit" => break,
            line => println!("you said: {line}"),
        }
    }

    println!("bye");
    Ok(())
}
