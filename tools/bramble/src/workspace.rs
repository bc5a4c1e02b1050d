//! Where things lie in the checkout that this command was built from.

use std::path::{Path, PathBuf};

/// The root of the checkout.
pub(crate) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).expect("this package lies two folders below the root")
}

/// The manifest that an image is made from unless another is named.
pub(crate) fn default_manifest() -> PathBuf {
    root().join("apps/apps.toml")
}

/// The folder that everything built goes into.
pub(crate) fn target() -> PathBuf {
    root().join("target")
}
