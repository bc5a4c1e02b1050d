//! What of a device is in use, as the kernel of this machine lists it.
//!
//! Source: *proc(5)*, `/proc/PID/mountinfo` and `/proc/swaps`.

/// Where something of a device is used: its name, and where to look for it.
pub(super) struct Use {
    /// The kernel's number for the device, `8:17`, where it is known.
    number: Option<String>,
    /// The device's file, `/dev/sdb1`.
    file: String,
    /// For people: `mounted at /media/card`.
    pub(super) how: String,
}

impl Use {
    /// Whether it is of the device that has this number and this name.
    pub(super) fn is_of(&self, number: &str, name: &str) -> bool {
        self.number.as_deref() == Some(number) || self.file == format!("/dev/{name}")
    }
}

/// Every mount in the text of `/proc/self/mountinfo`.
pub(super) fn mounts(mountinfo: &str) -> Vec<Use> {
    mountinfo.lines().filter_map(mount).collect()
}

/// `36 35 8:17 / /media/card rw,noatime shared:1 - vfat /dev/sdb1 rw`, where any number of
/// fields may stand before the dash.
fn mount(line: &str) -> Option<Use> {
    let (before, after) = line.split_once(" - ")?;
    let mut before = before.split(' ').skip(2);
    let number = before.next()?.to_owned();
    let place = before.nth(1)?;
    let file = after.split(' ').nth(1)?;
    Some(Use {
        number: Some(number),
        file: unescaped(file),
        how: format!("mounted at {}", unescaped(place)),
    })
}

/// Every place to swap to in the text of `/proc/swaps`, whose first line is a heading.
pub(super) fn swaps(swaps: &str) -> Vec<Use> {
    swaps
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .map(|file| Use {
            number: None,
            file: unescaped(file),
            how: "used for swapping".to_owned(),
        })
        .collect()
}

/// Blanks, tabs, newlines and backslashes are written as three octal digits: `\040`.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let escape = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match escape {
            Some(byte) if byte.is_ascii() => {
                plain.push(char::from(byte));
                plain.push_str(&part[3..]);
            }
            _ => {
                plain.push('\\');
                plain.push_str(part);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTINFO: &str = "\
22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw
36 22 8:17 / /media/my\\040card rw,noatime shared:7 master:1 - vfat /dev/sdb1 rw,uid=1000
40 22 0:45 / /data rw - btrfs /dev/sdc rw
";

    #[test]
    fn a_mount_is_known_by_number_or_by_name() {
        let mounts = mounts(MOUNTINFO);

        assert_eq!(mounts.len(), 3);
        assert_eq!(mounts[1].how, "mounted at /media/my card");
        assert!(mounts[1].is_of("8:17", "other"));
        // A file system over several devices has a number of its own.
        assert!(mounts[2].is_of("8:32", "sdc"));
        assert!(!mounts[2].is_of("8:33", "sdc1"));
    }

    #[test]
    fn a_place_to_swap_to_is_known_by_name() {
        let swaps = swaps("Filename\tType\tSize\tUsed\tPriority\n/dev/sdb2 partition\t8\t0\t-2\n");

        assert_eq!(swaps.len(), 1);
        assert!(swaps[0].is_of("8:18", "sdb2"));
        assert!(!swaps[0].is_of("8:18", "sdb"));
    }

    #[test]
    fn what_does_not_read_like_a_mount_is_none() {
        assert!(mounts("\n1 2 3\n36 35 8:17 / - x\nfoo - bar").is_empty());
        assert_eq!(unescaped("a\\0b\\9\\134"), "a\\0b\\9\\");
    }
}
