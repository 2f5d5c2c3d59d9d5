import { readdirSync, readFileSync } from 'node:fs';
import { evictionThresholds, type Thresholds } from '../../../src/kubelet/bodies/eviction.ts';
import {
  type KubeletPod,
  type PodsByUid,
  parsePodList,
  parsePods,
} from '../../../src/kubelet/bodies/pods.ts';
import { parseStatsSummary, type StatsSummary } from '../../../src/kubelet/bodies/stats-summary.ts';
import { type KubeletConfiguration, parseConfigz } from '../../../src/kubelet/configz.ts';
import type { Checked } from '../../../src/schema.ts';

/** Versions of kubelets whose responses were recorded on a machine with cgroups v1. The recorded responses are shortened. */
export const recordedVersions = ['1.31', '1.37'] as const;

export function bodyText(name: string): string {
  return textOf(`${name}.json`);
}

export function textOf(file: string): string {
  return readFileSync(new URL(`recorded/${file}`, import.meta.url), 'utf8');
}

/** Returns the files of an endpoint: `statusz-1.37.json` and `statusz-1.37.txt` of /statusz. */
export function recordedOf(path: string): readonly string[] {
  const [, name = ''] = /^\/(\w+)/.exec(path) ?? [];
  return readdirSync(new URL('recorded', import.meta.url)).filter(
    (file) => file.split(/[-.]/)[0] === name,
  );
}

export function recordedBodies(version: (typeof recordedVersions)[number]): {
  readonly summary: StatsSummary;
  readonly pods: PodsByUid;
  readonly thresholds: Thresholds;
} {
  const thresholds = evictionThresholds(configurationOf(version));
  if (!thresholds) throw new Error('no thresholds');
  return {
    summary: decoded(parseStatsSummary(bodyText(`summary-${version}`))),
    pods: decoded(parsePods(bodyText('pods'))),
    thresholds,
  };
}

/** Returns the pods of a file. `pods-states` was not recorded, but written by hand with all fields that the program reads. */
export function podListOf(name: 'pods' | 'pods-states' | 'runningpods'): readonly KubeletPod[] {
  return decoded(parsePodList(bodyText(name)));
}

function configurationOf(version: (typeof recordedVersions)[number]): KubeletConfiguration {
  return decoded(parseConfigz(bodyText(`configz-${version}`)));
}

export function summaryOf(body: string): StatsSummary {
  return decoded(parseStatsSummary(body));
}

export function reported(row: object): object {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
}

export function decoded<T>(checked: Checked<T>): T {
  if (!checked.decoded) throw new Error(checked.problem);
  return checked.decoded.value;
}
