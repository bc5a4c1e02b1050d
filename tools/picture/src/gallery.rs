//! Pictures that a person has looked at, with which tests compare.

use crate::{Area, Picture};
use std::fs;
use std::path::{Path, PathBuf};

/// The environment variable with which what was drawn becomes what it should be.
const BLESS: &str = "BLESS";

/// A folder of pictures that are as they should be.
#[derive(Clone, Debug)]
pub struct Gallery {
    golden: PathBuf,
    actual: PathBuf,
}

impl Gallery {
    /// The pictures in the folder `golden`. Those that tests drew otherwise go into `actual`, which
    /// is made if it is not there.
    pub fn new(golden: impl Into<PathBuf>, actual: impl Into<PathBuf>) -> Self {
        Self { golden: golden.into(), actual: actual.into() }
    }

    /// Fails unless `picture` is the gallery's `NAME.png`, pixel for pixel outside of `masks`. It is
    /// then in the other folder as `NAME.actual.png`. With `BLESS=1` in the environment it becomes
    /// the gallery's instead.
    ///
    /// # Panics
    ///
    /// If it is another picture; the message says where, and what to do.
    #[track_caller]
    pub fn assert_shows(&self, name: &str, picture: &Picture, masks: &[Area]) {
        if let Err(message) = self.compare(name, picture, masks, Self::blesses()) {
            panic!("{message}");
        }
    }

    /// Whether what is drawn becomes what it should be.
    pub fn blesses() -> bool {
        std::env::var_os(BLESS).is_some_and(|value| value == "1")
    }

    /// Whether `picture` is the gallery's `NAME.png` outside of `masks`.
    pub fn shows(&self, name: &str, picture: &Picture, masks: &[Area]) -> bool {
        Picture::read(&self.golden_path(name))
            .is_ok_and(|expected| picture.difference(&expected, masks).is_none())
    }

    fn golden_path(&self, name: &str) -> PathBuf {
        self.golden.join(format!("{name}.png"))
    }

    fn compare(
        &self,
        name: &str,
        picture: &Picture,
        masks: &[Area],
        bless: bool,
    ) -> Result<(), String> {
        let golden = self.golden_path(name);
        let actual = self.actual.join(format!("{name}.actual.png"));
        let difference = match Picture::read(&golden) {
            Ok(expected) => picture.difference(&expected, masks).map(|found| found.to_string()),
            Err(error) => Some(format!("it cannot be read: {error}")),
        };
        let Some(difference) = difference else {
            remove(&actual);
            return Ok(());
        };

        let (folder, path) = if bless { (&self.golden, &golden) } else { (&self.actual, &actual) };
        fs::create_dir_all(folder)
            .and_then(|()| picture.write(path))
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        if bless {
            remove(&actual);
            return Ok(());
        }
        Err(format!(
            "not {}: {difference}. What was drawn is {}: look at it, and if it is right, run this \
             test again with {BLESS}=1",
            golden.display(),
            actual.display()
        ))
    }
}

/// Removes what an earlier run left.
fn remove(actual: &Path) {
    // Mostly there is none; one that stays misleads a person, and no test.
    let _ = fs::remove_file(actual);
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    const MASK: Area = Area { x: 2, y: 1, width: 2, height: 2 };

    fn gallery() -> (TempDir, Gallery) {
        let folder = tempfile::tempdir().unwrap();
        let gallery = Gallery::new(folder.path().join("golden"), folder.path().join("actual"));
        (folder, gallery)
    }

    /// 8 by 4 pixels, blue but for those at these places.
    fn drawn(others: &[(usize, usize)]) -> Picture {
        let mut picture = Picture::of_color(8, 4, 0x00_00_ff);
        for (x, y) in others {
            picture.pixels_mut()[y * 8 + x] = 0xff_80_00;
        }
        picture
    }

    #[test]
    fn a_new_picture_fails_until_it_is_blessed() {
        let (folder, gallery) = gallery();

        let message = gallery.compare("a", &drawn(&[]), &[], false).unwrap_err();
        assert!(message.contains("BLESS=1"), "{message}");
        let actual = folder.path().join("actual/a.actual.png");
        assert!(actual.is_file());

        gallery.compare("a", &drawn(&[]), &[], true).unwrap();
        assert_eq!(gallery.compare("a", &drawn(&[]), &[], false), Ok(()));
        assert!(!actual.is_file());
    }

    #[test]
    fn a_difference_is_counted_and_located() {
        let (_folder, gallery) = gallery();
        gallery.compare("a", &drawn(&[]), &[], true).unwrap();

        let changed = drawn(&[(6, 0), (1, 2), (1, 3)]);
        let message = gallery.compare("a", &changed, &[], false).unwrap_err();

        let expected = "3 pixels differ, all of them in the 6 × 4 from column 1, row 0; the first \
                        is ff8000 and should be 0000ff";
        assert!(message.contains(expected), "{message}");
    }

    #[test]
    fn what_is_masked_may_differ_and_not_a_pixel_beside_it() {
        let (_folder, gallery) = gallery();
        gallery.compare("a", &drawn(&[]), &[], true).unwrap();

        let masked = drawn(&[(2, 1), (3, 1), (2, 2), (3, 2)]);
        assert_eq!(gallery.compare("a", &masked, &[MASK], false), Ok(()));
        for beside in [(1, 1), (4, 2), (2, 0), (3, 3)] {
            let found = gallery.compare("a", &drawn(&[beside]), &[MASK], false);
            assert!(found.is_err(), "{beside:?}");
        }
    }

    #[test]
    fn a_picture_of_another_size_is_another() {
        let (_folder, gallery) = gallery();
        gallery.compare("a", &drawn(&[]), &[], true).unwrap();

        let turned = Picture::of_color(4, 8, 0x00_00_ff);
        let message = gallery.compare("a", &turned, &[], false).unwrap_err();

        assert!(message.contains("it has 4 × 8 pixels, not 8 × 4"), "{message}");
    }
}
