//! Apps for a card: modules that the kernel finds there and takes as they are. One with threads is
//! lowered on its way.

use super::contents::CardFile;
use crate::apps::Built;
use crate::manifest::{Manifest, check_name};
use crate::pack;
use anyhow::{Context, bail, ensure};
use kernel_core::bundle::Limits;
use kernel_core::card::CardApp;
use std::path::Path;

/// The files of the app whose module is at `path`: the module, and the manifest beside it if
/// there is one.
///
/// # Errors
///
/// The module cannot be read, or is one that the kernel would refuse; the error says why. A
/// kernel that refuses it says so on a console that nobody may be reading.
pub(super) fn gather(path: &Path) -> anyhow::Result<Vec<CardFile>> {
    let name = name(path).with_context(|| format!("{} cannot go on a card", path.display()))?;
    let mut module = CardFile::read(format!("apps/{name}.wasm"), path)?;
    let mut limits = Limits::default();
    let mut others = Vec::new();
    let manifest = path.with_extension("toml");
    if manifest.is_file() {
        let file = CardFile::read(format!("apps/{name}.toml"), &manifest)?;
        limits = limits_of(&manifest, &file.bytes)?;
        others.push(file);
    }
    module.bytes = pack::lowered(&module.bytes, &limits)
        .with_context(|| format!("{} cannot go on a card", path.display()))?;
    check(&name, path, module.bytes.clone())?;
    Ok([module].into_iter().chain(others).collect())
}

/// The app's name, which is the file's.
fn name(path: &Path) -> anyhow::Result<String> {
    let is_module = path.extension().is_some_and(|extension| extension == "wasm");
    ensure!(is_module, "an app is a file that ends in .wasm; `cargo bramble build` makes one");
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    check_name(&name)?;
    Ok(name)
}

/// Checks `module` as the packer checks an app that may use every service.
fn check(name: &str, path: &Path, module: Vec<u8>) -> anyhow::Result<()> {
    let services: Vec<_> = pack::service_names().into_iter().map(|(name, _)| name).collect();
    let manifest = Manifest::parse(&format!("[{name}]\nuses = {services:?}\n"), path)?;
    pack::bundle(&manifest, &[Built { module, folders: Vec::new() }], 0).map(|_| ())
}

/// The limits in the manifest `bytes`, the file `path`, as the kernel will read it.
fn limits_of(path: &Path, bytes: &[u8]) -> anyhow::Result<Limits> {
    let text = std::str::from_utf8(bytes)
        .with_context(|| format!("{} is not text in UTF-8", path.display()))?;
    match CardApp::new("", &[], text) {
        Ok(app) => Ok(app.app.limits),
        Err(mistake) => bail!("{}, line {}: {}", path.display(), mistake.line, mistake.why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREADS: &str = r#"(module (memory 1 2 shared) (func (export "_start")))"#;
    const MODULE: &str = r#"(module (func (export "_start")))"#;

    fn paths(files: &[CardFile]) -> Vec<&str> {
        files.iter().map(|file| file.path.as_str()).collect()
    }

    #[test]
    fn a_module_with_threads_is_lowered_within_the_limits_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("threads.wasm");
        std::fs::write(&path, wat::parse_str(THREADS).unwrap()).unwrap();

        let module = &gather(&path).unwrap()[0].bytes;
        let imports = |name: &[u8]| module.windows(name.len()).any(|bytes| bytes == name);
        assert!(imports(abi::threads::MODULE.as_bytes()));

        std::fs::write(path.with_extension("toml"), "memory_pages_max = 0").unwrap();
        let error = format!("{:#}", gather(&path).unwrap_err());
        assert!(error.contains("asks for too much shared memory"), "{error}");
    }

    #[test]
    fn an_app_brings_the_manifest_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hello.wasm");
        std::fs::write(&path, wat::parse_str(MODULE).unwrap()).unwrap();
        assert_eq!(paths(&gather(&path).unwrap()), ["apps/hello.wasm"]);

        std::fs::write(path.with_extension("toml"), "args = []").unwrap();

        assert_eq!(paths(&gather(&path).unwrap()), ["apps/hello.wasm", "apps/hello.toml"]);
    }

    #[test]
    fn a_mistake_in_an_apps_manifest_is_told_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hello.wasm");
        std::fs::write(&path, wat::parse_str(MODULE).unwrap()).unwrap();
        std::fs::write(path.with_extension("toml"), "start = true\nargz = []\n").unwrap();

        let error = gather(&path).unwrap_err().to_string();

        assert!(error.contains("hello.toml, line 2: there is no setting `argz`"), "{error}");
    }

    #[test]
    fn an_app_that_the_kernel_would_refuse_is_refused_now() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            format!("{:#}", gather(&path).map(|_| ()).unwrap_err())
        };
        let module = wat::parse_str(MODULE).unwrap();
        let library = wat::parse_str("(module)").unwrap();

        assert!(refusal("hello.wat", &module).contains("ends in .wasm"));
        assert!(refusal("Hello World.wasm", &module).contains("a-z, 0-9"));
        assert!(refusal("kernel.wasm", &module).contains("no app can be called"));
        assert!(refusal("library.wasm", &library).contains("no `_start`"));
        assert!(refusal("text.wasm", b"notes").contains("`text` cannot be packed"));
    }
}
