import { Suspense } from 'react';

import { Counter } from './counter';

// Rendered for every request.
export const dynamic = 'force-dynamic';

/** Streams: the shell at once, the slow part when it is there. */
export default function Page() {
  return (
    <main>
      <h1>Next.js behind httpd</h1>
      <Counter />
      <Suspense fallback={<p>loading…</p>}>
        <Slow />
      </Suspense>
    </main>
  );
}

async function Slow() {
  await new Promise((resolve) => setTimeout(resolve, 1500));
  return <p>the slow part</p>;
}
