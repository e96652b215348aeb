// What is sent. Loads at saturation unless a rate is given; connections are kept alive.

const hello = (connections, seconds, apps = ['node']) => ({
  title: `hello, ${connections} connection${connections === 1 ? '' : 's'}`,
  kind: 'hello',
  path: '/hello',
  connections,
  seconds,
  apps,
});

const download = (bytes, connections, seconds, apps = ['node']) => ({
  title: `${size(bytes)} down, ${connections} connections`,
  kind: 'bytes',
  path: `/bytes/${bytes}`,
  connections,
  seconds,
  apps,
});

const upload = (bytes, connections, seconds, apps = ['node']) => ({
  title: `${size(bytes)} up, ${connections} connections`,
  kind: 'upload',
  path: '/upload',
  bodyBytes: bytes,
  connections,
  seconds,
  apps,
});

/** Half of what the hand-written mod_proxy_http takes, for everybody. */
const halfLoad = (seconds) => ({
  title: 'hello at a fixed rate, half of what mod_proxy_http takes',
  kind: 'hello',
  path: '/hello',
  connections: 64,
  seconds,
  apps: ['node'],
  rate: (results) =>
    Math.round(
      results['node: hello, 64 connections'].hosts['httpd mod_proxy_http, 1 node'].requestsPerSecond.median /
        2,
    ),
});

const everyApp = ['node', 'fetch', 'express'];

/** The loads of a run; `--quick` stays under two minutes. */
export function scenarios(isQuick) {
  if (isQuick) {
    return {
      apps: ['node'],
      loads: [hello(64, 2), halfLoad(2), download(102_400, 16, 1)],
      idleConnections: 0,
    };
  }
  return {
    apps: everyApp,
    loads: [
      hello(64, 3, everyApp),
      halfLoad(3),
      ...[1, 8, 256, 1000].map((connections) => hello(connections, 2)),
      ...[0, 1024].map((bytes) => download(bytes, 64, 2)),
      download(102_400, 16, 3, everyApp),
      download(10_485_760, 4, 3),
      ...[0, 1024].map((bytes) => upload(bytes, 64, 2)),
      upload(102_400, 16, 3, everyApp),
      upload(10_485_760, 4, 3),
    ],
    idleConnections: 5000,
  };
}

function size(bytes) {
  if (bytes >= 1_048_576) return `${bytes / 1_048_576} MiB`;
  return bytes >= 1024 ? `${bytes / 1024} KiB` : `${bytes} B`;
}
