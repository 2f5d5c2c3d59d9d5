import type { Checked } from '../../schema.ts';
import { parseFeatureGates } from './feature-gates.ts';
import { readMetrics } from './metrics-text.ts';

/** Metrics of a kubelet about its next upgrade. */
export interface UpgradeMetrics {
  /** 1 or 2; undefined if not reported: before 1.31, and on Windows. */
  readonly cgroupVersion: number | undefined;
  /** First version of kubelets that do not support the container runtime, such as `1.38.0`; undefined if none is reported. */
  readonly losesSupportAt: string | undefined;
  /** Counts above 0 of label conflicts that become errors with SELinuxMount, by metric. */
  readonly labelConflicts: ReadonlyMap<string, number>;
  /** Stages such as `GA` and `BETA`, by feature gate; undefined if the kubelet reports no gates. */
  readonly stages: ReadonlyMap<string, string> | undefined;
}

const cgroups = 'kubelet_cgroup_version';
const losing = 'kubelet_cri_losing_support';
const conflict = /^volume_manager_selinux_(?:pod|volume)_context_mismatch_warnings_total$/;

/** Matches the lines of these metrics. Parsing the lines of all metrics would take ten times as long. */
const ownLines =
  /^(?:kubelet_cgroup_version|kubelet_cri_losing_support|volume_manager_selinux_)[^\n]*\n/gm;

export function parseUpgradeMetrics(body: string): Checked<UpgradeMetrics> {
  if (!/^(?:# )?[a-zA-Z_:]/.test(body)) return { problem: 'no metrics' };
  if (!body.endsWith('\n')) return { problem: 'no metrics: the end is missing' };
  let cgroupVersion: number | undefined;
  let losesSupportAt: string | undefined;
  const labelConflicts = new Map<string, number>();
  const problem = readMetrics(
    (body.match(ownLines) ?? []).join(''),
    ({ metric, labels, value }) => {
      const count = Number(value);
      if (metric === cgroups) {
        if (count !== 1 && count !== 2) return `${cgroups} is neither 1 nor 2`;
        cgroupVersion = count;
      } else if (metric === losing && count > 0) {
        const [name, version = ''] = labels;
        if (name !== 'version' || !/^v?1\.\d{1,3}(?:\.|$)/.test(version))
          return `${losing} has no version`;
        losesSupportAt = version;
      } else if (conflict.test(metric) && count > 0)
        labelConflicts.set(metric, (labelConflicts.get(metric) ?? 0) + count);
      return undefined;
    },
  );
  if (problem !== undefined) return { problem: `no metrics: ${problem}` };
  const gates = parseFeatureGates(body).decoded?.value;
  const stages = gates && new Map(gates.map(({ name, stage }) => [name, stage]));
  return { decoded: { value: { cgroupVersion, losesSupportAt, labelConflicts, stages } } };
}
