import { sleep } from './processes.mjs';

/**
 * Keeps lanes busy for a time: each sends again as soon as it is answered. `open(handlers)` opens them. Settles with the
 * number of answers within that time, and of those that were missing or not the `expected` body.
 */
export async function keepBusy(open, { count, seconds, expected }) {
  let isOver = false;
  let answers = 0;
  let errors = 0;
  const again = (lane) => {
    if (!isOver) lanes.send(lane);
  };
  const lanes = await open({
    onAnswer: (lane, { status, body }) => {
      answers += 1;
      if (status !== 200 || !body.equals(expected)) errors += 1;
      again(lane);
    },
    onLost: (lane) => {
      errors += 1;
      again(lane);
    },
  });
  const began = performance.now();
  for (let lane = 0; lane < count; lane += 1) lanes.send(lane);
  try {
    await sleep(seconds * 1000);
    return { answers, errors, answersPerSecond: (answers * 1000) / (performance.now() - began) };
  } finally {
    isOver = true;
    lanes.close();
  }
}
