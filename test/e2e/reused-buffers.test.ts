import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';

let directory: ReturnType<typeof createTemporaryDirectory>;
let server: ExpressServer;

beforeAll(async () => {
  directory = createTemporaryDirectory();
  const app = path.join(directory.path, 'app.mjs');
  writeFileSync(app, APP);
  server = await ExpressServer.start([app]);
});
afterAll(async () => {
  await server.stop();
  directory.remove();
});

/** Answers with A, and writes Z into the buffer as soon as it is told that the buffer was sent. */
const APP = `
const spoil = (buffer) => buffer.fill('Z');
const ways = {
  end: (size, res) => { const b = Buffer.alloc(size, 'A'); res.end(b, () => spoil(b)); },
  finish: (size, res) => { const b = Buffer.alloc(size, 'A'); res.on('finish', () => spoil(b)).end(b); },
  write: async (size, res) => {
    const b = Buffer.allocUnsafe(size);
    for (let i = 0; i < 5; i += 1) {
      await new Promise((done) => res.write(b.fill('A'), done));
      spoil(b);
    }
    res.end();
  },
  drain: async (size, res) => {
    const b = Buffer.allocUnsafe(size);
    for (let i = 0; i < 5; i += 1) {
      await new Promise((done) => (res.write(b.fill('A')) ? res.write('A', done) : res.once('drain', done)));
      spoil(b);
    }
    res.end();
  },
};
const take = (req, res) => {
  let taken = '';
  req.on('data', (chunk) => {
    taken += Buffer.from(structuredClone(chunk.buffer, { transfer: [chunk.buffer] })).toString('latin1');
  });
  req.on('end', () => res.end(taken.replaceAll('\\0', '')));
};
export default (req, res) => {
  if (req.url === '/take') return take(req, res);
  const [, way, size] = req.url.split('/');
  void ways[way](Number(size), res);
};
`;

/** Around the sizes at which content is copied, gathered with that of others, and goes past the bridge. */
const sizes = [
  1000, 16_000, 16_383, 16_384, 16_385, 20_000, 33_000, 65_000, 65_535, 65_536, 65_537, 200_000, 600_000,
];

test.each(['end', 'finish', 'write', 'drain'])(
  'an app may use a buffer again once it has been sent: %s',
  async (way) => {
    for (const size of sizes) {
      const { text } = await request(`${server.url}/${way}/${size}`);
      const isWhole = text.length >= size * (way === 'write' || way === 'drain' ? 5 : 1);
      expect({ size, isWhole, strange: text.replaceAll('A', '').length }).toEqual({
        size,
        isWhole: true,
        strange: 0,
      });
    }
  },
);

/** By the bridge, read from httpd's connection, and both. */
test.each([20_000, 300_000, 2_000_000])(
  'an app may take away the memory of what it receives, which has %d bytes of this request alone',
  async (size) => {
    const bodies = Array.from('BCDEFGHIJK', (letter) => letter.repeat(size));
    const answers = await Promise.all(
      bodies.map((body) => request(`${server.url}/take`, { method: 'POST', body })),
    );
    expect(answers.map(({ text }, index) => text === bodies[index])).toEqual(bodies.map(() => true));
    expect((await request(`${server.url}/end/1`)).text).toBe('A');
  },
);
