import { describe, expect, test } from '@jest/globals';
import { Role } from '@httpd-express/fastcgi';

import { type BridgeRequest } from '../src/request.ts';
import { Router, type RoutedWorker, type RouterOptions } from '../src/router.ts';
import { Sessions } from '../src/sessions.ts';

/** A worker that only counts, and a request that only remembers: the router sees nothing else of them. */
class CountingWorker implements RoutedWorker {
  loopDelayMs = 0;
  readonly carried: BridgeRequest[] = [];
  inFlight: number;
  heldUp = 0;
  takesSessions = true;

  constructor(inFlight = 0) {
    this.inFlight = inFlight;
  }

  get occupied(): number {
    return this.inFlight - this.heldUp;
  }

  carry(request: BridgeRequest): void {
    this.inFlight += 1;
    this.carried.push(request);
  }
}

function fakeRequest(router: Router<RoutedWorker>): BridgeRequest & { events: string[] } {
  const events: string[] = [];
  const request = {
    events,
    session: { opens: false },
    wait: (timeoutMs: number) => events.push(`wait ${timeoutMs}`),
    fail: (reason: string) => {
      events.push(`fail ${reason}`);
      router.withdraw(request);
    },
  } as unknown as BridgeRequest & { events: string[] };
  return request;
}

function routerWith(
  workers: RoutedWorker[],
  options: Partial<RouterOptions<RoutedWorker>> = {},
): Router<RoutedWorker> {
  return new Router({
    role: Role.Responder,
    concurrency: 2,
    maxQueueLength: 2,
    queueTimeoutMs: 45_000,
    requestTimeoutMs: 60_000,
    maxBodyBytes: 0,
    sendfileRoots: [],
    now: () => 0,
    workers: () => workers,
    sessions: new Sessions(() => 0),
    refusal: () => undefined,
    explain: () => undefined,
    ...options,
  });
}

describe('Router', () => {
  test('a request goes to the worker with the fewest in flight', () => {
    const [busy, free] = [new CountingWorker(1), new CountingWorker(0)];
    const router = routerWith([busy, free]);
    router.submit(fakeRequest(router));
    expect([busy.carried.length, free.carried.length]).toEqual([0, 1]);
  });

  test('of two equally busy workers the one with the quicker event loop is chosen', () => {
    const [slow, quick] = [new CountingWorker(), new CountingWorker()];
    slow.loopDelayMs = 30;
    quick.loopDelayMs = 1;
    const router = routerWith([slow, quick]);
    router.submit(fakeRequest(router));
    expect(quick.carried).toHaveLength(1);
  });

  test('requests beyond the capacity wait and are served in the order of their arrival', () => {
    const worker = new CountingWorker(2);
    const router = routerWith([worker]);
    const [first, second] = [fakeRequest(router), fakeRequest(router)];
    router.submit(first);
    router.submit(second);
    expect([first.events, second.events, router.queueLength]).toEqual([['wait 45000'], ['wait 45000'], 2]);
    worker.inFlight = 1;
    router.dispatch();
    worker.inFlight = 1;
    router.dispatch();
    expect(worker.carried).toEqual([first, second]);
  });

  test('a newcomer does not overtake the queue', () => {
    const worker = new CountingWorker(2);
    const router = routerWith([worker]);
    const [early, late] = [fakeRequest(router), fakeRequest(router)];
    router.submit(early);
    worker.inFlight = 1;
    router.submit(late);
    router.dispatch();
    expect(worker.carried).toEqual([early]);
  });

  test('the place of a request that waits for its client is given to another', () => {
    const worker = new CountingWorker(2);
    const router = routerWith([worker]);
    router.submit(fakeRequest(router));
    worker.heldUp = 1;
    router.dispatch();
    expect([worker.carried.length, router.queueLength]).toEqual([1, 0]);
  });

  test('a full queue refuses the next request at once', () => {
    const router = routerWith([]);
    const requests = [fakeRequest(router), fakeRequest(router), fakeRequest(router)];
    for (const request of requests) router.submit(request);
    expect(requests.map(({ events }) => events.at(-1))).toEqual([
      'wait 45000',
      'wait 45000',
      'fail queue-full',
    ]);
  });

  test('a request that left the queue is not run', () => {
    const worker = new CountingWorker(2);
    const router = routerWith([worker]);
    const [gone, next] = [fakeRequest(router), fakeRequest(router)];
    router.submit(gone);
    router.submit(next);
    router.withdraw(gone);
    worker.inFlight = 0;
    router.dispatch();
    expect(worker.carried).toEqual([next]);
  });

  test('while no worker is to be expected requests are refused instead of queued', () => {
    const router = routerWith([], { refusal: () => 'no-worker' });
    const request = fakeRequest(router);
    router.submit(request);
    expect(request.events).toEqual(['fail no-worker']);
  });

  test('everything that waits can be refused', () => {
    const router = routerWith([]);
    const requests = [fakeRequest(router), fakeRequest(router)];
    for (const request of requests) router.submit(request);
    router.refuseAll('stopping');
    expect(requests.map(({ events }) => events.at(-1))).toEqual(['fail stopping', 'fail stopping']);
    expect(router.queueLength).toBe(0);
  });
});
