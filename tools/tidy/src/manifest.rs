//! What a package depends on, by its `Cargo.toml`.

use toml::{Table, Value};

/// The packages that the finished crate depends on, on any target.
#[must_use]
pub fn dependencies(manifest: &Table) -> Vec<String> {
    of_kinds(manifest, &["dependencies"])
}

/// Those, and the packages that its build and its tests depend on.
#[must_use]
pub fn all_dependencies(manifest: &Table) -> Vec<String> {
    of_kinds(manifest, &["dependencies", "build-dependencies", "dev-dependencies"])
}

fn of_kinds(manifest: &Table, kinds: &[&str]) -> Vec<String> {
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flatten();
    let tables = targets.filter_map(|(_, target)| target.as_table()).chain([manifest]);

    let mut names = Vec::new();
    for table in tables {
        for kind in kinds {
            let listed = table.get(*kind).and_then(Value::as_table).into_iter().flatten();
            names.extend(listed.map(|(key, value)| package_name(key, value)));
        }
    }
    names
}

/// The package that a dependency means, which may be used under another name.
fn package_name(key: &str, value: &Value) -> String {
    value.get("package").and_then(Value::as_str).unwrap_or(key).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
        [package]
        name = "service-net"

        [dependencies]
        abi.workspace = true
        uart = { package = "driver-pl011", path = "x" }

        [target.'cfg(unix)'.dependencies]
        rustix = "1"

        [dev-dependencies]
        wat = "1"
    "#;

    #[test]
    fn a_dependency_is_known_by_its_package_on_every_target() {
        let manifest = MANIFEST.parse().unwrap();

        assert_eq!(dependencies(&manifest), ["rustix", "abi", "driver-pl011"]);
    }

    #[test]
    fn what_only_tests_need_is_told_apart() {
        let manifest = MANIFEST.parse().unwrap();

        assert_eq!(all_dependencies(&manifest), ["rustix", "abi", "driver-pl011", "wat"]);
    }
}
