import * as assert from 'uvu/assert';
import type { Result } from '../kit/tool.ts';
import { type Gate, type Held, startGate } from './gate.ts';
import { textOf } from './rbac.ts';
import type { World } from './world.ts';

/** Runs the program until it sends a write, and kills it before the API server receives the write. */
export async function killedAt(
  world: World,
  args: readonly string[],
  method: string,
  collection: string,
): Promise<void> {
  await throughGate(world, async (gate) => {
    const held = gate.hold(method, collection);
    const running = world.startProcess(args, gate.kubeconfig);
    const first = await Promise.race([held, running.result]);
    if ('code' in first) throw new Error(`it did not come to that: ${textOf(first)}`);
    running.kill();
    assert.is((await running.result).code, 128);
  });
}

/** Runs the program and calls `decide` with one of its writes; all other requests pass. */
export async function atWrite(
  world: World,
  args: readonly string[],
  method: string,
  collection: string,
  decide: (held: Held, gate: Gate) => unknown,
): Promise<Result> {
  return throughGate(world, async (gate) => {
    const held = gate.hold(method, collection);
    const running = world.start(args, gate.kubeconfig);
    const first = await Promise.race([held, running.result]);
    if ('code' in first) throw new Error(`it did not come to that: ${textOf(first)}`);
    await decide(first, gate);
    return running.result;
  });
}

async function throughGate<T>(world: World, use: (gate: Gate) => Promise<T>): Promise<T> {
  const gate = await startGate(world);
  try {
    return await use(gate);
  } finally {
    await gate.stop();
  }
}
