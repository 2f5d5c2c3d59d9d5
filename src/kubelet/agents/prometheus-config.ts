import * as v from '@badrap/valita';
import { checkType } from '../../schema.ts';
import type { AgentSettings } from './agent-variables.ts';

const job = v.object({
  scheme: v.string().optional(),
  kubernetes_sd_configs: v.array(v.object({ role: v.string().optional() })).optional(),
  relabel_configs: v.array(v.object({ target_label: v.string().optional() })).optional(),
  tls_config: v
    .object({ ca_file: v.string().optional(), insecure_skip_verify: v.boolean().optional() })
    .optional(),
});
const configuration = v.object({ scrape_configs: v.array(job) });

/**
 * Returns how the scrape jobs of a Prometheus verify kubelets. Undefined if the jobs differ, or if no job calls kubelets. Ignores jobs that
 * relabel __address__, because they call the API server.
 */
export function settingsOfJobs(
  value: unknown,
  file: string,
): Pick<AgentSettings, 'verifies' | 'because' | 'caFile'> | undefined {
  const jobs = checkType(configuration, value).decoded?.value.scrape_configs;
  const own = (jobs ?? []).filter(
    ({ scheme, kubernetes_sd_configs: found = [], relabel_configs: relabeled = [] }) =>
      scheme === 'https' &&
      found.some(({ role }) => role === 'node') &&
      !relabeled.some((each) => each.target_label === '__address__'),
  );
  const ways = new Set(
    own.map(({ tls_config: { ca_file: path = '', insecure_skip_verify: insecure } = {} }) =>
      insecure ? null : path,
    ),
  );
  const [way] = ways;
  // If a job sets no CA file, Prometheus trusts the CAs of its image.
  if (ways.size !== 1 || way === '' || way === undefined) return undefined;
  if (way === null) return { verifies: 'no', because: `insecure_skip_verify in ${file}` };
  return { verifies: 'yes', caFile: { path: way, setBy: `ca_file in ${file}`, namedIn: file } };
}
