use super::*;

/// The header of an answer to question 7, with so many records.
const fn header(records: u8) -> [u8; 12] {
    [0, 7, 0x81, 0x80, 0, 1, 0, records, 0, 0, 0, 0]
}

const QUESTION: &[u8] = b"\x01a\x01b\x00\x00\x01\x00\x01";
const ADDRESS: &[u8] = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x01\x02\x00\x04\x0a\x00\x00\x01";

fn message(records: u8, parts: &[&[u8]]) -> Vec<u8> {
    [&header(records)[..], QUESTION]
        .into_iter()
        .chain(parts.iter().copied())
        .flatten()
        .copied()
        .collect()
}

#[test]
fn a_question_is_as_the_rfc_draws_it() {
    let expected = [b"\0\x07\x01\0\0\x01\0\0\0\0\0\0", QUESTION].concat();
    assert_eq!(question(7, "a.b"), expected);
}

#[test]
fn an_answer_gives_addresses_and_their_seconds() {
    let answer = answer(&message(1, &[ADDRESS]), 7, "A.b");
    assert_eq!(answer, Some(Answer::Known(Vec::from([Ipv4Addr::new(10, 0, 0, 1)]), 0x102)));
}

#[test]
fn another_id_or_name_or_a_question_is_no_answer() {
    let good = message(1, &[ADDRESS]);
    assert_eq!(answer(&good, 8, "a.b"), None);
    assert_eq!(answer(&good, 7, "a.c"), None);

    let mut question = good;
    question[2] = 1;
    assert_eq!(answer(&question, 7, "a.b"), None);
}

#[test]
fn no_answer_that_is_cut_off_is_one() {
    let good = message(1, &[ADDRESS]);
    for length in 0..good.len() {
        assert_eq!(answer(&good[..length], 7, "a.b"), None, "{length}");
    }
}

#[test]
fn pointers_that_lead_round_or_ahead_are_no_name() {
    for pointer in [[0xc0, 21], [0xc0, 23], [0xff, 0xff], [0x80, 0]] {
        let record = [&pointer[..], &ADDRESS[2..]].concat();
        assert_eq!(answer(&message(1, &[&record]), 7, "a.b"), None, "{pointer:?}");
    }
}

#[test]
fn a_name_of_any_length_ends() {
    let label = [&[63][..], &[b'x'; 63]].concat();
    let name = label.repeat(5);
    let record = [&name[..], &[0], &ADDRESS[2..]].concat();
    assert_eq!(answer(&message(1, &[&record]), 7, "a.b"), None);
}

#[test]
fn a_name_that_is_not_there_and_one_without_addresses_are_unknown() {
    let mut missing = message(0, &[]);
    missing[3] = 0x83;
    assert_eq!(answer(&missing, 7, "a.b"), Some(Answer::Unknown));
    assert_eq!(answer(&message(0, &[]), 7, "a.b"), Some(Answer::Unknown));

    let mut failed = message(0, &[]);
    failed[3] = 0x82;
    assert_eq!(answer(&failed, 7, "a.b"), None);
}
