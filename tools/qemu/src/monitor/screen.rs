//! What a board's screen shows.

use super::Monitor;
use picture::{Area, Gallery, Picture};
use serde_json::json;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// After how long a screen shows what is to be blessed: there is nothing to wait for.
const BLESSED_AFTER: Duration = Duration::from_secs(3);

impl Monitor {
    /// What the screen shows now; all of it black as long as the board has not set it up.
    ///
    /// # Errors
    ///
    /// QEMU has ended, or cannot write to the host's temporary folder.
    pub fn screendump(&mut self) -> io::Result<Picture> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("screen.png");
        let name = path.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
        self.execute("screendump", &json!({ "filename": name, "format": "png" }))?;
        Picture::read(&path)
    }

    /// Writes what the screen shows now to `path`, as PNG, and returns it.
    ///
    /// # Errors
    ///
    /// As [`Self::screendump`], or `path` cannot be written.
    pub fn screenshot(&mut self, path: &Path) -> io::Result<Picture> {
        let picture = self.screendump()?;
        picture.write(path)?;
        Ok(picture)
    }

    /// Looks at the screen until it `is_right`, and returns what it showed last: for at most
    /// `limit`, and once in any case.
    ///
    /// # Errors
    ///
    /// As [`Self::screendump`].
    pub fn watch(
        &mut self,
        limit: Duration,
        is_right: impl Fn(&Picture) -> bool,
    ) -> io::Result<Picture> {
        let out_of_time = Instant::now() + limit;
        loop {
            let picture = self.screendump()?;
            if is_right(&picture) || Instant::now() >= out_of_time {
                return Ok(picture);
            }
        }
    }

    /// Waits until the screen shows the picture `name` of `gallery`, outside of `masks`.
    ///
    /// # Panics
    ///
    /// If it does not within `limit`, as [`Gallery::assert_shows`], or QEMU has ended.
    #[track_caller]
    pub fn expect_picture(
        &mut self,
        gallery: &Gallery,
        name: &str,
        masks: &[Area],
        limit: Duration,
    ) {
        let limit = if Gallery::blesses() { limit.min(BLESSED_AFTER) } else { limit };
        let shown = self.watch(limit, |picture| gallery.shows(name, picture, masks));
        match shown {
            Ok(picture) => gallery.assert_shows(name, &picture, masks),
            Err(error) => panic!("cannot look at the screen: {error}"),
        }
    }
}
