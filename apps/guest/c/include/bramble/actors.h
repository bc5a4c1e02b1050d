// Starting other apps of the image, and talking with them.
//
// An app's manifest says which it may start (`spawns`), and both it and they say
// `uses = ["wasi", "actors"]`. Every call gives 0 or an errno of WASI. A time limit is in nanoseconds:
// below zero it never ends, with 0 the call does not wait, and when it has ended the call gives
// EAGAIN. The calls are described in `services/abi/src/actors.rs`.

#pragma once

#include <stddef.h>
#include <stdint.h>

// The app that started this one, if one did.
#define BRAMBLE_PARENT 0

// Which standard streams of an app are its channel.
#define BRAMBLE_STDIN 1
#define BRAMBLE_STDOUT 2

// A list of texts as two arguments: BRAMBLE_LIST("echo\0one\0two").
#define BRAMBLE_LIST(texts) "" texts, sizeof(texts)
#define BRAMBLE_NOTHING NULL, 0

#define BRAMBLE_FOREVER INT64_C(-1)

enum bramble_how { BRAMBLE_EXITED, BRAMBLE_TRAPPED, BRAMBLE_KILLED, BRAMBLE_REFUSED };

struct bramble_ending {
    uint32_t how;
    uint32_t code;
};

#define BRAMBLE_CALL(name) \
    __attribute__((import_module("bramble_actors"), import_name(#name))) int bramble_##name

// Starts the app of the first of `words` with the others as its arguments. `mounts` are directories
// of this app that it is to have; with ":ro" behind the path it may only read there.
BRAMBLE_CALL(spawn)(const char *words, size_t words_bytes, const char *mounts,
                    size_t mounts_bytes, uint32_t streams, uint32_t *actor);

// Sends at least one byte, and says how many; EPIPE if nobody will receive them.
BRAMBLE_CALL(send)(uint32_t actor, const void *bytes, size_t count, int64_t limit_ns, size_t *sent);

// Receives at least one byte, and says how many; 0 are the end.
BRAMBLE_CALL(receive)(uint32_t actor, void *bytes, size_t count, int64_t limit_ns,
                      size_t *received);

// Nothing more will be sent.
BRAMBLE_CALL(shutdown)(uint32_t actor);

// Waits for an app's end.
BRAMBLE_CALL(wait)(uint32_t actor, int64_t limit_ns, struct bramble_ending *ending);

// Ends an app if it still runs, at the end of its turn, and gives its number back. Until then it
// counts in `channels_max`.
BRAMBLE_CALL(close)(uint32_t actor);
