import type { Case } from './case.ts';
import { fileCases } from './cases/files.ts';
import { flagCases } from './cases/flags.ts';
import { identityCases } from './cases/identities.ts';
import { serverCases } from './cases/servers.ts';
import { syntaxCases } from './cases/syntax.ts';
import { tlsCases } from './cases/tls.ts';

/** Every case, in the order of the fixture. */
export const allCases: readonly Case[] = withUniqueTitles([
  ...fileCases,
  ...syntaxCases,
  ...flagCases,
  ...serverCases,
  ...tlsCases,
  ...identityCases,
]);

function withUniqueTitles(cases: readonly Case[]): readonly Case[] {
  const seen = new Set<string>();
  for (const { title } of cases) {
    if (seen.has(title)) throw new Error(`two cases are called: ${title}`);
    seen.add(title);
  }
  return cases;
}
