// Berries fall onto the window, one with each picture; a click clears it.
//
//   npm install assemblyscript @assemblyscript/wasi-shim
//   npx asc berries.ts -o berries.wasm -O --runtime incremental \
//     --config node_modules/@assemblyscript/wasi-shim/asconfig.json

import { Happened, State, Style, Surface, What } from "./display";

const GROUND: u32 = 0x161a21;
const BERRY: u32 = 0x863a66;
const LIGHT: u32 = 0xe08ab8;

let seed: u32 = 7;

/** A number from 0 to before `end`. */
function random(end: u32): i32 {
  seed = seed * 1664525 + 1013904223;
  return <i32>((seed >>> 8) % end);
}

function berry(surface: Surface): void {
  const x = random(surface.width), y = random(surface.height), radius = 4 + random(8);
  surface.circle(x, y, radius, Style.Filled, BERRY);
  surface.circle(x - radius / 3, y - radius / 3, radius / 4, Style.Filled, LIGHT);
}

function isPress(event: Happened): bool {
  return event.what == What.Button && event.state == State.Down;
}

const surface = new Surface("berries", 240, 160);
surface.clear(GROUND);
let open = surface.errno == 0;
while (open) {
  const event = surface.nextEvent();
  if (event == null) {
    berry(surface);
    surface.waitFrame();
  } else if (event.what == What.Close) {
    open = false;
  } else if (event.what == What.Resize || isPress(event)) {
    surface.clear(GROUND);
  }
}
