// Runs every few minutes and removes sessions that have expired. A large backlog takes longer than the function may, which
// is what its timeouts are.

import { setTimeout as sleep } from "node:timers/promises";
import { createHash } from "node:crypto";

const BATCH = Number(process.env.BATCH_SIZE ?? 250);

export const handler = async (event, context) => {
  const backlog = Number(event.detail?.backlog ?? 500);
  let removed = 0;
  console.log(JSON.stringify({ level: "INFO", message: "Removing expired sessions", backlog, source: event.source }));
  while (removed < backlog) {
    const size = Math.min(BATCH, backlog - removed);
    for (let n = 0; n < size; n++) createHash("sha256").update(`session-${removed + n}`).digest("hex");
    await sleep(20);
    removed += size;
    if (context.getRemainingTimeInMillis() < 300) {
      console.warn(JSON.stringify({ level: "WARN", message: `Running out of time: ${context.getRemainingTimeInMillis()} ms are left before the timeout`, removed, left: backlog - removed }));
    }
  }
  console.log(JSON.stringify({ level: "INFO", message: "All expired sessions are removed", removed }));
  return { removed };
};
