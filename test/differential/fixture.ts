import { hash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allCases } from './all-cases.ts';
import type { Observation } from './recording.ts';

/** What kubectl did, by the title of the case. Cases that kubectl refused before any request or plugin run are left out. */
export interface Fixture {
  readonly kubectl: string;
  /** A digest of the titles of all recorded cases, because not all cases have a line. */
  readonly titles: string;
  readonly cases: Readonly<Record<string, Observation>>;
}

/** The first line of this file has the version of kubectl. Each other line has the observation of a case. */
const fixtureFile = join(import.meta.dirname, 'kubectl-1.37.jsonl');

export const digestOfTitles = (): string =>
  hash('sha256', allCases.map(({ title }) => title).join('\n'));

export function readFixture(): Fixture {
  const [head = '', ...lines] = readFileSync(fixtureFile, 'utf8').trimEnd().split('\n');
  const { kubectl, titles } = JSON.parse(head) as Omit<Fixture, 'cases'>;
  const cases = lines.map((line) => {
    const { title, ...observation } = JSON.parse(line) as Observation & { readonly title: string };
    return [title, observation] as const;
  });
  return { kubectl, titles, cases: Object.fromEntries(cases) };
}

export function writeFixture(kubectl: string, cases: Fixture['cases']): void {
  const lines = Object.entries(cases)
    .filter(([, { outcome, ...traffic }]) => outcome === 'ok' || Object.keys(traffic).length > 0)
    .map(([title, observation]) => ({ title, ...observation }));
  const text = [{ kubectl, titles: digestOfTitles() }, ...lines];
  writeFileSync(fixtureFile, text.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

export function recordedOf({ cases }: Fixture, title: string): Observation {
  return cases[title] ?? { outcome: 'refused' };
}
