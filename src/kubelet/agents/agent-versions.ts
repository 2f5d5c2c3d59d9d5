import type { Agent, AgentCall } from './agent.ts';
import type { Configuration } from './workloads.ts';

/**
 * Returns the agent with only the calls that it makes, according to the versions of its images and the configuration in its
 * namespace.
 */
export function asRunning(
  agent: Agent,
  images: readonly string[],
  configuration: Configuration | undefined,
): Agent {
  if (!agent.calls?.some(({ before, configured }) => before !== undefined || configured))
    return agent;
  const versions = images.flatMap((image) => (isImageOf(image, agent) ? versionOf(image) : []));
  const calls = agent.calls.flatMap((call) => callOf(call, versions, configuration));
  return { ...agent, calls };
}

function callOf(
  call: AgentCall,
  versions: readonly (Version | undefined)[],
  { texts, isWhole }: Configuration = { texts: [], isWhole: false },
): readonly AgentCall[] {
  const { before, configured, when: _, ...always } = call;
  if (configured && texts.some((text) => configured.test(text))) return [always];
  if (call.operated && isWhole) return [];
  const end = /^\d+(?:\.\d+)+$/.test(before ?? '') ? numbersOf(before ?? '') : undefined;
  if (!end || versions.length === 0 || versions.includes(undefined)) return [call];
  return versions.some((version) => version && isOlder(version, end)) ? [always] : [];
}

/** Returns the image repository without tag and digest; an image without owner is in `library/`. */
function repositoryOf(image: string): string {
  const repository = image.split('@', 1)[0]?.replace(/:[^/:]*$/, '') ?? '';
  return repository.includes('/') ? repository : `library/${repository}`;
}

/** Image names that many projects use. */
const common = /^(?:agent|operator|collector|controller|node-agent|exporter|server|proxy)$/;

/**
 * Whether an image is one of the agent's images. The owner in the image's path may differ, unless many projects use the image name.
 */
export function isImageOf(image: string, { identifiers }: Agent): boolean {
  const name = baseNameOf(image);
  return identifiers.images.some(
    (repository) =>
      isFrom(image, repository) || (baseNameOf(repository) === name && !common.test(name)),
  );
}

/** Whether an image is from the repository or a mirror of it: `registry.example/mirror/x/y:v0.8.1@sha256:…` matches `x/y`. */
export function isFrom(image: string, repository: string): boolean {
  return `/${repositoryOf(image)}`.endsWith(`/${repository}`);
}

export function baseNameOf(image: string): string {
  return repositoryOf(image).split('/').at(-1) ?? '';
}

type Version = readonly number[];

/** Parses the version in an image's tag, such as `v0.6.1-eks`; undefined if the tag has no version. */
function versionOf(image: string): readonly (Version | undefined)[] {
  const tag = /:v?(\d+(?:\.\d+)+)[^/:]*$/.exec(image.split('@', 1)[0] ?? '')?.[1];
  const numbers = tag === undefined ? undefined : numbersOf(tag);
  // If the first number is 1000 or more, it is a year: the tag is the date on which the image was rebuilt, not a version.
  return [numbers?.[0] !== undefined && numbers[0] < 1000 ? numbers : undefined];
}

function numbersOf(version: string): Version {
  return version.split('.').map(Number);
}

function isOlder(version: Version, other: Version): boolean {
  for (const [index, number] of other.entries()) {
    const own = version[index] ?? 0;
    if (own !== number) return own < number;
  }
  return false;
}
