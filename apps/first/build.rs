//! One page of memory: a stack of 4 KiB, below the data, in 64 KiB in all.

fn main() {
    for argument in ["-zstack-size=4096", "--initial-memory=65536", "--export=_start"] {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
}
