use super::*;
use alloc::vec;

const QUESTION: Question = Question {
    token: [1, 2, 3, 4],
    adapter: [2, 0, 0, 0, 0, 9],
    own: None,
    wanted: None,
    server: None,
};

/// An answer with these options, as RFC 2131 lays it out.
fn message(options: &[u8]) -> Vec<u8> {
    let mut message = vec![0; 240];
    message[0] = 2;
    message[4..8].copy_from_slice(&[1, 2, 3, 4]);
    message[16..20].copy_from_slice(&[10, 0, 0, 7]);
    message[28..34].copy_from_slice(&[2, 0, 0, 0, 0, 9]);
    message[236..240].copy_from_slice(&[99, 130, 83, 99]);
    message.extend_from_slice(options);
    message
}

const OFFER: &[u8] = &[
    53, 1, 2, 0, 54, 4, 10, 0, 0, 1, 51, 4, 0, 0, 1, 0, 1, 4, 255, 255, 255, 0, 3, 4, 10, 0, 0, 1,
    6, 8, 10, 0, 0, 2, 10, 0, 0, 3, 255,
];

#[test]
fn a_search_is_as_the_rfcs_draw_it() {
    let frame = QUESTION.frame();

    assert_eq!(frame[..14], [255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 9, 8, 0]);
    assert_eq!(frame[14..18], [0x45, 0, 1, 72]);
    assert_eq!(frame[26..34], [0, 0, 0, 0, 255, 255, 255, 255]);
    assert_eq!(frame[34..42], [0, 68, 0, 67, 1, 52, 0, 0]);
    assert_eq!(frame[42..50], [1, 1, 6, 0, 1, 2, 3, 4]);
    assert_eq!(frame[278..282], [99, 130, 83, 99]);
    assert_eq!(frame[282..292], [53, 1, 1, 55, 3, 1, 3, 6, 255, 0]);
    assert!(Ipv4Packet::new_unchecked(&frame[14..]).verify_checksum());
}

#[test]
fn a_request_says_which_address_and_whose() {
    let wanted = Some(Ipv4Addr::new(10, 0, 0, 7));
    let frame = Question { wanted, server: Some(Ipv4Addr::new(10, 0, 0, 1)), ..QUESTION }.frame();
    assert_eq!(frame[282..290], [53, 1, 3, 55, 3, 1, 3, 6]);
    assert_eq!(frame[290..303], [50, 4, 10, 0, 0, 7, 54, 4, 10, 0, 0, 1, 255]);

    let renewal = Question { own: wanted, ..QUESTION }.frame();
    assert_eq!(renewal[26..30], [10, 0, 0, 7]);
    assert_eq!(renewal[54..58], [10, 0, 0, 7]);
    assert_eq!(renewal[282..291], [53, 1, 3, 55, 3, 1, 3, 6, 255]);
}

#[test]
fn an_offer_is_read() {
    let answer = answer(&message(OFFER), &QUESTION).unwrap();

    assert_eq!((answer.kind, answer.seconds), (Kind::Offer, 256));
    assert_eq!(answer.server, Some(Ipv4Addr::new(10, 0, 0, 1)));
    assert_eq!(answer.address.own, Ipv4Addr::new(10, 0, 0, 7));
    assert_eq!(answer.address.prefix_bits, 24);
    assert_eq!(answer.address.router, Some(Ipv4Addr::new(10, 0, 0, 1)));
    let servers = [Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 3)];
    assert_eq!(answer.address.name_servers, servers);
}

#[test]
fn an_answer_to_somebody_else_is_none() {
    for at in [0, 4, 28, 236] {
        let mut message = message(OFFER);
        message[at] ^= 1;
        assert_eq!(answer(&message, &QUESTION), None, "{at}");
    }
}

#[test]
fn an_answer_that_is_cut_off_never_says_more_than_the_whole() {
    let whole = message(OFFER);
    for length in 0..whole.len() {
        if let Some(part) = answer(&whole[..length], &QUESTION) {
            assert_eq!(part.kind, Kind::Offer);
            assert!(length >= 243, "{length}");
        }
    }
}

#[test]
fn a_mask_with_holes_and_options_that_end_too_early_are_none() {
    let holes = [53, 1, 5, 1, 4, 255, 0, 255, 0, 255];
    assert_eq!(answer(&message(&holes), &QUESTION).unwrap().address.prefix_bits, 0);

    let short = [53, 1, 5, 3, 200, 1];
    assert_eq!(answer(&message(&short), &QUESTION).unwrap().address.router, None);
    assert_eq!(answer(&message(&[53]), &QUESTION), None);
    assert_eq!(answer(&message(&[]), &QUESTION), None);
}
