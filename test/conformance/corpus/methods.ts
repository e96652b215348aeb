import { ask, type Case, post } from '../case.ts';

const bodiless = [
  'GET', 'HEAD', 'DELETE', 'OPTIONS', 'PROPFIND', 'REPORT', 'SEARCH', 'PURGE', 'COPY', 'LOCK', 'MKCOL', 'MOVE', 'UNLOCK',
  'BIND', 'REBIND', 'UNBIND', 'ACL', 'MKACTIVITY', 'CHECKOUT', 'MERGE', 'M-SEARCH', 'NOTIFY', 'SUBSCRIBE', 'UNSUBSCRIBE',
  'MKCALENDAR', 'LINK', 'UNLINK',
]; // prettier-ignore

/** Every method that Node's parser knows, and some that it does not. */
export const methods: readonly Case[] = [
  ...bodiless.map((method) => ask(`${method} without a body`, { method })),
  ...[
    'POST',
    'PUT',
    'PATCH',
    'PROPPATCH',
    'DELETE',
    'GET',
    'OPTIONS',
    'QUERY',
    'SOURCE',
    'HEAD',
    'SEARCH',
  ].map((method) => ask(`${method} with a body`, post('body', { method }))),
  ...['POST', 'PUT', 'PATCH'].map((method) => ask(`${method} without a length`, { method })),
  ask('an empty POST', post('')),
  ask('TRACE', { method: 'TRACE' }),
  ask('CONNECT', { method: 'CONNECT', target: 'x.example:443' }),
  ask('an unknown method', { method: 'FOOBAR' }),
  ask('a method in lower case', { method: 'get' }),
  ask('a method in mixed case', { method: 'Post' }),
  ask('an asterisk for OPTIONS', { method: 'OPTIONS', target: '*' }),
];
