//! Values of a TOML file that know their line, so that every error can name it.

use anyhow::anyhow;
use std::ops::{Range, RangeInclusive};
use std::path::Path;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// How many letters a name may be wrong by and still be taken for a known one.
const DISTANCE_MAX: usize = 4;

/// A whole TOML file.
pub(super) struct Document<'a> {
    file: File<'a>,
    root: Spanned<DeTable<'a>>,
}

/// The file that a value stands in.
#[derive(Clone, Copy)]
struct File<'a> {
    text: &'a str,
    path: &'a Path,
}

/// One table; its entries in the order of the file.
pub(super) struct Table<'a> {
    entries: Vec<(Key<'a>, Value<'a>)>,
}

/// A key with its place.
pub(super) struct Key<'a> {
    file: File<'a>,
    key: &'a Spanned<DeString<'a>>,
}

/// A value with its place and the key that it belongs to.
pub(super) struct Value<'a> {
    file: File<'a>,
    key: &'a str,
    value: &'a Spanned<DeValue<'a>>,
}

impl File<'_> {
    /// `why`, with the line that `span` begins in before it.
    fn error(&self, span: Range<usize>, why: impl std::fmt::Display) -> anyhow::Error {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        anyhow!("{}, line {line}: {why}", self.path.display())
    }
}

impl<'a> Document<'a> {
    /// Parses `text`, the contents of the file `path`.
    ///
    /// # Errors
    ///
    /// `text` is not TOML.
    pub(super) fn parse(text: &'a str, path: &'a Path) -> anyhow::Result<Self> {
        let file = File { text, path };
        let root = DeTable::parse(text)
            .map_err(|error| file.error(error.span().unwrap_or(0..0), error.message()))?;
        Ok(Self { file, root })
    }

    /// The tables at the top.
    pub(super) fn table(&self) -> anyhow::Result<Table<'_>> {
        Ok(Table::new(self.file, self.root.get_ref()))
    }
}

impl<'a> Table<'a> {
    fn new(file: File<'a>, table: &'a DeTable<'a>) -> Self {
        let mut entries: Vec<_> = table
            .iter()
            .map(|(key, value)| {
                (Key { file, key }, Value { file, key: key.get_ref().as_ref(), value })
            })
            .collect();
        entries.sort_by_key(|(key, _)| key.key.span().start);
        Self { entries }
    }

    /// All keys and values.
    pub(super) fn entries(&self) -> &[(Key<'a>, Value<'a>)] {
        &self.entries
    }

    /// The value of `key`, if it is there.
    pub(super) fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.entries.iter().find(|(name, _)| name.text() == key).map(|(_, value)| value)
    }
}

impl Key<'_> {
    /// The key itself.
    pub(super) fn text(&self) -> &str {
        self.key.get_ref()
    }

    /// `why`, with file and line.
    pub(super) fn error(&self, why: anyhow::Error) -> anyhow::Error {
        self.file.error(self.key.span(), why)
    }
}

impl<'a> Value<'a> {
    /// `why`, with file and line.
    pub(super) fn error(&self, why: anyhow::Error) -> anyhow::Error {
        self.file.error(self.value.span(), why)
    }

    /// The value as a table with no other keys than `keys`.
    pub(super) fn table(&self, keys: &[&str]) -> anyhow::Result<Table<'a>> {
        let table = self.any_table()?;
        for (key, _) in table.entries() {
            if !keys.contains(&key.text()) {
                return Err(key.error(anyhow!("unknown key {}", with_nearest(key.text(), keys))));
            }
        }
        Ok(table)
    }

    /// The value as a table with any keys.
    pub(super) fn any_table(&self) -> anyhow::Result<Table<'a>> {
        match self.value.get_ref() {
            DeValue::Table(table) => Ok(Table::new(self.file, table)),
            _ => Err(self.is_not("a table")),
        }
    }

    /// The value as text without a NUL, which no C program could read.
    pub(super) fn text(&self) -> anyhow::Result<String> {
        match self.value.get_ref().as_str() {
            Some(text) if !text.contains('\0') => Ok(text.to_owned()),
            Some(_) => Err(self.is_not("text without a NUL")),
            None => Err(self.is_not("text in quotes")),
        }
    }

    /// The value as a whole number from 0 to `max`.
    pub(super) fn number(&self, max: u64) -> anyhow::Result<u64> {
        self.number_in(0..=max)
    }

    /// The value as a whole number in `range`.
    pub(super) fn number_in(&self, range: RangeInclusive<u64>) -> anyhow::Result<u64> {
        let number = match self.value.get_ref() {
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        let (min, max) = (range.start(), range.end());
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| self.is_not(&format!("a whole number from {min} to {max}")))
    }

    /// The value as `true` or `false`.
    pub(super) fn flag(&self) -> anyhow::Result<bool> {
        match self.value.get_ref() {
            DeValue::Boolean(flag) => Ok(*flag),
            _ => Err(self.is_not("true or false")),
        }
    }

    /// The value as a list, of which `read` reads each item.
    pub(super) fn list<T>(
        &self,
        read: impl Fn(&Value<'a>) -> anyhow::Result<T>,
    ) -> anyhow::Result<Vec<T>> {
        match self.value.get_ref() {
            DeValue::Array(items) => {
                items.iter().map(|value| read(&Value { value, ..*self })).collect()
            }
            _ => Err(self.is_not("a list")),
        }
    }

    /// The choice that the value names.
    pub(super) fn one_of<T: Copy>(&self, choices: &[(&str, T)]) -> anyhow::Result<T> {
        let text = self.text()?;
        let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
        choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice).ok_or_else(|| {
            self.error(anyhow!("`{}` has no choice {}", self.key, with_nearest(&text, &names)))
        })
    }

    fn is_not(&self, what: &str) -> anyhow::Error {
        self.error(anyhow!("`{}` is not {what}", self.key))
    }
}

/// `given`, what was meant if a known name is near, and all known names.
fn with_nearest(given: &str, known: &[&str]) -> String {
    let distance = |name: &str| strsim::damerau_levenshtein(given, name);
    let nearest = known.iter().min_by_key(|name| distance(name));
    // Half of a short name may be wrong: `nevr`; of a long one no more than a few letters.
    let is_near = |name: &&&str| distance(name) <= (name.len() / 2).min(DISTANCE_MAX);
    let list = known.join(", ");
    match nearest.filter(is_near) {
        Some(nearest) => format!("`{given}`: did you mean `{nearest}`? There are {list}"),
        None => format!("`{given}`; there are {list}"),
    }
}
