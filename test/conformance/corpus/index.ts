import type { Case } from '../case.ts';
import { bodies } from './bodies.ts';
import { connections } from './connections.ts';
import { departures, failures } from './departures.ts';
import { early, expectations } from './expectations.ts';
import { malformed } from './malformed.ts';
import { methods } from './methods.ts';
import { requestHeaders } from './request-headers.ts';
import { conditions, responses } from './responses.ts';
import { targets } from './targets.ts';

/** Every case, by theme: a sentence begins with the theme and goes on with the case's title. */
export const corpus: Readonly<Record<string, readonly Case[]>> = {
  'a request with the method': methods,
  'a request for': targets,
  'a request with': requestHeaders,
  'a body of': bodies,
  'an app that answers': responses,
  'a request with conditions:': conditions,
  'a connection': connections,
  'an expectation:': expectations,
  'an early answer': early,
  'a client that leaves': departures,
  'an app that gives up by': failures,
  'what is no request:': malformed,
};
