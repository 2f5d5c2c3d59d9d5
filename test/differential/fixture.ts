import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from './observe.ts';

/** What kubectl did, by the title of the case. `stderr` is for readers. */
export interface Fixture {
  readonly kubectl: string;
  readonly cases: Readonly<Record<string, Result>>;
}

export const fixtureFile = join(import.meta.dirname, 'kubectl-1.37.json');

export function readFixture(): Fixture {
  return JSON.parse(readFileSync(fixtureFile, 'utf8')) as Fixture;
}

export function recordedOf(fixture: Fixture, title: string): Result {
  const result = fixture.cases[title];
  if (!result) throw new Error(`not in ${fixtureFile}: npm run differential -- --record`);
  return result;
}
