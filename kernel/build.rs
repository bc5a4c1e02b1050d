//! Hands the linker the kernel's memory layout.

fn main() {
    let folder = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    println!("cargo:rustc-link-arg-bins=-T{folder}/src/arch/link.ld");
    println!("cargo:rerun-if-changed=src/arch/link.ld");
}
