import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from './observe.ts';

/** Results of kubectl by the title of the case. `stderr` is recorded only for people, and not compared. */
export interface Fixture {
  readonly kubectl: string;
  readonly cases: Readonly<Record<string, Result>>;
}

/** The first line of this file has the version of kubectl. Each other line has the result of a case. */
const fixtureFile = join(import.meta.dirname, 'kubectl-1.37.jsonl');

export function readFixture(): Fixture {
  const [version = '', ...lines] = readFileSync(fixtureFile, 'utf8').trimEnd().split('\n');
  const { kubectl } = JSON.parse(version) as Pick<Fixture, 'kubectl'>;
  const cases = lines.map((line) => {
    const { title, ...result } = JSON.parse(line) as Result & { readonly title: string };
    return [title, result] as const;
  });
  return { kubectl, cases: Object.fromEntries(cases) };
}

export function writeFixture({ kubectl, cases }: Fixture): void {
  const lines = Object.entries(cases).map(([title, result]) => ({ title, ...result }));
  const text = [{ kubectl }, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
  writeFileSync(fixtureFile, text);
}

export function recordedOf(fixture: Fixture, title: string): Result {
  const result = fixture.cases[title];
  if (!result) throw new Error(`"${title}" is not recorded: npm run differential -- --record`);
  return result;
}
