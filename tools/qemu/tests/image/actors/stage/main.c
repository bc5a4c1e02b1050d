// Apps that start each other: `ROLE [ARG]` plays one role. A parent's role exits with 0 if all was
// as it should be; else it says in which line it was not.

#include <bramble/actors.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHECK(condition)                                            \
    do {                                                            \
        if (!(condition)) {                                         \
            printf("line %d: not so: %s\n", __LINE__, #condition);  \
            exit(1);                                                \
        }                                                           \
    } while (0)

#define MILLISECOND 1000000

// Starts the app "stage" in a role.
static uint32_t start_with(const char *role, const char *mounts, size_t mounts_bytes,
                           uint32_t streams) {
    char words[64] = "stage";
    size_t length = sizeof "stage";
    strcpy(words + length, role);
    size_t words_bytes = length + strlen(role) + 1;
    uint32_t actor = 0;
    int error;
    // Those that were closed count until their turn has ended.
    while ((error = bramble_spawn(words, words_bytes, mounts, mounts_bytes, streams, &actor)) ==
           EAGAIN) {
        sched_yield();
    }
    CHECK(error == 0 && actor > 0);
    return actor;
}

static uint32_t start(const char *role) { return start_with(role, BRAMBLE_NOTHING, 0); }

static struct bramble_ending ending_of(uint32_t actor) {
    struct bramble_ending ending;
    CHECK(bramble_wait(actor, BRAMBLE_FOREVER, &ending) == 0);
    return ending;
}

static void expect_end(uint32_t actor, uint32_t how, uint32_t code) {
    struct bramble_ending ending = ending_of(actor);
    CHECK(ending.how == how && ending.code == code);
    CHECK(bramble_close(actor) == 0);
}

static void send_all(uint32_t actor, const char *bytes, size_t count) {
    while (count > 0) {
        size_t sent;
        int error = bramble_send(actor, bytes, count, BRAMBLE_FOREVER, &sent);
        // A parent may go at any time, which is nothing to write home about.
        if (error == EPIPE && actor == BRAMBLE_PARENT) exit(9);
        CHECK(error == 0);
        CHECK(sent > 0 && sent <= count);
        bytes += sent;
        count -= sent;
    }
}

// Receives until the end, and gives the number of bytes; at most `size`.
static size_t receive_all(uint32_t actor, char *bytes, size_t size) {
    size_t count = 0, received;
    do {
        CHECK(bramble_receive(actor, bytes + count, size - count, BRAMBLE_FOREVER, &received) == 0);
        count += received;
    } while (received > 0);
    return count;
}

static char byte_at(size_t index) { return (char)(index * 7 + index / 251); }

static char data[64 << 10], answer[sizeof data + 1];

// Much more than a channel takes goes both ways.
static void talk(void) {
    uint32_t echo = start("echo");
    for (size_t i = 0; i < sizeof data; i++) data[i] = byte_at(i);
    size_t sent = 0, received = 0;
    while (received < sizeof data) {
        size_t count = 0;
        if (sent < sizeof data) {
            int error = bramble_send(echo, data + sent, sizeof data - sent, 0, &count);
            CHECK(error == 0 || error == EAGAIN);
            if (error == 0) sent += count;
            if (sent == sizeof data) CHECK(bramble_shutdown(echo) == 0);
        }
        int error = bramble_receive(echo, answer + received, sizeof answer - received,
                                    sent < sizeof data ? MILLISECOND : BRAMBLE_FOREVER, &count);
        CHECK(error == 0 || error == EAGAIN);
        if (error == 0) received += count;
    }
    CHECK(memcmp(data, answer, sizeof data) == 0);
    CHECK(bramble_send(echo, data, 1, 0, &sent) == EPIPE);
    expect_end(echo, BRAMBLE_EXITED, 7);
    CHECK(bramble_wait(echo, 0, (struct bramble_ending *)answer) == EBADF);
}

// Sends back what it receives.
static void echo(void) {
    for (;;) {
        size_t count;
        CHECK(bramble_receive(BRAMBLE_PARENT, data, 1000, BRAMBLE_FOREVER, &count) == 0);
        if (count == 0) exit(7);
        send_all(BRAMBLE_PARENT, data, count);
    }
}

// The other side has ended, or never began.
static void gone(void) {
    uint32_t actor = start("last-words");
    struct bramble_ending ending = ending_of(actor);
    CHECK(ending.how == BRAMBLE_EXITED && ending.code == 3);
    size_t count;
    CHECK(bramble_send(actor, data, 1, BRAMBLE_FOREVER, &count) == EPIPE);
    CHECK(receive_all(actor, answer, sizeof answer) == 5);
    CHECK(memcmp(answer, "adieu", 5) == 0);
    CHECK(bramble_close(actor) == 0);
    CHECK(bramble_close(actor) == EBADF);
    expect_end(start("trap"), BRAMBLE_TRAPPED, 0);

    uint32_t broken;
    CHECK(bramble_spawn(BRAMBLE_LIST("broken"), BRAMBLE_NOTHING, 0, &broken) == 0);
    expect_end(broken, BRAMBLE_REFUSED, 0);
}

static void last_words(void) {
    send_all(BRAMBLE_PARENT, "adieu", 5);
    exit(3);
}

// A child whose parent has shut down, and then closes: it is ended.
static void kill_all(void) {
    const char *const states[] = {"loop", "listen", "sleep", "fill", "breed", "grandchild"};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        uint32_t actor = start(states[i]);
        struct bramble_ending ending;
        CHECK(bramble_wait(actor, 2 * MILLISECOND, &ending) == EAGAIN || i == 4);
        CHECK(bramble_close(actor) == 0);
    }
    // This one ends with this app.
    start("loop");
}

static void loop(void) {
    for (volatile int i = 0;; i++) continue;
}

static void listen_to_parent(void) {
    size_t count;
    CHECK(bramble_receive(BRAMBLE_PARENT, data, 1, BRAMBLE_FOREVER, &count) == 0);
}

static void sleep_long(void) { sleep(1000); }

static void fill(void) {
    for (;;) send_all(BRAMBLE_PARENT, data, sizeof data);
}

static void grandchild(void) {
    uint32_t actor = start("loop");
    ending_of(actor);
}

// What this app may not have.
static void deny(void) {
    uint32_t actor = 0;
    CHECK(bramble_spawn(BRAMBLE_LIST("stranger"), BRAMBLE_NOTHING, 0, &actor) == EACCES);
    CHECK(bramble_spawn(BRAMBLE_LIST("nobody"), BRAMBLE_NOTHING, 0, &actor) == ENOENT);
    CHECK(bramble_spawn(BRAMBLE_LIST("stage\0loop"), BRAMBLE_LIST("/etc"), 0, &actor) ==
          ENOTCAPABLE);
    CHECK(bramble_spawn("stage", 5, BRAMBLE_NOTHING, 0, &actor) == EINVAL);
    CHECK(bramble_spawn(BRAMBLE_NOTHING, BRAMBLE_NOTHING, 0, &actor) == EINVAL);
    CHECK(bramble_spawn("\xff", 2, BRAMBLE_NOTHING, 0, &actor) == EINVAL);
    CHECK(bramble_spawn(data, 5000, BRAMBLE_NOTHING, 0, &actor) == E2BIG);
    CHECK(bramble_spawn((char *)-16, 100, BRAMBLE_NOTHING, 0, &actor) == EFAULT);
    CHECK(bramble_spawn(BRAMBLE_LIST("stage"), BRAMBLE_NOTHING, 0, (uint32_t *)-2) == EFAULT);
    CHECK(actor == 0);

    size_t count;
    CHECK(bramble_receive(BRAMBLE_PARENT, data, 1, 0, &count) == EBADF);
    CHECK(bramble_send(9, data, 1, 0, &count) == EBADF);
    CHECK(bramble_close(BRAMBLE_PARENT) == EBADF);
    CHECK(bramble_shutdown(-1) == EBADF);
    actor = start("listen");
    CHECK(bramble_send(actor, (char *)-16, 100, 0, &count) == EFAULT);
    CHECK(bramble_receive(actor, data, 1, 0, (size_t *)-2) == EFAULT);
    CHECK(bramble_receive(actor, data, 1, 0, &count) == EAGAIN);
    CHECK(bramble_receive(actor, data, 1, MILLISECOND, &count) == EAGAIN);
    expect_end(start("start-stranger"), BRAMBLE_EXITED, EACCES);
}

// Of the app "grand" this one may start, and its parent may not.
static void start_stranger(void) {
    uint32_t actor;
    exit(bramble_spawn(BRAMBLE_LIST("stranger"), BRAMBLE_NOTHING, 0, &actor));
}

// Starts itself without end.
static void breed(void) {
    uint32_t actor;
    int error = bramble_spawn(BRAMBLE_LIST("stage\0breed"), BRAMBLE_NOTHING, 0, &actor);
    if (error) {
        CHECK(error == EAGAIN);
        // How deep it got, told by all above.
        send_all(BRAMBLE_PARENT, "x", 1);
        return;
    }
    size_t count = receive_all(actor, answer, sizeof answer);
    answer[count++] = 'x';
    size_t sent;
    int told = bramble_send(BRAMBLE_PARENT, answer, count, BRAMBLE_FOREVER, &sent);
    if (told == EBADF) printf("%zu generations\n", count);
    expect_end(actor, BRAMBLE_EXITED, 0);
}

// Directories that are handed down, and that are not.
static void files(void) {
    FILE *file = fopen("/tmp/note", "w");
    CHECK(file && fputs("from above", file) >= 0 && fclose(file) == 0);
    expect_end(start_with("read", BRAMBLE_LIST("/tmp:ro"), 0), BRAMBLE_EXITED, 0);
    expect_end(start_with("write", BRAMBLE_LIST("/tmp"), 0), BRAMBLE_EXITED, 0);
    expect_end(start("blind"), BRAMBLE_EXITED, 0);
    CHECK((file = fopen("/tmp/answer", "r")) && fgets(answer, sizeof answer, file));
    CHECK(strcmp(answer, "from below") == 0);
}

static void read_file(void) {
    FILE *file = fopen("/tmp/note", "r");
    CHECK(file && fgets(answer, sizeof answer, file));
    CHECK(strcmp(answer, "from above") == 0);
    CHECK(!fopen("/tmp/other", "w") && (errno == EROFS || errno == ENOTCAPABLE));
}

static void write_file(void) {
    FILE *file = fopen("/tmp/answer", "w");
    CHECK(file && fputs("from below", file) >= 0 && fclose(file) == 0);
}

static void blind(void) { CHECK(!fopen("/tmp/note", "r")); }

// A program that knows nothing of channels, between this one's and its own streams.
static void pipe_through(void) {
    uint32_t actor = start_with("upper", BRAMBLE_NOTHING, BRAMBLE_STDIN | BRAMBLE_STDOUT);
    send_all(actor, "line one\nline two\n", 18);
    CHECK(bramble_shutdown(actor) == 0);
    CHECK(receive_all(actor, answer, sizeof answer) == 18);
    CHECK(memcmp(answer, "LINE ONE\nLINE TWO\n", 18) == 0);
    expect_end(actor, BRAMBLE_EXITED, 0);
    // Its output has nowhere to go.
    actor = start_with("chatter", BRAMBLE_NOTHING, BRAMBLE_STDOUT);
    size_t count;
    CHECK(bramble_receive(actor, answer, 1, BRAMBLE_FOREVER, &count) == 0);
    CHECK(bramble_close(actor) == 0);
}

static void upper(void) {
    for (int c; (c = getchar()) != EOF;) putchar(c >= 'a' && c <= 'z' ? c - 32 : c);
}

static void chatter(void) {
    while (puts("and so on") >= 0) fflush(stdout);
}

// Children are many, one after another, on all cores, each ended in another state.
static void churn(int count) {
    const char *const states[] = {"loop", "listen", "sleep", "fill", "last-words", "trap"};
    for (int i = 0; i < count; i++) {
        uint32_t actor = start(states[i % 6]);
        struct bramble_ending ending;
        if (i % 3) bramble_wait(actor, i % 5 * MILLISECOND / 4, &ending);
        CHECK(bramble_close(actor) == 0);
    }
}

static void trap(void) { __builtin_trap(); }

// One that uses the fuel of both.
static void spend(void) { ending_of(start("loop")); }

// Says by its exit code how another one ended.
static void watch(void) { exit((int)ending_of(start("loop")).how); }

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*play)(void);
    } roles[] = {
        {"talk", talk},         {"echo", echo},
        {"gone", gone},         {"last-words", last_words},
        {"kill", kill_all},     {"loop", loop},
        {"listen", listen_to_parent}, {"sleep", sleep_long},
        {"fill", fill},         {"grandchild", grandchild},
        {"deny", deny},         {"start-stranger", start_stranger},
        {"breed", breed},       {"files", files},
        {"read", read_file},    {"write", write_file},
        {"blind", blind},       {"pipe", pipe_through},
        {"upper", upper},       {"chatter", chatter},
        {"watch", watch},       {"spend", spend},       {"trap", trap},
    };
    if (argc > 2 && strcmp(argv[1], "churn") == 0) {
        churn(atoi(argv[2]));
        return 0;
    }
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (argc > 1 && strcmp(argv[1], roles[i].name) == 0) {
            roles[i].play();
            return 0;
        }
    }
    puts("which role?");
    return 2;
}
