//! TOML as far as a card's files need it: keys with their place and value, in the order of the file.
//!
//! Tables are flattened: `[a]`, then `b = { c = 1 }`, is the path `a`, `b`, `c`. A value is text, a
//! whole number, true or false, or a list of texts. Whatever else TOML has is a [`Mistake`], since
//! no setting has such a value.
//!
//! Source: *TOML* v1.0.0, <https://toml.io/en/v1.0.0>. Our own, because `toml_parser`, the smallest
//! of the published ones, takes 14 KB as shipped for much that no setting has. The tests hold this
//! one against the crate `toml`.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

/// How deep inline tables may stand in each other.
const DEPTH_MAX: u32 = 8;

/// One key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its tables' names and its own.
    pub path: Vec<String>,
    /// The line that it stands in, counted from 1.
    pub line: u32,
    /// What it is set to.
    pub value: Value,
}

/// What a key is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A whole number that is not negative.
    Number(u64),
    /// `true` or `false`.
    Flag(bool),
    /// A list of texts.
    List(Vec<String>),
}

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, counted from 1.
    pub line: u32,
    /// The rest of a sentence about it.
    pub why: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

/// All settings of `text`.
///
/// # Errors
///
/// The first [`Mistake`].
pub fn parse(text: &str) -> Result<Vec<Setting>, Mistake> {
    let mut reader = Reader { rest: text, line: 1, path: Vec::new(), settings: Vec::new() };
    let mut table_length = 0;
    loop {
        reader.skip_lines();
        reader.path.truncate(table_length);
        if reader.rest.is_empty() {
            return Ok(reader.settings);
        }
        if reader.take("[") {
            reader.path.clear();
            reader.keys()?;
            reader.want("]")?;
            table_length = reader.path.len();
        } else {
            reader.setting(0)?;
        }
        reader.end_of_line()?;
    }
}

/// What is left of a file, and what was found in it.
struct Reader<'a> {
    rest: &'a str,
    line: u32,
    /// The path of the table, of the inline tables in it, and of the key.
    path: Vec<String>,
    settings: Vec<Setting>,
}

impl<'a> Reader<'a> {
    fn mistake(&self, why: &str) -> Mistake {
        Mistake { line: self.line, why: why.to_string() }
    }

    /// Goes on behind `expected` if that comes next.
    fn take(&mut self, expected: &str) -> bool {
        let after = self.rest.strip_prefix(expected);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn want(&mut self, expected: &str) -> Result<(), Mistake> {
        self.skip_blanks();
        if self.take(expected) {
            return Ok(());
        }
        Err(self.mistake(&["`", expected, "` is missing"].concat()))
    }

    /// Goes on behind the characters that come next and are `wanted`, and gives these.
    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let length = self.rest.find(|character| !wanted(character)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    fn skip_blanks(&mut self) {
        self.take_while(|character| matches!(character, ' ' | '\t'));
    }

    fn skip_comment(&mut self) {
        self.skip_blanks();
        if self.rest.starts_with('#') {
            self.take_while(|character| character != '\n');
        }
    }

    fn take_line_end(&mut self) -> bool {
        let is_end = self.take("\n") || self.take("\r\n");
        self.line += u32::from(is_end);
        is_end
    }

    fn skip_lines(&mut self) {
        self.skip_comment();
        while self.take_line_end() {
            self.skip_comment();
        }
    }

    fn end_of_line(&mut self) -> Result<(), Mistake> {
        self.skip_comment();
        if self.take_line_end() || self.rest.is_empty() {
            return Ok(());
        }
        Err(self.mistake("something follows that does not belong there"))
    }

    fn is_at_quote(&self) -> bool {
        self.rest.starts_with(['"', '\''])
    }

    /// Appends a key, or several with dots between, to the path.
    fn keys(&mut self) -> Result<(), Mistake> {
        loop {
            self.skip_blanks();
            let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            let key = if self.is_at_quote() {
                self.text()?
            } else {
                self.take_while(is_bare).to_string()
            };
            if key.is_empty() {
                return Err(self.mistake("a name is missing, or has letters that need quotes"));
            }
            self.path.push(key);
            self.skip_blanks();
            if !self.take(".") {
                return Ok(());
            }
        }
    }

    /// A key and its value, in `depth` inline tables.
    fn setting(&mut self, depth: u32) -> Result<(), Mistake> {
        self.keys()?;
        self.want("=")?;
        self.skip_blanks();
        if self.take("{") {
            return self.inline_table(depth + 1);
        }
        if self.settings.iter().any(|setting| setting.path == self.path) {
            let name = self.path.last().map_or("", String::as_str);
            return Err(self.mistake(&[name, " is set twice"].concat()));
        }
        let line = self.line;
        let value = self.value()?;
        self.settings.push(Setting { path: self.path.clone(), line, value });
        Ok(())
    }

    fn inline_table(&mut self, depth: u32) -> Result<(), Mistake> {
        if depth > DEPTH_MAX {
            return Err(self.mistake("tables stand too deep in each other"));
        }
        self.skip_blanks();
        if self.take("}") {
            return Ok(());
        }
        let length = self.path.len();
        loop {
            self.setting(depth)?;
            self.path.truncate(length);
            self.skip_blanks();
            if self.take("}") {
                return Ok(());
            }
            self.want(",")?;
        }
    }

    fn value(&mut self) -> Result<Value, Mistake> {
        if self.is_at_quote() {
            return self.text().map(Value::Text);
        }
        if self.take("[") {
            return self.list().map(Value::List);
        }
        let is_part =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '_' | '.' | ':');
        match self.take_while(is_part) {
            "true" => Ok(Value::Flag(true)),
            "false" => Ok(Value::Flag(false)),
            word => number(word).map(Value::Number).ok_or_else(|| {
                self.mistake("a value is a text in quotes, a whole number from 0 on, true or false")
            }),
        }
    }

    fn list(&mut self) -> Result<Vec<String>, Mistake> {
        let mut list = Vec::new();
        loop {
            self.skip_lines();
            if self.take("]") {
                return Ok(list);
            }
            if !self.is_at_quote() {
                return Err(self.mistake("a list is of texts, in quotes"));
            }
            list.push(self.text()?);
            self.skip_lines();
            if !self.take(",") {
                self.want("]")?;
                return Ok(list);
            }
        }
    }

    /// A text, whose quote comes next.
    fn text(&mut self) -> Result<String, Mistake> {
        let is_literal = self.rest.starts_with('\'');
        let quote = if is_literal { "'" } else { "\"" };
        self.take(quote);
        let is_plain = |c: char| {
            !quote.starts_with(c)
                && (is_literal || c != '\\')
                && (c == '\t' || !c.is_ascii_control())
        };
        let mut text = String::new();
        loop {
            text.push_str(self.take_while(is_plain));
            if self.take(quote) {
                break;
            }
            if !self.take("\\") {
                return Err(self.mistake("a text has no quote at its end"));
            }
            text.push(self.escaped()?);
        }
        // Three quotes would be an empty text and another quote: one of several lines.
        if text.is_empty() && self.rest.starts_with(quote) {
            return Err(self.mistake("a text has one line; write \\n for the end of one"));
        }
        Ok(text)
    }

    /// The character that is meant by what stands after a backslash.
    fn escaped(&mut self) -> Result<char, Mistake> {
        const MEANT: [(&str, char); 7] = [
            ("n", '\n'),
            ("t", '\t'),
            ("r", '\r'),
            ("b", '\u{8}'),
            ("f", '\u{c}'),
            ("\"", '"'),
            ("\\", '\\'),
        ];
        if let Some((_, meant)) = MEANT.iter().find(|(name, _)| self.take(name)) {
            return Ok(*meant);
        }
        let digits = [("u", 4), ("U", 8)].iter().find(|(name, _)| self.take(name));
        let digits = digits.map_or(0, |(_, digits)| *digits);
        let code = self.rest.get(..digits).filter(|code| !code.starts_with('+'));
        let meant = code.and_then(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?));
        let wrong = || self.mistake("`\\` stands before something that it cannot stand before");
        let meant = meant.ok_or_else(wrong)?;
        self.rest = &self.rest[digits..];
        Ok(meant)
    }
}

/// A whole number: its digits may be grouped by single underscores.
fn number(word: &str) -> Option<u64> {
    const RADIXES: [(&str, u32); 3] = [("0x", 16), ("0o", 8), ("0b", 2)];
    let with_radix =
        RADIXES.iter().find_map(|(prefix, radix)| Some((word.strip_prefix(prefix)?, *radix)));
    let (digits, radix) = with_radix.unwrap_or((word.strip_prefix('+').unwrap_or(word), 10));
    let is_odd = digits.starts_with(['+', '_'])
        || digits.ends_with('_')
        || digits.as_bytes().windows(2).any(|pair| pair == b"__");
    let has_zero_before = radix == 10 && digits.len() > 1 && digits.starts_with('0');
    if is_odd || has_zero_before {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn paths(text: &str) -> Vec<String> {
        parse(text).unwrap().iter().map(|setting| setting.path.join(".")).collect()
    }

    #[track_caller]
    fn mistake(text: &str) -> Mistake {
        parse(text).unwrap_err()
    }

    #[test]
    fn values_have_their_line_and_kind() {
        let settings = parse("# a card\nname = \"x\\ty\"\nsize = 1_000\non = true\n").unwrap();

        let values: Vec<_> = settings.iter().map(|setting| &setting.value).collect();
        assert_eq!(values, [&Value::Text("x\ty".into()), &Value::Number(1000), &Value::Flag(true)]);
        assert_eq!(settings.iter().map(|setting| setting.line).collect::<Vec<_>>(), [2, 3, 4]);
    }

    #[test]
    fn a_list_is_of_texts() {
        let settings = parse("args = [\n  \"a\",\n  'b c', # the second\n]").unwrap();

        assert_eq!(settings[0].value, Value::List(vec!["a".into(), "b c".into()]));
        assert_eq!(mistake("args = [\n1]").line, 2);
    }

    #[test]
    fn tables_of_each_form_become_paths() {
        let text = "a = 1\n[mounts.\"/tmp\"]\nmemory = \"1M\"\n[env]\nx.y = 2\nz = { a = 3, b = { c = 4 }, d = 5 }\ne = 6";

        assert_eq!(
            paths(text),
            ["a", "mounts./tmp.memory", "env.x.y", "env.z.a", "env.z.b.c", "env.z.d", "env.e"]
        );
    }

    #[test]
    fn a_mistake_has_its_line() {
        assert_eq!(mistake("a = 1\nb = \n").line, 2);
        assert_eq!(mistake("a = 1\n\n= 2\n").line, 3);
        assert_eq!(mistake("a = 1\na = 2\n"), Mistake { line: 2, why: "a is set twice".into() });
        assert_eq!(mistake("a = -1").line, 1);
        assert_eq!(mistake("a = 99999999999999999999").line, 1);
        assert_eq!(mistake("\n\na = 1.5").line, 3);
        assert_eq!(mistake("a = \"unfinished\nb = 1").line, 1);
        assert_eq!(mistake("[[apps]]\n").line, 1);
        assert_eq!(mistake("a = [[\"x\"]]").line, 1);
    }

    #[test]
    fn depth_is_bounded() {
        let text = ["a = ", &"{ a = ".repeat(10_000)].concat();

        assert!(parse(&text).is_err());
        assert!(parse(&["a = ", &"[".repeat(10_000)].concat()).is_err());
    }

    /// What the crate `toml` finds in `text`, flattened; `None` if it finds a mistake.
    fn by_toml(text: &str) -> Option<Vec<(Vec<String>, Value)>> {
        fn flatten(path: &[String], table: &toml::Table, found: &mut Vec<(Vec<String>, Value)>) {
            for (key, value) in table {
                let path = [path, core::slice::from_ref(key)].concat();
                let value = match value {
                    toml::Value::Table(table) => {
                        flatten(&path, table, found);
                        continue;
                    }
                    toml::Value::String(text) => Value::Text(text.clone()),
                    toml::Value::Integer(number) => Value::Number(*number as u64),
                    toml::Value::Boolean(flag) => Value::Flag(*flag),
                    toml::Value::Array(items) => Value::List(
                        items.iter().map(|item| item.as_str().unwrap().into()).collect(),
                    ),
                    _ => panic!("no setting is {value}"),
                };
                found.push((path, value));
            }
        }
        let mut found = Vec::new();
        flatten(&[], &text.parse().ok()?, &mut found);
        Some(found)
    }

    #[test]
    fn what_it_takes_is_what_toml_means() {
        for text in [
            "a = 'x\\y' # z\nb = \"\\t\\u00e9\\U0001F600\\\"\\\\\"\r\nc.d.\"e f\" = +17\n",
            "[a.b]\nc = 0xFF_f\nd = 0b11\ne = 0o17\n[f]\n-_1 = true",
            "a=[]\nb = [ 'x' , \"y\", ]\nc = [\n# z\n'x'\n,\n'y'\n]",
            "a = {}\nb = { c = 1, d.e = { f = 'x' } }\n[g]\nh = false",
        ] {
            let settings = parse(text).unwrap().into_iter();
            let mut found: Vec<_> = settings.map(|setting| (setting.path, setting.value)).collect();
            let mut expected = by_toml(text).unwrap();
            found.sort_by(|one, other| one.0.cmp(&other.0));
            expected.sort_by(|one, other| one.0.cmp(&other.0));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_toml_it_refuses() {
        for text in [
            "a = 01",
            "a = 1__0",
            "a = _1",
            "a = 0x",
            "a = \"x",
            "a = 'x\ny'",
            "a = \"\\q\"",
            "a = \"\\u12\"",
            "a = \"\\ud800\"",
            "a 1",
            "a = 1 b = 2",
            "[a",
            "[a]b = 1",
            "= 1",
            "a = ",
            "a = ['x'",
            "a = { b = 1",
            "a. = 1",
            "\u{e4} = 1",
            "a = tru",
            "a = \"\u{1}\"",
        ] {
            assert!(by_toml(text).is_none(), "{text}");
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn cut_anywhere_it_never_panics() {
        let text = "[a.b]\nc = { d = [\"e\", 'f'], g = \"\"\"h\n\"\"\" }\ni = 0x1F # j\n";

        for (end, _) in text.char_indices() {
            let _ = parse(&text[..end]);
            let _ = parse(&text[end..]);
        }
    }
}
