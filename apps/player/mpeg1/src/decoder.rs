//! From a stream to pictures in the order in which they are shown.

use crate::frame::Frame;
use crate::headers::{Kind, Picture, Sequence};
use crate::slice::{self, Context};
use crate::units::{Unit, Units, code};
use std::iter::Peekable;
use std::mem;

/// Decodes a stream picture by picture.
pub struct Decoder<'a> {
    units: Peekable<Units<'a>>,
    sequence: Option<Sequence>,
    /// The one that slices belong to.
    picture: Option<Picture>,
    /// The last two that others are made of, in the order in which they are shown.
    before: Frame,
    after: Frame,
    /// One between them.
    between: Frame,
    /// How many of `before` and `after` are decoded, the latter first.
    references: usize,
    /// Whether `after` is still to be shown.
    is_after_due: bool,
}

/// Where the picture is that is shown next.
#[derive(Clone, Copy)]
enum Place {
    Before,
    Between,
    After,
}

impl<'a> Decoder<'a> {
    /// Takes a stream of video alone; [`video_of`](crate::video_of) finds it in a file.
    #[must_use]
    pub fn new(stream: &'a [u8]) -> Self {
        Self {
            units: Units::new(stream).peekable(),
            sequence: None,
            picture: None,
            before: Frame::default(),
            after: Frame::default(),
            between: Frame::default(),
            references: 0,
            is_after_due: false,
        }
    }

    /// How many pictures a thousand seconds have, once a picture was decoded.
    #[must_use]
    pub fn pictures_in_1000_s(&self) -> Option<u32> {
        self.sequence.as_ref().map(|sequence| sequence.pictures_in_1000_s)
    }

    /// The picture to show next; `None` after the last.
    pub fn next_frame(&mut self) -> Option<&Frame> {
        Some(match self.decode()? {
            Place::Before => &self.before,
            Place::Between => &self.between,
            Place::After => &self.after,
        })
    }

    /// Goes on until there is a picture to show.
    fn decode(&mut self) -> Option<Place> {
        loop {
            let slices = code::FIRST_SLICE..=code::LAST_SLICE;
            let is_in_picture = self.units.peek().is_some_and(|unit| slices.contains(&unit.code));
            if !is_in_picture
                && let Some(picture) = self.picture.take()
                && let Some(place) = self.finish(picture)
            {
                return Some(place);
            }
            let Some(unit) = self.units.next() else { return self.flush() };
            if let Some(place) = self.take(unit) {
                return Some(place);
            }
        }
    }

    /// Takes what is no slice of a picture that is to be finished first.
    fn take(&mut self, unit: Unit<'_>) -> Option<Place> {
        match unit.code {
            code::SEQUENCE => self.begin_sequence(unit.bytes),
            code::PICTURE => self.begin_picture(unit.bytes),
            code::FIRST_SLICE..=code::LAST_SLICE => self.slice(unit),
            code::SEQUENCE_END => return self.flush(),
            _ => {}
        }
        None
    }

    /// A broken header leaves the sequence before.
    fn begin_sequence(&mut self, bytes: &[u8]) {
        let Ok(sequence) = Sequence::read(bytes) else { return };
        if (sequence.width, sequence.height) != (self.after.width, self.after.height) {
            let black = Frame::new(sequence.width, sequence.height);
            (self.before, self.between) = (black.clone(), black.clone());
            self.after = black;
            (self.references, self.is_after_due) = (0, false);
        }
        self.sequence = Some(sequence);
    }

    /// A picture that is made of others begins as a copy of the one before, which it stays where
    /// the stream is broken; without the others it is left out.
    fn begin_picture(&mut self, bytes: &[u8]) {
        let (Ok(picture), Some(_)) = (Picture::read(bytes), &self.sequence) else { return };
        let needed = match picture.kind {
            Kind::Intra => 0,
            Kind::Predicted => 1,
            Kind::Bidirectional => 2,
        };
        if self.references < needed {
            return;
        }

        if picture.kind == Kind::Bidirectional {
            self.between.copy_from(&self.before);
        } else {
            mem::swap(&mut self.before, &mut self.after);
            self.after.copy_from(&self.before);
        }
        self.picture = Some(picture);
    }

    fn slice(&mut self, unit: Unit<'_>) {
        let (Some(sequence), Some(picture)) = (&self.sequence, &self.picture) else { return };
        let (target, before, after) = match picture.kind {
            Kind::Bidirectional => (&mut self.between, &self.before, &self.after),
            Kind::Intra | Kind::Predicted => (&mut self.after, &self.before, &self.before),
        };
        let context = Context { sequence, picture, target, before, after };
        let row = usize::from(unit.code - code::FIRST_SLICE);
        // Where it is broken, the picture stays what it was, and the next slice goes on.
        let _ = slice::decode(context, row, unit.bytes);
    }

    /// What can be shown now that `picture` is decoded.
    fn finish(&mut self, picture: Picture) -> Option<Place> {
        if picture.kind == Kind::Bidirectional {
            self.between.kind = picture.kind;
            return Some(Place::Between);
        }
        self.after.kind = picture.kind;
        self.references = 2.min(self.references + 1);
        mem::replace(&mut self.is_after_due, true).then_some(Place::Before)
    }

    /// The last picture, if it was not shown.
    fn flush(&mut self) -> Option<Place> {
        mem::take(&mut self.is_after_due).then_some(Place::After)
    }
}
