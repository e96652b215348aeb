// What is sent to whom, how often. Loads at saturation unless a rate is given; connections are kept alive.
import { reference } from './hosts/index.mjs';

const us = 'express, 1 worker';

/** What an aim is about is measured longer, and more often. */
const often = { rounds: 5, seconds: 2, looksAtMemory: true };
const seldom = { rounds: 3, seconds: 1 };

const hello = (connections) => ({
  id: `hello-${connections}`,
  title: `hello, ${connections} connection${connections === 1 ? '' : 's'}`,
  kind: 'hello',
  path: '/hello',
  connections,
  looksAtMemory: true,
});

/** Half of what the hand-written mod_proxy_http takes, for everybody. */
const halfLoad = {
  id: 'half-load',
  title: 'hello at half of the rate that mod_proxy_http takes',
  kind: 'hello',
  path: '/hello',
  connections: 64,
  rateShare: { of: 'node/hello-64', host: reference, share: 0.5 },
};

const download = (bytes, connections) => ({
  id: `down-${bytes}`,
  title: `${formatSize(bytes)} down, ${connections} connections`,
  kind: 'bytes',
  path: `/bytes/${bytes}`,
  size: bytes,
  connections,
});

const upload = (bytes, connections) => ({
  id: `up-${bytes}`,
  title: `${formatSize(bytes)} up, ${connections} connections`,
  kind: 'upload',
  path: '/upload',
  size: bytes,
  bodyBytes: bytes,
  connections,
});

const file = (bytes, connections) => ({
  id: `static-${bytes}`,
  title: `a file of ${formatSize(bytes)}, ${connections} connections`,
  kind: 'static',
  path: `/static/${bytes}.txt`,
  reference: 'httpd, static file',
  size: bytes,
  connections,
});

/** Some figures soon. */
const brief = { rounds: 2, seconds: 1, warmUpSeconds: 1 };
const few = (load) => ({ ...load, ...brief, among: [us, reference] });

/** Under two minutes, starts included. */
const quick = {
  groups: [
    {
      app: 'node',
      loads: [
        // Memory takes a further run of every host.
        { ...hello(64), ...brief, looksAtMemory: false },
        few(halfLoad),
        few(download(102_400, 16)),
        few(upload(102_400, 16)),
        { ...file(102_400, 16), ...brief },
      ],
      reloads: 1,
    },
  ],
  alone: { rounds: 2, seconds: 1 },
  typescriptStarts: 1,
};

const full = {
  groups: [
    {
      app: 'node',
      loads: [
        { ...hello(1), ...seldom },
        { ...hello(8), ...seldom },
        { ...hello(64), rounds: 7, seconds: 2 },
        { ...halfLoad, ...often },
        { ...hello(256), ...seldom },
        { ...hello(1000), ...seldom },
      ],
    },
    {
      app: 'node',
      loads: [
        { ...download(0, 64), ...seldom },
        { ...download(1024, 64), ...seldom },
        { ...download(102_400, 16), ...often },
        { ...download(10_485_760, 4), ...often },
      ],
      reloads: 5,
    },
    {
      app: 'node',
      loads: [
        { ...upload(0, 64), ...seldom },
        { ...upload(1024, 64), ...seldom },
        { ...upload(102_400, 16), ...often },
        { ...upload(10_485_760, 4), ...often },
      ],
    },
    {
      app: 'node',
      loads: [
        { ...file(1024, 64), ...often },
        { ...file(102_400, 16), ...often },
      ],
      idleConnections: 5000,
    },
    ...['fetch', 'express'].map((app) => ({
      app,
      loads: [
        { ...hello(64), ...seldom },
        { ...download(102_400, 16), ...seldom },
        { ...upload(102_400, 16), ...seldom },
      ],
    })),
  ],
  alone: { rounds: 9, seconds: 1 },
  typescriptStarts: 5,
};

/** Groups of loads: each begins with hosts that have just been started. `alone`: see lib/worker-alone.mjs. */
export function planOf(isQuick) {
  return isQuick ? quick : full;
}

/** As people write it. */
export function formatSize(bytes) {
  if (bytes >= 1_048_576) return `${bytes / 1_048_576} MiB`;
  return bytes >= 1024 ? `${bytes / 1024} KiB` : `${bytes} B`;
}
