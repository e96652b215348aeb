/** Says what is being done, with the time since the run began. */
const began = performance.now();

export function say(text) {
  const seconds = Math.round((performance.now() - began) / 1000);
  const minutes = String(Math.floor(seconds / 60));
  console.log(`\n[${minutes}:${String(seconds % 60).padStart(2, '0')}] ${text}`);
}
