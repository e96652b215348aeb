/** What the bridge tells a worker that has a script to serve and nothing special about it. */
export function toWorkerSettings({ entry, socketPath, id = 1 }) {
  return {
    app: { kind: 'script', entry, mountPoint: '/' },
    id,
    socketPath,
    processGroup: 'bench',
    heartbeatIntervalMs: 1000,
    handshakeTimeoutMs: 0,
    shutdownTimeoutMs: 1000,
    reportsFiles: false,
    publicAddress: { address: '127.0.0.1', port: 8000 },
    capacity: { processes: 1, concurrency: 100 },
  };
}
