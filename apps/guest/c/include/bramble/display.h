// Windows on the screen: drawing in them, and what people do there.
//
// An app's manifest says `uses = ["wasi", "display"]`. Every call gives 0 or an errno of WASI. A
// surface is a file descriptor: `poll` says that it is readable when an event waits, `read` gives
// whole events, and `close` closes its window. Colors are 0x00rrggbb. Coordinates go from the
// surface's left upper corner to the right and down; what is not on the surface is not drawn. What
// was drawn is seen with the screen's next picture. The calls are described in
// `services/abi/src/display.rs`.

#pragma once

#include <stddef.h>
#include <stdint.h>

// How a surface is opened.
#define BRAMBLE_FRAMED 0
#define BRAMBLE_WHOLE_SCREEN 1

// A text as two arguments: BRAMBLE_TEXT("hello").
#define BRAMBLE_TEXT(text) "" text, sizeof(text) - 1

enum bramble_style { BRAMBLE_FILLED, BRAMBLE_OUTLINED };

struct bramble_size {
    uint32_t width;
    uint32_t height;
};

// Blue is in the lowest byte, or the lowest 5 bits. In ARGB8888 the highest byte says how much a
// pixel covers; in PALETTE a byte is the number of a color.
enum bramble_format { BRAMBLE_XRGB8888, BRAMBLE_ARGB8888, BRAMBLE_RGB565, BRAMBLE_PALETTE };

struct bramble_picture {
    const void *pixels;
    uint32_t width;
    uint32_t height;
    uint32_t stride_bytes; // From a row to the one below; 0 if there is nothing between them.
    uint32_t format;
    const uint32_t *colors; // Of BRAMBLE_PALETTE, 256 at most.
    uint32_t color_count;
    uint32_t scale; // How many pixels of the surface one is wide and high, from 1 to 16.
};

enum bramble_kind {
    BRAMBLE_KEY = 1,
    BRAMBLE_POINTER,
    BRAMBLE_BUTTON,
    BRAMBLE_WHEEL,
    BRAMBLE_FOCUS,
    BRAMBLE_RESIZE,
    BRAMBLE_CLOSE,
};

enum bramble_state { BRAMBLE_UP, BRAMBLE_DOWN, BRAMBLE_REPEATED };

// What `read` gives.
struct bramble_event {
    uint8_t kind;
    uint8_t number;    // A key's usage in the HID tables; a button: 1 left, 2 right, 3 middle.
    uint8_t state;     // Of a key or a button; of the focus, down if the window has it now.
    uint8_t modifiers; // Which of the keys 0xe0 to 0xe7 are down, the first in the lowest bit.
    int32_t x;         // Where the pointer is; the new width; notches of the wheel.
    int32_t y;         // Where the pointer is; the new height.
    char text[8];      // What a key types, in UTF-8, zeroes behind it.
};

#define BRAMBLE_DISPLAY(name) \
    __attribute__((import_module("bramble_display"), import_name(#name))) int bramble_##name

// Opens a surface and its window, as large as the screen for 0 and 0.
BRAMBLE_DISPLAY(open)(const char *title, size_t title_bytes, uint32_t width, uint32_t height,
                      uint32_t flags, int *surface);

// How large the surface is, which changes with BRAMBLE_RESIZE.
BRAMBLE_DISPLAY(size)(int surface, struct bramble_size *size);

BRAMBLE_DISPLAY(clear)(int surface, uint32_t color);

BRAMBLE_DISPLAY(fill)(int surface, int32_t x, int32_t y, uint32_t width, uint32_t height,
                      uint32_t color);

// Both ends are drawn.
BRAMBLE_DISPLAY(line)(int surface, int32_t x, int32_t y, int32_t to_x, int32_t to_y,
                      uint32_t color);

BRAMBLE_DISPLAY(rectangle)(int surface, int32_t x, int32_t y, uint32_t width, uint32_t height,
                           uint32_t radius, uint32_t style, uint32_t color);

BRAMBLE_DISPLAY(circle)(int surface, int32_t x, int32_t y, uint32_t radius, uint32_t style,
                        uint32_t color);

BRAMBLE_DISPLAY(triangle)(int surface, int32_t a_x, int32_t a_y, int32_t b_x, int32_t b_y,
                          int32_t c_x, int32_t c_y, uint32_t style, uint32_t color);

// Each pixel of the font, which is 8 × 16, is drawn `scale` wide and high; E2BIG for more than 4096
// bytes.
BRAMBLE_DISPLAY(text)(int surface, int32_t x, int32_t y, const char *text, size_t text_bytes,
                      uint32_t scale, uint32_t color);

// How much room text takes.
BRAMBLE_DISPLAY(text_extent)(const char *text, size_t text_bytes, uint32_t scale,
                             struct bramble_size *size);

// Pixels out of the program's memory.
BRAMBLE_DISPLAY(blit)(int surface, int32_t x, int32_t y, const struct bramble_picture *picture);

// Moves the pixels of a rectangle, without what would leave it.
BRAMBLE_DISPLAY(scroll)(int surface, int32_t x, int32_t y, uint32_t width, uint32_t height,
                        int32_t right, int32_t down);

// Waits until the screen's next picture, of which there are 60 in a second, or for an event: who
// leaves its events unread does not wait.
BRAMBLE_DISPLAY(wait_frame)(int surface);
