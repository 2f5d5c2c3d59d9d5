import { existsSync, readFileSync } from 'node:fs';
import { run } from '../../scripts/tools/shell.ts';
import type { Task } from '../../scripts/tools/task.ts';
import { listMade, recordMade } from './journal.ts';

const bridge = 'kubeletaccess0';

/** Address of this machine in the network of the nodes, where the API server listens. */
export const bridgeAddress = '10.113.0.1';

const callerAddress = '10.113.0.9';
const callerNamespace = 'kubeletaccess-caller';
export const callerNamespacePath = `/run/netns/${callerNamespace}`;

/** @param number 1 for node-1 */
export function nodeAddress(number: number): string {
  return `10.113.0.${10 + number}`;
}

export function podNetwork(number: number): string {
  return `10.114.${number}.0/24`;
}

export function namespacePath(number: number): string {
  return `/run/netns/${namespaceName(number)}`;
}

export async function createNetwork(directory: string, nodes: number, task: Task): Promise<void> {
  const ip: Ip = (words) => run('ip', words.split(' '), { signal: task.signal });
  if (isLink(bridge)) {
    throw new Error(
      `the network bridge ${bridge} of another cluster exists: take that down, or say "ip link delete ${bridge}"`,
    );
  }
  recordMade(directory, 'link', bridge);
  await ip(`link add ${bridge} type bridge`);
  await ip(`address add ${bridgeAddress}/24 dev ${bridge}`);
  await ip(`link set ${bridge} up`);
  for (let number = 1; number <= nodes; number += 1)
    await addNamespace(directory, namespaceName(number), `kla-v${number}`, nodeAddress(number), ip);
  await routePods(nodes, ip);
}

type Ip = (words: string) => Promise<string>;

async function addNamespace(
  directory: string,
  namespace: string,
  link: string,
  address: string,
  ip: Ip,
): Promise<void> {
  if (existsSync(`/run/netns/${namespace}`)) {
    throw new Error(
      `the network namespace ${namespace} of another cluster exists: say "ip netns delete ${namespace}"`,
    );
  }
  recordMade(directory, 'netns', namespace);
  await ip(`netns add ${namespace}`);
  recordMade(directory, 'link', link);
  await ip(`link add ${link} type veth peer name eth0 netns ${namespace}`);
  await ip(`link set ${link} master ${bridge} up`);
  await ip(`-n ${namespace} address add ${address}/24 dev eth0`);
  await ip(`-n ${namespace} link set eth0 up`);
  await ip(`-n ${namespace} link set lo up`);
  await ip(`-n ${namespace} route add default via ${bridgeAddress}`);
}

/** Creates a network namespace from which callers reach only the API server. Nodes drop its packets, as a firewall would. */
export async function setCallerApart(directory: string, nodes: number, task: Task): Promise<void> {
  const ip: Ip = (words) => run('ip', words.split(' '), { signal: task.signal });
  await addNamespace(directory, callerNamespace, 'kla-caller', callerAddress, ip);
  for (let number = 1; number <= nodes; number += 1)
    await addFirewallRule(number, `-A INPUT -s ${callerAddress} -j DROP`);
}

/** Lets pods call the API server and all kubelets. */
async function routePods(nodes: number, ip: Ip): Promise<void> {
  const numbers = Array.from({ length: nodes }, (_, index) => index + 1);
  for (const number of numbers) {
    const route = `route add ${podNetwork(number)} via ${nodeAddress(number)}`;
    await ip(route);
    for (const other of numbers.filter((each) => each !== number))
      await ip(`-n ${namespaceName(other)} ${route}`);
  }
}

/** Removes the network, even if some of its parts do not exist. */
export async function removeNetwork(directory: string): Promise<void> {
  for (const name of listMade(directory, 'link')) {
    if (isLink(name)) {
      await run('ip', ['link', 'delete', name]);
    }
  }
  for (const name of listMade(directory, 'netns')) {
    if (existsSync(`/run/netns/${name}`)) {
      await run('ip', ['netns', 'delete', name]);
    }
  }
}

/** @param rule as for iptables: `-A INPUT -p tcp --dport 10250 -j DROP` */
export async function addFirewallRule(number: number, rule: string): Promise<void> {
  await run('ip', ['netns', 'exec', namespaceName(number), 'iptables', ...rule.split(' ')]);
}

export async function clearFirewall(number: number): Promise<void> {
  await addFirewallRule(number, '-F');
}

/** /sys would show the links of the network in which this process was started. */
function isLink(name: string): boolean {
  return readFileSync('/proc/net/dev', 'utf8')
    .split('\n')
    .some((line) => line.trimStart().startsWith(`${name}:`));
}

function namespaceName(number: number): string {
  return `kubeletaccess-${number}`;
}
