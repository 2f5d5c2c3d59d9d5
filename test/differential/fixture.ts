import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Observation } from './recording.ts';

/** The recorded actions of kubectl, by the title of the case. */
export type Fixture = ReadonlyMap<string, Observation>;

/** Each line has an observation, and the titles of all cases in which kubectl did this. */
const fixtureFile = join(import.meta.dirname, 'kubectl-1.37.jsonl');

export function readFixture(): Fixture {
  const lines = readFileSync(fixtureFile, 'utf8').trimEnd().split('\n');
  return new Map(
    lines.flatMap((line) => {
      const { titles, ...observation } = JSON.parse(line) as Observation & { titles: string[] };
      return titles.map((title) => [title, observation] as const);
    }),
  );
}

export function writeFixture(fixture: Fixture): void {
  const groups = Map.groupBy(fixture, ([, observation]) => JSON.stringify(observation));
  const lines = [...groups].map(([observation, cases]) => ({
    ...(JSON.parse(observation) as Observation),
    titles: cases.map(([title]) => title),
  }));
  writeFileSync(fixtureFile, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

export function recordedOf(fixture: Fixture, title: string): Observation {
  const result = fixture.get(title);
  if (!result) throw new Error(`"${title}" is not recorded: npm run differential -- --record`);
  return result;
}
