/** Makes a screenshot small: at most 256 colours, chosen by median cut, in a PNG with a palette. Pages have few colours; nobody sees the difference. */
import { deflateSync, inflateSync } from "node:zlib";

const COLOURS = 256;
const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

/** Takes what Chromium writes: 8 bits a channel, RGB or RGBA, not interlaced. */
export function shrink(png) {
  const { width, height, rgb } = decode(png);
  const counts = new Map();
  for (let at = 0; at < rgb.length; at += 3) {
    const colour = (rgb[at] << 16) | (rgb[at + 1] << 8) | rgb[at + 2];
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = medianCut([...counts.entries()]);
  const nearest = new Map([...counts.keys()].map((colour) => [colour, nearestOf(palette, colour)]));
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0, to = 0, at = 0; y < height; y++) {
    rows[to++] = 0;
    for (let x = 0; x < width; x++, at += 3) rows[to++] = nearest.get((rgb[at] << 16) | (rgb[at + 1] << 8) | rgb[at + 2]);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const table = Buffer.from(palette.flatMap((c) => [c >> 16, (c >> 8) & 255, c & 255]));
  return Buffer.concat([SIGNATURE, chunk("IHDR", head), chunk("PLTE", table), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

function decode(png) {
  const parts = [];
  let width = 0, height = 0, channels = 0;
  for (let at = 8; at < png.length; ) {
    const size = png.readUInt32BE(at);
    const kind = png.toString("latin1", at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + size);
    if (kind === "IHDR") {
      width = body.readUInt32BE(0);
      height = body.readUInt32BE(4);
      channels = { 2: 3, 6: 4 }[body[9]];
      if (body[8] !== 8 || channels === undefined || body[12] !== 0) throw new Error("not a screenshot's PNG");
    } else if (kind === "IDAT") parts.push(body);
    at += size + 12;
  }
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * channels;
  const rgb = Buffer.alloc(width * height * 3);
  let before = Buffer.alloc(stride);
  for (let y = 0; y < height; y++) {
    const row = unfilter(raw[y * (stride + 1)], Buffer.from(raw.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1))), before, channels);
    for (let x = 0; x < width; x++) rgb.set(row.subarray(x * channels, x * channels + 3), (y * width + x) * 3);
    before = row;
  }
  return { width, height, rgb };
}

function unfilter(kind, row, before, step) {
  for (let i = 0; i < row.length; i++) {
    const left = i >= step ? row[i - step] : 0;
    const up = before[i];
    const corner = i >= step ? before[i - step] : 0;
    const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][kind];
    row[i] = (row[i] + guess) & 255;
  }
  return row;
}

function paeth(left, up, corner) {
  const sum = left + up - corner;
  const [a, b, c] = [Math.abs(sum - left), Math.abs(sum - up), Math.abs(sum - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

const channel = (colour, i) => (colour >> (16 - 8 * i)) & 255;

/** Splits the box with the widest channel, weighed by how much of the picture it is, until there are enough. */
function medianCut(colours) {
  if (colours.length <= COLOURS) return colours.map(([c]) => c);
  let boxes = [boxOf(colours)];
  while (boxes.length < COLOURS) {
    boxes.sort((a, b) => b.weight - a.weight);
    const widest = boxes.findIndex((b) => b.colours.length > 1);
    if (widest < 0) break;
    const [{ colours: list, axis }] = boxes.splice(widest, 1);
    list.sort((a, b) => channel(a[0], axis) - channel(b[0], axis));
    const half = list.reduce((n, [, count]) => n + Math.sqrt(count), 0) / 2;
    let cut = 0;
    for (let sum = 0; cut < list.length - 1 && sum < half; cut++) sum += Math.sqrt(list[cut][1]);
    cut = Math.max(1, cut);
    boxes.push(boxOf(list.slice(0, cut)), boxOf(list.slice(cut)));
  }
  // A box is its commonest colour: flat areas stay exactly what they were.
  return boxes.map((b) => b.colours.reduce((best, c) => (c[1] > best[1] ? c : best))[0]);
}

function boxOf(colours) {
  const spread = [0, 1, 2].map((i) => {
    let least = 255, most = 0;
    for (const [c] of colours) {
      least = Math.min(least, channel(c, i));
      most = Math.max(most, channel(c, i));
    }
    return most - least;
  });
  const axis = spread.indexOf(Math.max(...spread));
  return { colours, axis, weight: spread[axis] * Math.sqrt(colours.reduce((n, [, count]) => n + Math.sqrt(count), 0)) };
}

function nearestOf(palette, colour) {
  let best = 0, least = Infinity;
  for (let i = 0; i < palette.length; i++) {
    let far = 0;
    for (let k = 0; k < 3; k++) far += (channel(palette[i], k) - channel(colour, k)) ** 2;
    if (far < least) [best, least] = [i, far];
  }
  return best;
}

const CRC = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function chunk(kind, body) {
  const named = Buffer.concat([Buffer.from(kind, "latin1"), body]);
  const out = Buffer.alloc(named.length + 8);
  out.writeUInt32BE(body.length, 0);
  named.copy(out, 4);
  let crc = 0xffffffff;
  for (const byte of named) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  out.writeUInt32BE((crc ^ 0xffffffff) >>> 0, named.length + 4);
  return out;
}
