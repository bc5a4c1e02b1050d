//! A name server (RFC 1035).

/// How the server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamesMode {
    /// Answers with the peer's address to names that end in `.test`, for so many seconds; first
    /// with an alias, then with its address. Other names there are none.
    Honest {
        /// How long.
        seconds: u32,
    },
    /// Says nothing.
    Silent,
    /// Gives the address of a name that nobody asked for.
    OtherName,
    /// Answers another question.
    OtherId,
    /// Answers from a port that was not asked.
    OtherPort,
    /// A name whose end is its own beginning.
    Loop,
    /// As many records as fit into a datagram, and a count that promises more.
    Huge,
    /// Cut off in the middle of a record.
    Short,
}

const TYPE_A: u16 = 1;
const TYPE_CNAME: u16 = 5;
/// A pointer to the name in the question.
const ASKED: [u8; 2] = [0xc0, 12];

/// The server's answer to `question`, with `address` as that of all that it knows.
pub(crate) fn answer(mode: NamesMode, question: &[u8], address: [u8; 4]) -> Option<Vec<u8>> {
    let name_end = 12 + question.get(12..)?.iter().position(|byte| *byte == 0)? + 1;
    let asked = question.get(12..name_end + 4)?;
    let id = u16::from_be_bytes([question[0], question[1]]);
    let is_known = asked.windows(6).any(|bytes| bytes == b"\x04test\0");
    let address_for = |seconds| record(&ASKED, TYPE_A, seconds, &address);

    Some(match mode {
        NamesMode::Silent => return None,
        NamesMode::Honest { .. } if !is_known => message(id, 3, 0, asked, &[]),
        NamesMode::Honest { seconds } => {
            let alias = b"\x05alias\x04test\0";
            let mut records = record(&ASKED, TYPE_CNAME, seconds, alias);
            records.extend(record(alias, TYPE_A, seconds, &address));
            message(id, 0, 2, asked, &records)
        }
        NamesMode::OtherName => {
            message(id, 0, 1, asked, &record(b"\x03lie\x04test\0", TYPE_A, 60, &address))
        }
        NamesMode::OtherId => message(id ^ 1, 0, 1, asked, &address_for(60)),
        NamesMode::OtherPort => message(id, 0, 1, asked, &address_for(60)),
        NamesMode::Loop => {
            let here = 0xc000 | (12 + asked.len()) as u16;
            message(id, 0, 1, asked, &record(&here.to_be_bytes(), TYPE_A, 60, &address))
        }
        NamesMode::Huge => message(id, 0, u16::MAX, asked, &address_for(60).repeat(80)),
        NamesMode::Short => {
            let whole = message(id, 0, 1, asked, &address_for(60));
            whole[..whole.len() - 3].to_vec()
        }
    })
}

fn message(id: u16, rcode: u16, records: u16, asked: &[u8], bytes: &[u8]) -> Vec<u8> {
    let words = [id, 0x8180 | rcode, 1, records, 0, 0];
    let mut message: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    message.extend_from_slice(asked);
    message.extend_from_slice(bytes);
    message
}

fn record(name: &[u8], kind: u16, seconds: u32, data: &[u8]) -> Vec<u8> {
    let mut record = name.to_vec();
    record.extend(kind.to_be_bytes());
    record.extend(1_u16.to_be_bytes());
    record.extend(seconds.to_be_bytes());
    record.extend((data.len() as u16).to_be_bytes());
    record.extend_from_slice(data);
    record
}
