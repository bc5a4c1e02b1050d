//! Folders of the host that are lent to a program: packed before it starts, and after it ended what
//! it changed is changed in them.

use super::exchange::Exchange;
use crate::folder::{self, Times};
use anyhow::{Context, ensure};
use kernel_core::bundle::{Access, Files, Mount};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A folder of the host and the guest's name for it: `HOST[::GUEST]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mapping {
    pub(super) host: PathBuf,
    pub(super) guest: String,
}

/// The value of `--dir` and `--dir-ro`.
pub(super) fn mapping(text: &str) -> Result<Mapping, String> {
    let (host, guest) = text.split_once("::").unwrap_or((text, text));
    if host.is_empty() || guest.is_empty() {
        return Err("it should look like HOST or HOST::GUEST".to_owned());
    }
    Ok(Mapping { host: host.into(), guest: guest.to_owned() })
}

/// All that a program finds open.
pub(super) struct Folders {
    lent: Vec<Lent>,
    in_memory: Vec<String>,
}

struct Lent {
    /// Its name in the exchange.
    name: String,
    mapping: Mapping,
    access: Access,
    before: Vec<u8>,
}

impl Folders {
    /// Packs the folders, of which those in `writable` come back.
    ///
    /// # Errors
    ///
    /// One of them cannot be read, or two have the same name for the guest; the error names it.
    pub(super) fn pack(
        writable: &[Mapping],
        read_only: &[Mapping],
        in_memory: &[String],
    ) -> anyhow::Result<Self> {
        let guests = writable.iter().chain(read_only).map(|mapping| &mapping.guest);
        let mut seen = BTreeSet::new();
        for guest in guests.chain(in_memory) {
            ensure!(seen.insert(guest), "two folders cannot both be the program's {guest}");
        }
        let writable = writable.iter().map(|mapping| (mapping, Access::ReadWrite));
        let read_only = read_only.iter().map(|mapping| (mapping, Access::ReadOnly));
        let lent = writable.chain(read_only).enumerate().map(|(number, (mapping, access))| {
            let before = folder::pack(&mapping.host, Times::Own)?;
            Ok(Lent { name: format!("dir-{number}"), mapping: mapping.clone(), access, before })
        });
        Ok(Self { lent: lent.collect::<anyhow::Result<_>>()?, in_memory: in_memory.to_vec() })
    }

    /// As the kernel is told of them.
    pub(super) fn mounts(&self) -> Vec<Mount<'_>> {
        let lent = self.lent.iter().map(|lent| Mount {
            at: &lent.mapping.guest,
            files: Files::Host(&lent.name),
            access: lent.access,
        });
        let in_memory = self.in_memory.iter().map(|at| Mount {
            at,
            // The board's memory is the limit.
            files: Files::Memory { bytes_max: u64::MAX },
            access: Access::ReadWrite,
        });
        lent.chain(in_memory).collect()
    }

    /// Whether any of them is to come back.
    pub(super) fn come_back(&self) -> bool {
        self.lent.iter().any(Lent::comes_back)
    }

    /// Puts the packed folders where the kernel finds them.
    ///
    /// # Errors
    ///
    /// The host's temporary folder is full.
    pub(super) fn lend(&self, exchange: &Exchange) -> anyhow::Result<()> {
        for lent in &self.lent {
            exchange
                .lend(&lent.name, &lent.before)
                .with_context(|| format!("cannot pass {} on", lent.mapping.host.display()))?;
        }
        Ok(())
    }

    /// Changes in the host's folders what the program changed.
    ///
    /// # Errors
    ///
    /// A folder did not come back, or cannot be written; the error names it. Those before it are
    /// done.
    pub(super) fn take_back(&self, exchange: &Exchange) -> anyhow::Result<()> {
        for lent in self.lent.iter().filter(|lent| lent.comes_back()) {
            let host = lent.mapping.host.display();
            let after = exchange.returned(&lent.name).with_context(|| {
                format!("what the program changed in {host} is lost: the machine ended too early")
            })?;
            folder::write_back(&lent.mapping.host, &lent.before, &after)
                .with_context(|| format!("{host} could not be brought up to date"))?;
        }
        Ok(())
    }
}

impl Lent {
    fn comes_back(&self) -> bool {
        self.access == Access::ReadWrite
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_its_own_name_for_the_guest_unless_another_is_given() {
        let mapped = |text| mapping(text).map(|mapping| (mapping.host, mapping.guest));

        assert_eq!(mapped("data"), Ok(("data".into(), "data".to_owned())));
        assert_eq!(mapped("../data::/"), Ok(("../data".into(), "/".to_owned())));
        assert!(mapped("data::").is_err());
        assert!(mapped("::/").is_err());
    }

    #[test]
    fn only_what_may_be_written_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let mapping = mapping(folder.path().to_str().unwrap()).unwrap();
        let exchange = Exchange::new(b"bundle").unwrap();
        let one = || std::slice::from_ref(&mapping);

        let read_only = Folders::pack(&[], one(), &[]).unwrap();
        let writable = Folders::pack(one(), &[], &["/tmp".to_owned()]).unwrap();

        assert!(read_only.take_back(&exchange).is_ok());
        let error = writable.take_back(&exchange).unwrap_err().to_string();
        assert!(error.contains("is lost"), "{error}");
        assert_eq!(writable.mounts().len(), 2);
        assert_eq!((read_only.come_back(), writable.come_back()), (false, true));
    }

    #[test]
    fn two_folders_have_two_names_for_the_guest() {
        let folder = tempfile::tempdir().unwrap();
        let mapping = mapping(&format!("{}::/a", folder.path().display())).unwrap();

        let error = Folders::pack(&[mapping], &[], &["/a".to_owned()]).err().unwrap();

        assert_eq!(error.to_string(), "two folders cannot both be the program's /a");
    }
}
