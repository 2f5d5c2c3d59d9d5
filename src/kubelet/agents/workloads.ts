import type { Known } from '../../known.ts';
import type { RbacSubject, Workload } from '../../objects.ts';

export interface RunningWorkload {
  readonly containers: readonly Program[];
  readonly labels: Readonly<Record<string, string>>;
  readonly configuration?: Configuration;
}

export interface Configuration {
  /** Texts of ConfigMaps and of objects that Prometheus Operator reads. */
  readonly texts: readonly string[];
  /** Whether all objects of Prometheus Operator were read, and none of them refers to a Secret with jobs. */
  readonly isWhole: boolean;
}

interface Program {
  readonly image: string;
  readonly args: readonly string[];
  readonly variables: Variables;
}

/** Environment variables by name. If the manifest lacks a value, `unknown` is its source, such as `status.hostIP`. */
export type Variables = ReadonlyMap<string, Known<string>>;

/** Containers, labels and service account of a workload. The namespace is undefined in most rendered charts. */
export interface WorkloadTemplate extends RunningWorkload {
  readonly serviceAccount: string;
  readonly namespace: string | undefined;
}

export function templateOf({ metadata, spec = {} }: Workload): WorkloadTemplate {
  const template = spec.template ?? spec.jobTemplate?.spec?.template;
  const pod = template?.spec ?? spec;
  const { containers = [], initContainers = [] } = pod;
  return {
    serviceAccount: pod.serviceAccountName ?? pod.serviceAccount ?? 'default',
    namespace: metadata.namespace,
    containers: [...containers, ...initContainers].map(
      ({ image = '', command = [], args = [], env = [] }) => ({
        image,
        args: [...command, ...args],
        variables: new Map(env.map((each) => [each.name, variableOf(each)])),
      }),
    ),
    labels: { ...metadata.labels, ...template?.metadata?.labels },
  };
}

type Spec = NonNullable<Workload['spec']>;
type Variable = NonNullable<NonNullable<Spec['containers']>[number]['env']>[number];

/**
 * Returns the value of a variable. If the value refers to another variable, it is unknown, because references are resolved only in
 * the container.
 */
function variableOf({ value = '', valueFrom }: Variable): Known<string> {
  if (valueFrom) return { unknown: valueFrom.fieldRef?.fieldPath ?? 'a Secret or ConfigMap' };
  return value.includes('$(') ? { unknown: value } : { found: value };
}

export function runningOf(
  templates: readonly WorkloadTemplate[],
  { name, namespace }: RbacSubject,
): readonly RunningWorkload[] {
  return templates.filter(
    (each) =>
      each.serviceAccount === name &&
      (each.namespace === undefined || !namespace || each.namespace === namespace),
  );
}
