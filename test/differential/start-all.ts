import pMap from 'p-map';
import type { Case } from './case.ts';

const concurrency = 4;

/** Starts `action` for each case in order, four at a time. Returns a function that awaits the result of the case with a title. */
export function startAll<T>(
  cases: readonly Case[],
  action: (testCase: Case) => Promise<T>,
): (title: string) => Promise<T> {
  const outcomes = new Map(cases.map(({ title }) => [title, Promise.withResolvers<T>()] as const));
  for (const { promise } of outcomes.values()) promise.catch(() => {});
  void pMap(
    cases,
    async (testCase) => {
      const outcome = outcomes.get(testCase.title);
      await action(testCase).then(outcome?.resolve, outcome?.reject);
    },
    { concurrency },
  );
  return async (title) => {
    const outcome = outcomes.get(title);
    if (!outcome) throw new Error(`no case is called: ${title}`);
    return outcome.promise;
  };
}
