//! Figures by name: the numbers that two runs must agree on.

use serde_json::{Map, Value};

/// Numbers with names, in the order in which they were measured. A name with a point in it,
/// `group.member`, is a member of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    rows: Vec<(String, u64)>,
}

impl Figures {
    /// Adds the figure `name`.
    pub(super) fn add(&mut self, name: &str, value: u64) {
        self.rows.push((name.to_owned(), value));
    }

    /// The figure `name`.
    pub(super) fn get(&self, name: &str) -> Option<u64> {
        self.rows.iter().find(|(found, _)| found == name).map(|(_, value)| *value)
    }

    /// The figures that are in no group.
    pub(super) fn single(&self) -> impl Iterator<Item = (&str, u64)> {
        self.rows.iter().filter(|(name, _)| !name.contains('.')).map(|(name, v)| (&**name, *v))
    }

    /// The members of `group`.
    pub(super) fn members<'a>(&'a self, group: &'a str) -> impl Iterator<Item = (&'a str, u64)> {
        self.rows.iter().filter_map(move |(name, value)| {
            let (found, member) = name.split_once('.')?;
            (found == group).then_some((member, *value))
        })
    }

    /// An object with a member for each figure, and one for each group.
    pub(super) fn to_json(&self) -> Map<String, Value> {
        let mut json = Map::new();
        for (name, value) in &self.rows {
            match name.split_once('.') {
                None => json.insert(name.clone(), (*value).into()),
                Some((group, member)) => {
                    let group = json.entry(group).or_insert_with(|| Map::new().into());
                    group
                        .as_object_mut()
                        .and_then(|group| group.insert(member.to_owned(), (*value).into()))
                }
            };
        }
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        let mut figures = Figures::default();
        figures.add("calls", 231);
        figures.add("compute.fib", 1);
        figures.add("compute.sieve", 2);
        figures
    }

    #[test]
    fn a_figure_is_found_by_its_name_and_a_group_by_its_own() {
        assert_eq!(figures().get("calls"), Some(231));
        assert_eq!(figures().get("compute.sieve"), Some(2));
        assert_eq!(figures().get("compute"), None);
        assert_eq!(figures().members("compute").collect::<Vec<_>>(), [("fib", 1), ("sieve", 2)]);
        assert_eq!(figures().single().collect::<Vec<_>>(), [("calls", 231)]);
    }

    #[test]
    fn a_group_is_an_object_of_its_own() {
        let json = Value::from(figures().to_json());

        let expected = serde_json::json!({ "calls": 231, "compute": { "fib": 1, "sieve": 2 } });
        assert_eq!(json, expected);
    }
}
