//! Calls with arguments by chance, in any order.

use super::*;

const CALLS: u32 = 200_000;

/// Numbers by chance, the same each time (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as u32 % end
    }

    /// A number that may mean something: a descriptor, a flag, a pointer, a length, or none of it.
    fn argument(&mut self) -> u32 {
        match self.below(8) {
            0 => u32::MAX - self.below(8),
            1 => MEMORY_BYTES as u32 - self.below(40),
            2 => self.below(MEMORY_BYTES as u32),
            3 | 4 => 8 * self.below(4),
            _ => self.below(6),
        }
    }
}

impl Guest {
    /// Makes one of all calls.
    fn call(&mut self, chance: &mut Chance) -> Result<Outcome<Wasi>, Errno> {
        let memory = &mut memory_of(&mut self.bytes);
        let (wasi, fd) = (&mut self.wasi, chance.below(8));
        let [a, b, c, d, e, f, g] = [(); 7].map(|()| chance.argument());
        let plain = match chance.below(18) {
            0 => return wasi.sock_accept_plain(memory, fd, a),
            1 => return wasi.sock_connect(memory, fd, a, b),
            2 => return wasi.sock_send_to(memory, fd, a, b, c, d, e, f),
            3 => return wasi.sock_recv_from(memory, fd, a, b, c, d, e, f, g),
            4 => return wasi.sock_getaddrinfo(memory, fd, a, b, c, d, e, f, g),
            5 => return wasi.sock_recv(memory, fd, a, b, c, d, e),
            6 => return wasi.sock_send(memory, fd, a, b, c, d),
            7 => return wasi.poll_oneoff::<48>(memory, a, b, c.min(9), d),
            8 => return wasi.fd_write(memory, fd, a, b, c),
            9 => return wasi.sock_accept(memory, fd, a, b),
            10 | 11 => wasi.sock_open(memory, 1, chance.below(3), a),
            12 => wasi.sock_bind(memory, fd, a, b),
            13 => wasi.sock_listen(fd, a),
            14 => wasi.sock_getsockopt(memory, fd, a.min(1), b, c, d),
            15 => wasi.sock_setsockopt(memory, fd, a.min(1), b, c, d),
            16 if a > 5 => wasi.fd_close(fd),
            16 => wasi.sock_shutdown(fd, a),
            _ if a < 3 => wasi.sock_getlocaladdr(memory, fd, b, c, d),
            _ => wasi.sock_getpeeraddr(memory, fd, b, c, d),
        };
        plain.map(|()| Outcome::Return(0))
    }

    /// Lets the network change, and the memory too.
    fn change(&mut self, chance: &mut Chance) {
        let at = 4 * chance.below(MEMORY_BYTES as u32 / 4);
        let word = chance.argument();
        self.put_word(at, word);
        // An address, room for one, and a buffer.
        for (at, buffer_at, length) in [(0, 64, 4), (8, 128, 128), (16, 512, 8)] {
            if chance.below(4) > 0 {
                self.put_word(at, buffer_at);
                self.put_word(at + 4, length);
            }
        }
        let mut state = self.network.state();
        state.obstacle =
            [None, Some(Errno::Again), Some(Errno::TimedOut)][chance.below(3) as usize];
        state.refusal = [None, None, Some(Errno::Access)][chance.below(3) as usize];
        state.room_bytes = chance.below(9) as usize;
        state.has_ended = chance.below(4) == 0;
        match chance.below(4) {
            0 => state.coming.push(b"hello"),
            1 => state.datagrams.push((b"hello", PEER)),
            2 => state.addresses = vec![Ipv4Addr::LOCALHOST; chance.below(4) as usize],
            _ => {}
        }
    }
}

#[test]
fn nothing_that_a_guest_can_say_panics() {
    let chance = &mut Chance(1);
    let mut guest = Guest::new();
    let mut parked = Vec::new();
    let mut done = 0;

    for _ in 0..CALLS {
        guest.change(chance);
        let outcome = match chance.below(3) {
            0 if !parked.is_empty() => {
                let wait: runtime::Wait<Wasi> = parked.swap_remove(0);
                (wait.resume)(&mut memory_of(&mut guest.bytes), &mut guest.wasi)
            }
            _ => guest.call(chance),
        };
        match outcome {
            Ok(Outcome::Wait(wait)) if parked.len() < 8 => parked.push(wait),
            Ok(_) => done += 1,
            Err(_) => {}
        }
    }

    // Not everything was refused.
    assert!(done > CALLS / 50, "{done}");
}
