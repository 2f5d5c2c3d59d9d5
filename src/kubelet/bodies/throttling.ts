import type { Checked } from '../../schema.ts';
import { type Count, known } from './exact.ts';
import { readMetrics } from './metrics-text.ts';

/** Periods of the CPU quota of a container since its start. */
export interface CpuPeriods {
  periods: Count | undefined;
  /** Periods in which the container had used up its quota. */
  throttled: Count | undefined;
}

const periods = 'container_cpu_cfs_periods_total';
const throttled = 'container_cpu_cfs_throttled_periods_total';

/** Matches the lines of these metrics. Parsing the lines of all metrics would take ten times as long. */
const ownLines = /^container_cpu_cfs_(?:throttled_)?periods_total\{[^\n]*\n/gm;

/**
 * Parses the body of /metrics/cadvisor. The keys are IDs of containers, from the paths of their cgroups: cAdvisor may not know to which pods
 * the cgroups belong.
 */
export function parseThrottling(body: string): Checked<ReadonlyMap<string, CpuPeriods>> {
  if (body !== '' && !body.endsWith('\n')) return { problem: 'no metrics: the end is missing' };
  const byId = new Map<string, CpuPeriods>();
  const problem = readMetrics(
    (body.match(ownLines) ?? []).join(''),
    ({ metric, labels, value }) => {
      const at = labels.findIndex((text, index) => index % 2 === 0 && text === 'id');
      // Such as /kubepods/pod…/ID, or /kubepods.slice/…/cri-containerd-ID.scope with systemd.
      const [, id] = /([0-9a-f]{64})(?:\.scope)?$/.exec(labels[at + 1] ?? '') ?? [];
      if (at < 0 || id === undefined) return undefined;
      const own = byId.get(id) ?? { periods: undefined, throttled: undefined };
      if (metric === periods) own.periods = known(value);
      else if (metric === throttled) own.throttled = known(value);
      byId.set(id, own);
      return undefined;
    },
  );
  if (problem !== undefined) return { problem: `no metrics: ${problem}` };
  return { decoded: { value: byId } };
}
