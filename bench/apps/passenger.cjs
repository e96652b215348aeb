// Passenger loads CommonJS only, and catches the first listen().
const { createServer } = require('node:http');

let listener;
const loaded = Promise.all([import(`./${process.env.BENCH_APP}.mjs`), import('srvx/node')]).then(
  ([{ default: app }, { toNodeHandler }]) => {
    listener = typeof app === 'function' ? app : toNodeHandler(app.fetch);
  },
);
createServer((req, res) => {
  if (listener === undefined) void loaded.then(() => listener(req, res));
  else listener(req, res);
}).listen('passenger');
