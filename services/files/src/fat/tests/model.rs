//! The same life on FAT and in memory: both tell the same.

use super::*;
use crate::testing::Plenty;
use crate::{Kind, MemoryFiles};

/// Names, few enough that they meet. FAT takes them all for different ones.
const NAMES: [&str; 7] =
    ["a", "b.txt", "Some long name", "a much longer name that needs a few slots", "UP", "x+y", "ö"];

/// What both call the same: a removed file is neither a directory nor there.
fn plain(error: Errno) -> Errno {
    if error == Errno::NotDirectory { Errno::NoEntry } else { error }
}

/// Both file systems, and the files that are held in both.
struct Both {
    fat: FatFiles,
    memory: MemoryFiles,
    held: Vec<(Node, Node)>,
}

impl Both {
    /// A random file of those that are held, the roots among them.
    fn any(&self, dice: &mut Dice) -> (Node, Node) {
        self.held[dice.below(self.held.len())]
    }

    /// Does the same in both, and expects the same.
    fn same<T: PartialEq + core::fmt::Debug>(
        &mut self,
        what: &str,
        (fat, memory): (Node, Node),
        mut call: impl FnMut(&mut dyn FileSystem, Node) -> Result<T, Errno>,
    ) {
        let one = call(&mut self.fat, fat).map_err(plain);
        let other = call(&mut self.memory, memory).map_err(plain);
        assert_eq!(one, other, "{what}");
    }

    /// As [`Both::same`] for what gives a file, which is held from then on.
    fn hold(
        &mut self,
        (fat, memory): (Node, Node),
        mut call: impl FnMut(&mut dyn FileSystem, Node) -> Result<Node, Errno>,
    ) {
        match (call(&mut self.fat, fat), call(&mut self.memory, memory)) {
            (Ok(one), Ok(other)) => self.held.push((one, other)),
            (one, other) => assert_eq!(one.err().map(plain), other.err().map(plain)),
        }
    }

    fn let_go(&mut self, index: usize) {
        let (fat, memory) = self.held.swap_remove(index);
        self.fat.release(fat);
        self.memory.release(memory);
    }

    fn turn(&mut self, dice: &mut Dice) {
        let node = self.any(dice);
        let name = NAMES[dice.below(NAMES.len())];
        let (at, length) = (dice.below(6_000) as u64, dice.below(2_500));
        let bytes = pattern(at as usize, length);
        match dice.below(12) {
            0 | 1 => self.hold(node, |files, node| files.find(node, name)),
            2 => self.make(node, name, Creation::Directory),
            3 | 4 => self.make(node, name, Creation::File),
            5 => self.same("unlink", node, |files, node| files.unlink(node, name, NOW_NS)),
            6 => {
                self.same("remove", node, |files, node| files.remove_directory(node, name, NOW_NS))
            }
            7 => self.same("resize", node, |files, node| files.resize(node, at, NOW_NS)),
            8 | 9 => {
                self.same("write", node, |files, node| files.write(node, at, &bytes, NOW_NS));
            }
            10 => self.rename(dice),
            _ if self.held.len() > 8 => self.let_go(1 + dice.below(self.held.len() - 1)),
            _ => {}
        }
        self.compare(node);
    }

    fn make(&mut self, node: (Node, Node), name: &str, kind: Creation<'_>) {
        self.hold(node, |files, node| files.create(node, name, kind, NOW_NS));
    }

    fn rename(&mut self, dice: &mut Dice) {
        let (from, to) = (self.any(dice), self.any(dice));
        let [old, new] = [(); 2].map(|()| NAMES[dice.below(NAMES.len())]);
        let one = self.fat.rename((from.0, old), (to.0, new), NOW_NS);
        let other = self.memory.rename((from.1, old), (to.1, new), NOW_NS);
        // Where several things are wrong, either may be told.
        assert_eq!(one.is_ok(), other.is_ok(), "rename {old} to {new}: {one:?} {other:?}");
    }

    /// Reads the file and lists the directory, whichever it is, in both.
    fn compare(&mut self, node: (Node, Node)) {
        if !self.held.contains(&node) {
            return;
        }
        self.same("status", node, |files, node| {
            let status = files.status(node)?;
            let length = if status.kind == Kind::File { status.length_bytes } else { 0 };
            Ok((status.kind, length))
        });
        self.same("bytes", node, |files, node| {
            let mut bytes = alloc::vec![0; 10_000];
            let count = files.read(node, 0, &mut bytes)?;
            bytes.truncate(count);
            Ok(bytes)
        });
        self.same("names", node, |files, node| {
            let (mut names, mut cookie) = (Vec::new(), 0);
            while let Some(entry) = files.entry(node, cookie)? {
                names.push((entry.name, entry.kind == Kind::Directory));
                cookie = entry.next;
            }
            names.sort();
            Ok(names)
        });
    }
}

#[test]
fn a_long_life_is_the_same_as_in_memory() {
    for width in [Width::Fat12, Width::Fat16] {
        for seed in 0..6 {
            let card = card(width);
            let memory = MemoryFiles::new(1 << 30, &Plenty, NOW_NS).expect("there is room");
            let fat = mount(card);
            let roots = (fat.root(), memory.root());
            let mut both = Both { fat, memory, held: alloc::vec![roots] };
            let mut dice = Dice(seed);
            for turn in 0..1_500 {
                both.turn(&mut dice);
                if turn % 100 == 99 {
                    both.fat.sync(Node(0)).unwrap();
                }
                if turn % 500 == 499 {
                    (1..both.held.len()).rev().for_each(|index| both.let_go(index));
                    both.fat.flush().unwrap();
                    expect_in_order(card);
                    both.fat = mount(card);
                }
            }
        }
    }
}
