// Conway's Life on a board without edges. A click sets or clears cells, space pauses, R scatters
// new ones. Cells redden with age, and where one died is a glow for a while.
//
// `--frame N` shows the N-th generation, and stays there.

#include <bramble/display.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COLUMNS = 96, ROWS = 72, CELLS = COLUMNS * ROWS, SCALE = 3, FRAMES_PER_STEP = 6 };
enum { EMPTY = 0, GLOW = 7, YOUNG = 8, OLD = 15, USAGE_R = 0x15, USAGE_SPACE = 0x2c };

// A cell's color: what glows, from nearly out to just dead; what lives, from young to old.
static const uint32_t colors[] = {
    0x161a21, 0x1d1c27, 0x241e2d, 0x2d2134, 0x37243b, 0x432843, 0x512c4a, 0x603051,
    0xe8e4da, 0xe7d3d1, 0xe6c1c8, 0xe4aec0, 0xe29cbc, 0xe08ab8, 0xcb74a1, 0xb4608b,
};

static uint8_t cells[CELLS];
static uint32_t seed = 2463534242u;
static int surface;
static struct bramble_picture board = {
    .pixels = cells, .width = COLUMNS, .height = ROWS, .format = BRAMBLE_PALETTE,
    .colors = colors, .color_count = sizeof(colors) / sizeof(colors[0]), .scale = SCALE,
};

// Marsaglia's xorshift.
static uint32_t next_random(void) {
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

static void scatter(void) {
    for (int i = 0; i < CELLS; i++) cells[i] = next_random() % 4 ? EMPTY : YOUNG;
}

static uint8_t next(uint8_t cell, int neighbors) {
    bool lives = neighbors == 3 || (neighbors == 2 && cell >= YOUNG);
    if (!lives) return cell >= YOUNG ? GLOW : cell - (cell > EMPTY);
    if (cell < YOUNG) return YOUNG;
    return cell + (cell < OLD);
}

static void step(void) {
    // For each cell, how many live among it and those left and right of it.
    static uint8_t threes[CELLS];
    for (int row = 0; row < CELLS; row += COLUMNS) {
        int left = cells[row + COLUMNS - 1] >= YOUNG, here = cells[row] >= YOUNG;
        for (int x = 0; x < COLUMNS; x++) {
            int right = cells[row + (x + 1) % COLUMNS] >= YOUNG;
            threes[row + x] = left + here + right;
            left = here, here = right;
        }
    }
    for (int i = 0; i < CELLS; i++) {
        int above = i < COLUMNS ? i + CELLS - COLUMNS : i - COLUMNS;
        int below = i < CELLS - COLUMNS ? i + COLUMNS : i + COLUMNS - CELLS;
        int living = threes[above] + threes[i] + threes[below];
        cells[i] = next(cells[i], living - (cells[i] >= YOUNG));
    }
}

static void draw(void) { bramble_blit(surface, 0, 0, &board); }

// As large as the window allows.
static void fit(uint32_t width, uint32_t height) {
    uint32_t scale = width / COLUMNS < height / ROWS ? width / COLUMNS : height / ROWS;
    board.scale = scale < 1 ? 1 : scale > 16 ? 16 : scale;
    bramble_clear(surface, colors[EMPTY]);
}

// Draws with the pointer: what a press made of the first cell.
static void touch(const struct bramble_event *event) {
    static bool is_held;
    static uint8_t brush;
    int x = event->x / (int)board.scale, y = event->y / (int)board.scale;
    bool is_on_board = event->x >= 0 && event->y >= 0 && x < COLUMNS && y < ROWS;
    uint8_t *cell = &cells[is_on_board ? y * COLUMNS + x : 0];
    if (event->kind == BRAMBLE_BUTTON) {
        is_held = event->number == 1 && event->state == BRAMBLE_DOWN;
        brush = *cell >= YOUNG ? EMPTY : YOUNG;
    }
    if (is_held && is_on_board) *cell = brush;
}

// Waits for an event at most so long, or for ever below 0.
static bool take_event(struct bramble_event *event, int limit_ms) {
    struct pollfd waiting = {.fd = surface, .events = POLLIN};
    return poll(&waiting, 1, limit_ms) == 1 && read(surface, event, sizeof *event) == sizeof *event;
}

int main(int count, char **words) {
    int frame = count == 3 && !strcmp(words[1], "--frame") ? atoi(words[2]) : -1;
    if (bramble_open(BRAMBLE_TEXT("life"), COLUMNS * SCALE, ROWS * SCALE, 0, &surface)) return 1;
    scatter();
    for (int i = 0; i < frame; i++) step();
    draw();
    if (frame >= 0) printf("frame %d\n", frame), fflush(stdout);

    bool is_paused = frame >= 0;
    for (unsigned frames = 1;; frames++) {
        struct bramble_event event;
        bool is_changed = false;
        // While it is paused there is nothing to wait for but an event.
        for (int limit_ms = is_paused ? -1 : 0; take_event(&event, limit_ms); limit_ms = 0) {
            bool is_press = event.kind == BRAMBLE_KEY && event.state == BRAMBLE_DOWN;
            if (event.kind == BRAMBLE_CLOSE) return 0;
            if (event.kind == BRAMBLE_RESIZE) fit(event.x, event.y);
            if (event.kind == BRAMBLE_BUTTON || event.kind == BRAMBLE_POINTER) touch(&event);
            if (is_press && event.number == USAGE_SPACE) is_paused = !is_paused;
            if (is_press && event.number == USAGE_R) scatter();
            is_changed = true;
        }
        if (!is_paused && frames % FRAMES_PER_STEP == 0) {
            step();
            is_changed = true;
        }
        if (is_changed) draw();
        if (!is_paused) bramble_wait_frame(surface);
    }
}
