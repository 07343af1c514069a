import { expect } from 'vitest';
import type { Lobby } from './lobby.ts';

/** As the city's platform knows the terminal of a lobby. */
export const TERMINAL = 'longsha-24h-03';

/** What somebody of the city does at the management tools of the stand-in platform. */
export async function tool({ world }: Lobby, path: string, body: object): Promise<void> {
  const answer = await fetch(`${world.platform.url}/v1/tools/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}
