use super::*;
use crate::size_class::{ALIGN_BYTES, CLASSES, block_bytes};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

/// Chunks by number, as they stand in a map instead of in memory.
#[derive(Default)]
struct Model {
    heads: BTreeMap<u32, Head<u32>>,
    links: BTreeMap<(u32, Offset), Offset>,
    made: u32,
}

impl Model {
    /// A new chunk, under a number that no chunk had before.
    fn make(&mut self, block_bytes: usize) -> u32 {
        self.made += 1;
        self.heads.insert(self.made, Head::new(block_bytes));
        self.made
    }

    /// Panics if the chunk is not there, or gone already.
    fn drop(&mut self, chunk: u32) {
        self.heads.remove(&chunk).unwrap();
        self.links.retain(|(linked, _), _| *linked != chunk);
    }
}

impl Chunks for Model {
    type Chunk = u32;

    fn head(&mut self, chunk: u32) -> &mut Head<u32> {
        self.heads.get_mut(&chunk).unwrap()
    }

    /// Panics if nothing was written there.
    fn next(&self, chunk: u32, block: Offset) -> Offset {
        self.links[&(chunk, block)]
    }

    fn set_next(&mut self, chunk: u32, block: Offset, next: Offset) {
        assert!(self.heads.contains_key(&chunk));
        self.links.insert((chunk, block), next);
    }
}

/// A shelf with its chunks, and the blocks of it that are in use.
struct Stock {
    shelf: Shelf<u32>,
    model: Model,
    block_bytes: usize,
    used: BTreeSet<(u32, Offset)>,
}

impl Stock {
    fn of(block_bytes: usize) -> Self {
        let (model, used) = (Model::default(), BTreeSet::new());
        Self { shelf: Shelf::new(), model, block_bytes, used }
    }

    /// As the kernel does it: from the shelf, or else from a new chunk.
    fn take(&mut self) -> (u32, Offset) {
        let block = self.shelf.take(&mut self.model).unwrap_or_else(|| {
            let chunk = self.model.make(self.block_bytes);
            (chunk, self.shelf.add(&mut self.model, chunk))
        });
        assert!(self.used.insert(block), "{block:?} was in use");
        block
    }

    fn give(&mut self, (chunk, block): (u32, Offset)) {
        assert!(self.used.remove(&(chunk, block)));
        if let Some(chunk) = self.shelf.give(&mut self.model, chunk, block) {
            assert!(!self.has_used(chunk), "chunk {chunk} went back with a block in use");
            self.model.drop(chunk);
        }
    }

    fn has_used(&self, chunk: u32) -> bool {
        self.used.range((chunk, 0)..(chunk + 1, 0)).next().is_some()
    }

    /// Chunks in which no block is in use.
    fn spares(&self) -> usize {
        self.model.heads.keys().filter(|&&chunk| !self.has_used(chunk)).count()
    }

    fn assert_sound(&self) {
        let ends = self.used.iter().zip(self.used.iter().skip(1));
        for (&(chunk, block), &(next_chunk, next)) in ends {
            assert!(chunk != next_chunk || usize::from(block) + self.block_bytes <= next.into());
        }
        for &(_, block) in &self.used {
            let block = usize::from(block);
            assert!(block >= HEAD_BYTES && block + self.block_bytes <= CHUNK_BYTES);
            assert!(block.is_multiple_of(ALIGN_BYTES));
        }
        assert!(self.spares() <= 1);
        let bytes = self.model.heads.len() * CHUNK_BYTES - self.used.len() * self.block_bytes;
        assert_eq!(self.shelf.free_bytes(self.block_bytes), bytes);
    }
}

/// Numbers in no order, the same in every run.
struct Random(u32);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % end
    }
}

#[test]
fn whatever_is_taken_and_given_back_no_block_is_given_out_twice() {
    for class in 0..CLASSES {
        let mut stock = Stock::of(block_bytes(class));
        let mut random = Random(class as u32);
        let mut taken = Vec::new();

        for step in 0..4000 {
            // It fills up, empties, and fills up again.
            let is_filling = step / 1000 % 2 == 0;
            if taken.is_empty() || (random.below(4) == 0) != is_filling {
                taken.push(stock.take());
            } else {
                let any = random.below(taken.len());
                stock.give(taken.swap_remove(any));
            }
            if step % 50 == 0 {
                stock.assert_sound();
            }
        }
        stock.assert_sound();
    }
}

#[test]
fn all_blocks_of_a_chunk_are_given_out_before_another_chunk_is_needed() {
    for class in 0..CLASSES {
        let mut stock = Stock::of(block_bytes(class));
        let blocks = (CHUNK_BYTES - HEAD_BYTES) / block_bytes(class);

        let taken: Vec<_> = (0..blocks).map(|_| stock.take()).collect();
        assert_eq!(stock.model.made, 1);
        for block in taken {
            stock.give(block);
        }
        for _ in 0..blocks {
            stock.take();
        }

        assert_eq!(stock.model.made, 1);
        assert!(stock.shelf.take(&mut stock.model).is_none());
        stock.assert_sound();
    }
}

#[test]
fn when_all_blocks_came_back_one_chunk_is_left_and_can_be_taken() {
    let mut stock = Stock::of(2048);
    let taken: Vec<_> = (0..100).map(|_| stock.take()).collect();

    for block in taken {
        stock.give(block);
    }

    assert_eq!(stock.shelf.free_bytes(2048), CHUNK_BYTES);
    let spare = stock.shelf.take_spare().unwrap();
    stock.model.drop(spare);
    assert!(stock.model.heads.is_empty() && stock.shelf.take_spare().is_none());
    assert_eq!(stock.shelf.free_bytes(2048), 0);
    stock.take();
    stock.assert_sound();
}

#[test]
fn a_block_that_comes_and_goes_fetches_no_chunk_each_time() {
    let mut stock = Stock::of(1024);
    let blocks = (CHUNK_BYTES - HEAD_BYTES) / 1024;
    for in_use in 0..=blocks {
        let made = stock.model.made;
        for _ in 0..10 {
            let one = stock.take();
            let other = stock.take();
            stock.give(one);
            stock.give(other);
        }
        assert!(stock.model.made <= made + 1, "{in_use} in use");
        stock.take();
    }
}

#[test]
fn a_chunk_that_was_full_a_moment_ago_is_filled_up_first() {
    let mut stock = Stock::of(2048);
    let blocks = (CHUNK_BYTES - HEAD_BYTES) / 2048;
    let taken: Vec<_> = (0..2 * blocks).map(|_| stock.take()).collect();
    let (first, second) = (taken[0], taken[blocks]);

    stock.give(second);
    stock.give(first);

    assert_eq!((stock.take(), stock.take()), (first, second));
}
