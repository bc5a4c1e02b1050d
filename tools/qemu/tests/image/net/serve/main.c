// Serves connections to the port that it finds open, as many at a time as come, until it has seen
// the end of as many as its argument says; 0 is for ever. The first byte of a connection says what
// is wanted:
//
//   e   what comes after it goes back
//   t   all that comes to the end is taken; then its length and checksum (FNV-1a) go back, each in
//       8 bytes, the most significant first
//   g   the length that comes in 8 such bytes is given of a pattern
//   T G the same as fast as it goes: what comes is not summed, and what is given are zeros

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS 48
#define BUFFER_BYTES (16 * 1024)

struct connection {
    int fd;
    char wanted;
    char at_end;
    // What waits to be sent.
    size_t length, sent;
    // Bytes taken, or given; and how many are to be given.
    uint64_t moved, limit, sum;
    unsigned char buffer[BUFFER_BYTES];
};

static struct connection connections[CONNECTIONS];
static int count;
static long left;

static void put(unsigned char *to, uint64_t value) {
    for (int i = 0; i < 8; i++) to[i] = (unsigned char)(value >> (56 - 8 * i));
}

static uint64_t get(const unsigned char *from) {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) value = value << 8 | from[i];
    return value;
}

// The byte at `at` of what is given.
static unsigned char pattern(uint64_t at) { return (unsigned char)(at ^ at >> 8 ^ at >> 16); }

// What there is to do once all is sent; 0 if the connection is over.
static int refill(struct connection *c) {
    c->length = c->sent = 0;
    if (c->wanted == 'G') {
        uint64_t rest = c->limit - c->moved;
        c->length = rest < BUFFER_BYTES ? (size_t)rest : BUFFER_BYTES;
        c->moved += c->length;
        return c->length > 0;
    }
    if (c->wanted == 'g') {
        // In variables of its own, which no byte that is written can be a part of.
        uint64_t at = c->moved, rest = c->limit - at;
        size_t length = rest < BUFFER_BYTES ? (size_t)rest : BUFFER_BYTES;
        for (size_t i = 0; i < length; i++) c->buffer[i] = pattern(at + i);
        c->length = length;
        c->moved = at + length;
        return c->length > 0;
    }
    return !c->at_end;
}

// 1 if the connection goes on.
static int take(struct connection *c) {
    if (!c->wanted) {
        if (recv(c->fd, &c->wanted, 1, 0) <= 0) return 0;
        c->sum = 0xcbf29ce484222325;
        return 1;
    }
    ssize_t got = recv(c->fd, c->buffer, (c->wanted | 32) == 'g' ? 8 : BUFFER_BYTES, 0);
    if (got < 0) return errno == EAGAIN;
    c->at_end = got == 0;
    switch (c->wanted) {
    case 'e':
        c->length = (size_t)got;
        return got > 0;
    case 't':
    case 'T':
        if (c->wanted == 't') {
            uint64_t sum = c->sum;
            for (ssize_t i = 0; i < got; i++) sum = (sum ^ c->buffer[i]) * 0x100000001b3;
            c->sum = sum;
        }
        c->moved += (uint64_t)got;
        if (c->at_end) {
            put(c->buffer, c->moved);
            put(c->buffer + 8, c->sum);
            c->length = 16;
        }
        return 1;
    case 'g':
    case 'G':
        if (got != 8) return 0;
        c->limit = get(c->buffer);
        return refill(c);
    default:
        return 0;
    }
}

static int go_on(struct connection *c) {
    if (c->sent == c->length) return take(c);
    ssize_t sent = send(c->fd, c->buffer + c->sent, c->length - c->sent, 0);
    if (sent < 0) return errno == EAGAIN;
    c->sent += (size_t)sent;
    return c->sent < c->length || refill(c);
}

static void admit(int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    memset(&connections[count], 0, offsetof(struct connection, buffer));
    connections[count++].fd = fd;
}

int main(int argc, char **argv) {
    const char *number = getenv("LISTEN_FDS");
    if (!number) return 2;
    int listener = atoi(number);
    left = argc > 1 ? atol(argv[1]) : 0;
    int is_for_ever = left == 0;
    fcntl(listener, F_SETFL, O_NONBLOCK);
    puts("ready");
    fflush(stdout);
    while (is_for_ever || left > 0) {
        struct pollfd polled[CONNECTIONS + 1];
        int polls = count;
        for (int i = 0; i < count; i++) {
            struct connection *c = &connections[i];
            polled[i].fd = c->fd;
            polled[i].events = c->sent < c->length ? POLLOUT : POLLIN;
        }
        if (count < CONNECTIONS) {
            polled[polls].fd = listener;
            polled[polls++].events = POLLIN;
        }
        if (poll(polled, (nfds_t)polls, -1) < 0) return 3;
        int has_news = count < CONNECTIONS && polled[polls - 1].revents;
        for (int i = count - 1; i >= 0; i--) {
            if (!polled[i].revents || go_on(&connections[i])) continue;
            close(connections[i].fd);
            connections[i] = connections[--count];
            left--;
        }
        if (has_news) admit(listener);
    }
    return 0;
}
