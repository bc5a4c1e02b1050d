//! What a promise is about, found in Rust source.

/// The source with blanks in place of comments and of what strings and characters hold, so that
/// what is left is code; every line stays where it is.
#[must_use]
pub fn code_of(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let hidden_bytes = hidden_prefix(rest, code.chars().next_back());
        if hidden_bytes == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (hidden, after) = rest.split_at(hidden_bytes);
        code.extend(hidden.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = after;
    }
    code
}

/// The code with the module of unit tests cut off, which by house style comes last.
#[must_use]
pub fn without_tests(code: &str) -> &str {
    const MARK: &str = "#[cfg(test)]";

    for (at, _) in code.match_indices(MARK) {
        let after = code[at + MARK.len()..].trim_start();
        let head = after.split_once('{').map_or(after, |(head, _)| head);
        if head.starts_with("mod ") && !head.contains(';') {
            return &code[..at];
        }
    }
    code
}

/// The numbers of the lines that have `word` as a word of its own, counted from 1.
#[must_use]
pub fn lines_with_word(code: &str, word: &str) -> Vec<usize> {
    let has_word = |line: &str| words(line).any(|found| found == word);
    matching_lines(code, has_word)
}

/// The numbers of the lines that contain `text`, counted from 1.
#[must_use]
pub fn lines_with(code: &str, text: &str) -> Vec<usize> {
    matching_lines(code, |line| line.contains(text))
}

/// The numbers of the lines with an unsafe block or an unsafe `impl` that no `SAFETY:` comment
/// stands before, counted from 1.
#[must_use]
pub fn unsafe_without_reason(source: &str) -> Vec<usize> {
    let code = code_of(source);
    let code_lines: Vec<&str> = code.lines().collect();
    let source_lines: Vec<&str> = source.lines().collect();

    let needs_reason = |line: usize| {
        let rest_of_code = code_lines[line..].join(" ");
        let mut words = rest_of_code.split("unsafe").skip(1);
        words.next().is_some_and(|after| {
            let after = after.trim_start();
            after.starts_with('{') || after.starts_with("impl")
        })
    };
    lines_with_word(&code, "unsafe")
        .into_iter()
        .filter(|number| needs_reason(number - 1))
        .filter(|number| !has_reason(&source_lines, &code_lines, number - 1))
        .collect()
}

/// Whether a `SAFETY:` comment stands on the line, or before the statement that it is part of.
fn has_reason(source_lines: &[&str], code_lines: &[&str], line: usize) -> bool {
    for above in (0..=line).rev() {
        let code = code_lines[above].trim();
        let ends_another = code.ends_with([';', '{', '}', ',']) && above != line;
        if ends_another {
            return false;
        }
        if source_lines[above].contains("SAFETY:") {
            return true;
        }
        if source_lines[above].trim().is_empty() {
            return false;
        }
    }
    false
}

/// The numbers in the code that look like the address of a peripheral of some Pi, with the
/// numbers of their lines, counted from 1.
#[must_use]
pub fn peripheral_addresses(code: &str) -> Vec<(usize, u64)> {
    let mut found = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let addresses = words(line).filter_map(hexadecimal).filter(|&value| is_peripheral(value));
        found.extend(addresses.map(|value| (index + 1, value)));
    }
    found
}

fn is_peripheral(address: u64) -> bool {
    matches!(
        address,
        // The Pi 3's, the Pi 4's, the Pi 4's next to its cores, and the Pi 3's next to its cores.
        0x3f00_0000..=0x3fff_ffff
            | 0xfe00_0000..=0xfeff_ffff
            | 0xff80_0000..=0xff8f_ffff
            | 0x4000_0000..=0x4000_00ff
    )
}

/// The value of a hexadecimal literal, with or without a type at its end.
fn hexadecimal(word: &str) -> Option<u64> {
    let digits = word.strip_prefix("0x")?.replace('_', "");
    let digits = digits.split(['u', 'i']).next().unwrap_or_default();
    u64::from_str_radix(digits, 16).ok()
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
}

fn matching_lines(code: &str, matches: impl Fn(&str) -> bool) -> Vec<usize> {
    let numbered = code.lines().enumerate();
    numbered.filter(|(_, line)| matches(line)).map(|(index, _)| index + 1).collect()
}

/// How many bytes at the start of `source` are a comment, a string or a character; `before` is
/// the character of code before it.
fn hidden_prefix(source: &str, before: Option<char>) -> usize {
    let in_a_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if source.starts_with("//") {
        return source.find('\n').unwrap_or(source.len());
    }
    if source.starts_with("/*") {
        return block_comment(source);
    }
    if let Some(body) = source.strip_prefix('"') {
        return 1 + quoted(body, '"');
    }
    if source.starts_with('\'') {
        return character(source);
    }
    if source.starts_with(['r', 'b', 'c']) && !in_a_word {
        return prefixed_string(source);
    }
    0
}

/// The length of a comment that may hold others.
fn block_comment(source: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
        let (change, bytes) = match rest {
            _ if rest.starts_with("/*") => (1, 2),
            _ if rest.starts_with("*/") => (-1, 2),
            _ => (0, rest.chars().next().map_or(1, char::len_utf8)),
        };
        depth += change;
        at += bytes;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of what comes before the closing `quote`, and of that.
fn quoted(source: &str, quote: char) -> usize {
    let mut characters = source.char_indices();
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == quote {
            return at + character.len_utf8();
        }
    }
    source.len()
}

/// The length of a character in quotes; 0 for a lifetime.
fn character(source: &str) -> usize {
    let mut after_quote = source[1..].chars();
    match (after_quote.next(), after_quote.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => 1 + quoted(&source[1..], '\''),
        _ => 0,
    }
}

/// The length of a raw, byte or C string, or of a byte in quotes; 0 if it is none of them.
fn prefixed_string(source: &str) -> usize {
    let letters = source.len() - source.trim_start_matches(['r', 'b', 'c']).len();
    let (prefix, rest) = source.split_at(letters.min(2));
    if prefix == "b" && rest.starts_with('\'') {
        return 1 + character(rest);
    }

    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let Some(body) = rest[hashes..].strip_prefix('"') else { return 0 };
    let start = prefix.len() + hashes + 1;
    if !prefix.ends_with('r') {
        return if hashes == 0 { start + quoted(body, '"') } else { 0 };
    }
    let end = format!("\"{}", "#".repeat(hashes));
    body.find(&end).map_or(source.len(), |at| start + at + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_not_code() {
        assert_eq!(code_of("a // unsafe\nb"), "a          \nb");
        assert_eq!(code_of("a /* x /* y */\n */ b"), "a             \n    b");
    }

    #[test]
    fn strings_and_characters_are_not_code() {
        assert_eq!(code_of(r#"f("a\"b", 'c', '\'') + 1"#), "f(      ,    ,     ) + 1");
        assert_eq!(code_of(r##"f(r#"a"b"#, b"x", b'y')"##), "f(        ,     ,     )");
    }

    #[test]
    fn lifetimes_and_names_that_begin_like_strings_are_code() {
        let source = "fn f<'a>(b: &'a str, r: u8) -> &'static str { bar(r) }";
        assert_eq!(code_of(source), source);
    }

    #[test]
    fn the_tests_at_the_end_of_a_file_are_cut_off() {
        assert_eq!(without_tests("code\n#[cfg(test)]\nmod tests {\n}"), "code\n");

        let no_module = "#[cfg(test)]\nextern crate std;\ncode { }";
        assert_eq!(without_tests(no_module), no_module);
        let elsewhere = "#[cfg(test)]\nmod tests;\ncode { }";
        assert_eq!(without_tests(elsewhere), elsewhere);
    }

    #[test]
    fn a_word_is_found_only_on_its_own() {
        assert_eq!(lines_with_word("forbid(unsafe_code)\nunsafe{}\n(unsafe)", "unsafe"), [2, 3]);
    }

    #[test]
    fn an_unsafe_block_needs_a_reason_right_before_its_statement() {
        let with_reason = "// SAFETY: yes.\nlet x =\n    unsafe { f() };";
        let with_attribute = "// SAFETY: yes.\n#[cfg(a)]\nunsafe impl Send for X {}";
        let with_reason_of_another = "// SAFETY: yes.\nunsafe { f() };\nunsafe { g() };";
        let without = "fn f() {\n    unsafe {\n    }\n}";

        assert!(unsafe_without_reason(with_reason).is_empty());
        assert!(unsafe_without_reason(with_attribute).is_empty());
        assert_eq!(unsafe_without_reason(with_reason_of_another), [3]);
        assert_eq!(unsafe_without_reason(without), [2]);
    }

    #[test]
    fn an_unsafe_function_promises_and_needs_no_reason() {
        assert!(unsafe_without_reason("pub unsafe fn f() {}").is_empty());
        assert!(unsafe_without_reason("unsafe extern \"C\" {}").is_empty());
    }

    #[test]
    fn addresses_of_peripherals_are_found_however_they_are_written() {
        let code = "0x3f20_1000\n0xFE201000usize\nx + 0xff84_1000 + 0x4000_0040\n";
        let expected = [(1, 0x3f20_1000), (2, 0xfe20_1000), (3, 0xff84_1000), (3, 0x4000_0040)];
        assert_eq!(peripheral_addresses(code), expected);

        assert!(peripheral_addresses("0x3fff 0x8000_0000 1073741824 0x4000_1000").is_empty());
    }
}
