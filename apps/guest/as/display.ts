// Windows on the screen for programs in AssemblyScript.
//
// The program's manifest says `uses = ["wasi", "display"]`. Colors are 0x00rrggbb. Coordinates go
// from the surface's left upper corner to the right and down. The calls are described in
// `services/abi/src/display.rs`.

@external("bramble_display", "open")
declare function open(title: usize, bytes: usize, w: u32, h: u32, flags: u32, at: usize): u32;
@external("bramble_display", "size")
declare function size(surface: u32, at: usize): u32;
@external("bramble_display", "clear")
declare function clear(surface: u32, color: u32): u32;
@external("bramble_display", "fill")
declare function fill(surface: u32, x: i32, y: i32, w: u32, h: u32, color: u32): u32;
@external("bramble_display", "line")
declare function line(surface: u32, x: i32, y: i32, toX: i32, toY: i32, color: u32): u32;
@external("bramble_display", "rectangle")
declare function rectangle(
  surface: u32, x: i32, y: i32, w: u32, h: u32, radius: u32, style: Style, color: u32,
): u32;
@external("bramble_display", "circle")
declare function circle(surface: u32, x: i32, y: i32, radius: u32, style: Style, color: u32): u32;
@external("bramble_display", "triangle")
declare function triangle(
  surface: u32, aX: i32, aY: i32, bX: i32, bY: i32, cX: i32, cY: i32, style: Style, color: u32,
): u32;
@external("bramble_display", "text")
declare function text(
  surface: u32, x: i32, y: i32, text: usize, bytes: usize, scale: u32, color: u32,
): u32;
@external("bramble_display", "text_extent")
declare function text_extent(text: usize, bytes: usize, scale: u32, at: usize): u32;
@external("bramble_display", "blit")
declare function blit(surface: u32, x: i32, y: i32, picture: usize): u32;
@external("bramble_display", "scroll")
declare function scroll(
  surface: u32, x: i32, y: i32, w: u32, h: u32, right: i32, down: i32,
): u32;
@external("bramble_display", "wait_frame")
declare function wait_frame(surface: u32): u32;
@external("wasi_snapshot_preview1", "fd_read")
declare function fd_read(surface: u32, rooms: usize, count: usize, at: usize): u32;
@external("wasi_snapshot_preview1", "fd_fdstat_set_flags")
declare function fd_fdstat_set_flags(surface: u32, flags: u32): u32;
@external("wasi_snapshot_preview1", "fd_close")
declare function fd_close(surface: u32): u32;

/** A flag of descriptors: nothing waits in `fd_read`. */
const NONBLOCK: u32 = 4;

/** How a surface is on the screen. */
export enum Kind { Framed, WholeScreen }

/** How a shape is drawn. */
export enum Style { Filled, Outlined }

/** What an event is. */
export enum What { Key = 1, Pointer, Button, Wheel, Focus, Resize, Close }

/** Of a key or a button. */
export enum State { Up, Down, Repeated }

/** How the bytes of a picture are read: blue is in the lowest. */
export enum Format { Xrgb8888, Argb8888, Rgb565, Palette }

/** Columns and rows. */
@unmanaged
export class Size {
  width: u32;
  height: u32;
}

/** Something that happened to a window. */
export class Happened {
  what: What;
  /** A key's usage in the HID tables; a button: 1 left, 2 right, 3 middle. */
  number: u8;
  /** Of a key or a button; of the focus, down if the window has it now. */
  state: State;
  /** Which of the keys 0xe0 to 0xe7 are down, the first in the lowest bit. */
  modifiers: u8;
  /** Where the pointer is; the new width; notches of the wheel. */
  x: i32;
  /** Where the pointer is; the new height. */
  y: i32;
  /** What a key types. */
  text: string;

  constructor(at: usize) {
    this.what = load<u8>(at);
    this.number = load<u8>(at, 1);
    this.state = load<u8>(at, 2);
    this.modifiers = load<u8>(at, 3);
    this.x = load<i32>(at, 4);
    this.y = load<i32>(at, 8);
    let bytes: usize = 0;
    while (bytes < 8 && load<u8>(at + bytes, 12) != 0) bytes++;
    this.text = String.UTF8.decodeUnsafe(at + 12, bytes);
  }
}

const sizeRoom = memory.data(8, 4);
const eventRoom = memory.data(20, 4);
const pictureRoom = memory.data(32, 4);
/** Where `fd_read` finds its room: an address and a length; and where it says how much it read. */
const rooms = memory.data(12, 4);

/** What a program draws and a window shows. */
export class Surface {
  /** A descriptor of WASI, or -1 if there is none. */
  readonly descriptor: i32;
  /** Why there is none: an errno of WASI. */
  readonly errno: u32;

  /** Opens a window, as large as the screen for 0 and 0. */
  constructor(title: string, width: u32, height: u32, kind: Kind = Kind.Framed) {
    const bytes = String.UTF8.encode(title);
    const at = changetype<usize>(bytes);
    this.errno = open(at, bytes.byteLength, width, height, kind, sizeRoom);
    this.descriptor = this.errno == 0 ? load<i32>(sizeRoom) : -1;
    fd_fdstat_set_flags(this.descriptor, NONBLOCK);
  }

  /** Closes the window. */
  close(): void { fd_close(this.descriptor); }

  /** Columns; another number after `What.Resize`. */
  get width(): u32 {
    size(this.descriptor, sizeRoom);
    return load<u32>(sizeRoom);
  }

  /** Rows; another number after `What.Resize`. */
  get height(): u32 {
    size(this.descriptor, sizeRoom);
    return load<u32>(sizeRoom, 4);
  }

  /** All in one color. */
  clear(color: u32): void { clear(this.descriptor, color); }

  /** A rectangle in one color. */
  fill(x: i32, y: i32, width: u32, height: u32, color: u32): void {
    fill(this.descriptor, x, y, width, height, color);
  }

  /** A line, both ends included. */
  line(x: i32, y: i32, toX: i32, toY: i32, color: u32): void {
    line(this.descriptor, x, y, toX, toY, color);
  }

  /** A rectangle with round corners. */
  rectangle(
    x: i32, y: i32, width: u32, height: u32, radius: u32, style: Style, color: u32,
  ): void {
    rectangle(this.descriptor, x, y, width, height, radius, style, color);
  }

  /** A circle around a pixel. */
  circle(x: i32, y: i32, radius: u32, style: Style, color: u32): void {
    circle(this.descriptor, x, y, radius, style, color);
  }

  /** A triangle between three pixels. */
  triangle(
    aX: i32, aY: i32, bX: i32, bY: i32, cX: i32, cY: i32, style: Style, color: u32,
  ): void {
    triangle(this.descriptor, aX, aY, bX, bY, cX, cY, style, color);
  }

  /** Text; each pixel of the font, which is 8 × 16, is `scale` wide and high. */
  text(x: i32, y: i32, words: string, scale: u32, color: u32): void {
    const bytes = String.UTF8.encode(words);
    text(this.descriptor, x, y, changetype<usize>(bytes), bytes.byteLength, scale, color);
  }

  /**
   * Pixels of a `StaticArray<u32>`, `<u16>` or `<u8>`, whose colors are in `colors` then; each is
   * drawn `scale` wide and high. Gives 0 or an errno: 28 if there are fewer than the size says.
   */
  blit<T>(
    x: i32, y: i32, pixels: StaticArray<T>, width: u32, height: u32, format: Format,
    scale: u32 = 1, colors: StaticArray<u32> = [],
  ): u32 {
    if (<u64>width * height > <u64>pixels.length || sizeof<T>() != pixelBytes(format)) return 28;
    store<usize>(pictureRoom, changetype<usize>(pixels));
    store<u32>(pictureRoom, width, 4);
    store<u32>(pictureRoom, height, 8);
    store<u32>(pictureRoom, 0, 12);
    store<u32>(pictureRoom, format, 16);
    store<usize>(pictureRoom, changetype<usize>(colors), 20);
    store<u32>(pictureRoom, colors.length, 24);
    store<u32>(pictureRoom, scale, 28);
    return blit(this.descriptor, x, y, pictureRoom);
  }

  /** Moves the pixels of a rectangle, without what would leave it. */
  scroll(x: i32, y: i32, width: u32, height: u32, right: i32, down: i32): void {
    scroll(this.descriptor, x, y, width, height, right, down);
  }

  /** Waits until the screen's next picture, of which there are 60 in a second, or for an event. */
  waitFrame(): void { wait_frame(this.descriptor); }

  /** The next event, or null if there is none; does not wait. */
  nextEvent(): Happened | null {
    store<usize>(rooms, eventRoom);
    store<usize>(rooms, 20, 4);
    const errno = fd_read(this.descriptor, rooms, 1, rooms + 8);
    return errno == 0 ? new Happened(eventRoom) : null;
  }
}

/** How much room text takes. */
export function extent(words: string, scale: u32): Size {
  const bytes = String.UTF8.encode(words);
  text_extent(changetype<usize>(bytes), bytes.byteLength, scale, sizeRoom);
  return changetype<Size>(sizeRoom);
}

function pixelBytes(format: Format): usize {
  if (format == Format.Rgb565) return 2;
  return format == Format.Palette ? 1 : 4;
}
