import type { Case } from './case.ts';
import { certificateNameCases } from './cases/certificate-names.ts';
import { combinationCases } from './cases/combinations.ts';
import { contextCases } from './cases/contexts.ts';
import { environmentProxyCases } from './cases/environment-proxies.ts';
import { execCases } from './cases/exec.ts';
import { execBesideCases } from './cases/exec-beside.ts';
import { execClusterInfoCases } from './cases/exec-cluster-info.ts';
import { execOutputCases } from './cases/exec-output.ts';
import { execPolicyCases } from './cases/exec-policy.ts';
import { fileCases } from './cases/files.ts';
import { flagCases } from './cases/flags.ts';
import { identityCases } from './cases/identities.ts';
import { identityFlagCases } from './cases/identity-flags.ts';
import { impersonationCases } from './cases/impersonation.ts';
import { inClusterCases } from './cases/in-cluster.ts';
import { proxyCases } from './cases/proxies.ts';
import { requestTimeoutCases } from './cases/request-timeout.ts';
import { serverCases } from './cases/servers.ts';
import { spellingCases } from './cases/spellings.ts';
import { syntaxCases } from './cases/syntax.ts';
import { tlsCases } from './cases/tls.ts';

/** All cases, in the order of the fixture. */
export const allCases: readonly Case[] = withUniqueTitles([
  ...fileCases,
  ...contextCases,
  ...syntaxCases,
  ...flagCases,
  ...identityFlagCases,
  ...impersonationCases,
  ...requestTimeoutCases,
  ...combinationCases,
  ...spellingCases,
  ...serverCases,
  ...tlsCases,
  ...certificateNameCases,
  ...identityCases,
  ...execCases,
  ...execClusterInfoCases,
  ...execBesideCases,
  ...execOutputCases,
  ...execPolicyCases,
  ...proxyCases,
  ...environmentProxyCases,
  ...inClusterCases,
]);

function withUniqueTitles(cases: readonly Case[]): readonly Case[] {
  const seen = new Set<string>();
  for (const { title } of cases) {
    if (seen.has(title)) throw new Error(`two cases are called: ${title}`);
    seen.add(title);
  }
  return cases;
}
