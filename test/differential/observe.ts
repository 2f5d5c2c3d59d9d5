import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hangLimits } from '../kit/hang-limits.ts';
import { withFiles } from '../kit/temporary.ts';
import { type Result as Ended, runProcess, runTool } from '../kit/tool.ts';
import { type Case, usesDefaultServer } from './case.ts';
import { mounted } from './mounts.ts';
import { fillIn, normalise, type Placeholders } from './placeholders.ts';
import { readRuns } from './plugin.ts';
import type { Program } from './programs.ts';
import { type Observation, Recording } from './recording.ts';
import { startServers, type World } from './world.ts';

const caseTimeoutMs = hangLimits.process;
/** The exit code that `runProcess` returns if a signal killed the program. */
const endedBySignal = 128;

export interface Result {
  /** Requests of a program that servers, proxies and plugins observed. */
  readonly observation: Observation;
  readonly stderr: string;
}

export async function observe(program: Program, testCase: Case, world: World): Promise<Result> {
  // Only one case at a time can listen on the default port.
  if (usesDefaultServer(testCase)) return alone(world, () => observed(program, testCase, world));
  return observed(program, testCase, world);
}

async function alone<T>(world: World, action: () => Promise<T>): Promise<T> {
  const before = world.defaultPort.busy;
  const result = before.then(action);
  world.defaultPort.busy = result.then(
    () => undefined,
    () => undefined,
  );
  return result;
}

function observed(program: Program, testCase: Case, world: World): Promise<Result> {
  return withFiles({}, async (dir) => {
    const recording = new Recording();
    const servers = await startServers(testCase, world, recording);
    try {
      const values = { ...world.placeholders, ...servers.placeholders, dir };
      writeCaseFiles(dir, testCase, values);
      const { code, stderr } = await runCase(program, testCase, dir, values);
      if (code === endedBySignal)
        throw new Error(
          `${program.path ?? 'it'} did not end by itself within ${caseTimeoutMs / 1000} s`,
        );
      const plugins = readRuns(join(dir, 'runs'));
      const { requests, proxies } = recording;
      const observation: Observation = {
        outcome: code === 0 ? 'ok' : 'refused',
        ...(requests.length > 0 ? { requests } : {}),
        ...(proxies.length > 0 ? { proxies } : {}),
        ...(plugins.length > 0 ? { plugins } : {}),
      };
      return normalise({ observation, stderr }, values);
    } finally {
      await servers.stop();
    }
  });
}

function runCase(
  program: Program,
  testCase: Case,
  dir: string,
  values: Placeholders,
): Promise<Ended> {
  const args = [...program.args, ...(testCase.args ?? []).map((arg) => fillIn(arg, values))];
  const own = Object.entries(testCase.env ?? {}).map(([name, text]) => [
    name,
    fillIn(text, values),
  ]);
  const cwd = join(dir, testCase.cwd ?? '.');
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: join(dir, 'home'),
    ...(testCase.files?.['config'] === undefined ? {} : { KUBECONFIG: join(dir, 'config') }),
    ...(Object.fromEntries(own) as Record<string, string>),
  };
  if (program.path === undefined)
    return runTool(args, { env, cwd, signal: AbortSignal.timeout(caseTimeoutMs) });
  const [command, all] = mounted(testCase.mount, dir, program.path, args);
  return runProcess(command, all, { cwd, stdin: null, timeoutMs: caseTimeoutMs, env });
}

function writeCaseFiles(dir: string, testCase: Case, values: Placeholders): void {
  mkdirSync(join(dir, 'home'));
  if (testCase.cwd !== undefined) mkdirSync(join(dir, testCase.cwd), { recursive: true });
  for (const [name, file] of Object.entries(testCase.files ?? {})) {
    const path = join(dir, name);
    const { text, encoding } =
      typeof file === 'string' ? { text: file, encoding: 'utf8' as const } : file;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, Buffer.from(fillIn(text, values), encoding));
    if (text.startsWith('#!')) chmodSync(path, 0o755);
  }
  for (const [name, target] of Object.entries(testCase.links ?? {}))
    symlinkSync(target, join(dir, name));
}
