// For each puzzle the first number whose SHA-256, behind mark and puzzle, begins with so many bits of nought.
// The browser's own SHA-256 answers later, and only on secure pages: for short texts this is faster.

const primes = [];
for (let n = 2; primes.length < 64; n += 1) if (primes.every((prime) => n % prime)) primes.push(n);
const fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0;
const K = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const START = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const words = new Int32Array(64);
const bytes = new Uint8Array(64);

const turn = (x, by) => (x >>> by) | (x << (32 - by));

// The first 32 bits of the SHA-256 of the first `length` bytes, at most 55: they are one block.
function first(length) {
  bytes.fill(0, length);
  bytes[length] = 128;
  bytes[62] = (length * 8) >> 8;
  bytes[63] = (length * 8) & 255;
  for (let i = 0; i < 16; i += 1) {
    words[i] = (bytes[4 * i] << 24) | (bytes[4 * i + 1] << 16) | (bytes[4 * i + 2] << 8) | bytes[4 * i + 3];
  }
  for (let i = 16; i < 64; i += 1) {
    const two = words[i - 15];
    const fifteen = words[i - 2];
    const s0 = turn(two, 7) ^ turn(two, 18) ^ (two >>> 3);
    const s1 = turn(fifteen, 17) ^ turn(fifteen, 19) ^ (fifteen >>> 10);
    words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
  }
  let a = START[0];
  let b = START[1];
  let c = START[2];
  let d = START[3];
  let e = START[4];
  let f = START[5];
  let g = START[6];
  let h = START[7];
  for (let i = 0; i < 64; i += 1) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const one = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const other = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + other) | 0;
  }
  return (a + START[0]) >>> 0;
}

function write(text, at) {
  for (let i = 0; i < text.length; i += 1) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}

function solve(mark, puzzle, bits) {
  const at = write(mark + "." + puzzle + ".", 0);
  for (let number = 0; ; number += 1) {
    if (first(write(String(number), at)) >>> (32 - bits) === 0) return number;
  }
}

addEventListener("message", (event) => {
  const { mark, puzzles, bits } = event.data;
  const found = [];
  for (let puzzle = 0; puzzle < puzzles; puzzle += 1) found.push(solve(mark, puzzle, bits));
  postMessage(found.join(","));
});
