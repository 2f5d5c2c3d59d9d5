import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import type { Use } from './measure.ts';

interface Runner {
  readonly name: string;
  readonly args: readonly string[];
  /** `NAME=VALUE`, in addition to the common environment. */
  readonly env: readonly string[];
}

export type Turns = ReturnType<typeof openTurns>;

/** @param program bench/go/turns, compiled */
export function openTurns(program: string, env: NodeJS.ProcessEnv) {
  const child = spawn(program, { env });
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    /** Runs all commands in turn, `turns` times; fails if one of them fails. */
    run: async (runners: readonly Runner[], turns: number) => {
      child.stdin.write(JSON.stringify({ turns, commands: runners }));
      const uses = new Map<string, Use[]>(runners.map(({ name }) => [name, []]));
      for (let count = 0; count < turns * runners.length; count += 1) {
        const line = await lines.next();
        if (line.done) throw new Error('a command failed');
        const { name, ...use } = JSON.parse(line.value) as Use & { readonly name: string };
        uses.get(name)?.push(use);
      }
      return uses;
    },
    end: () => child.stdin.end(),
  };
}

/** The load of the machine in the last minute, including our own processes. */
export function lookAtMachine() {
  return { load: Math.round((loadavg()[0] ?? 0) * 100) / 100, stolenMs: stolenMs() };
}

/** CPU time in ms that other machines took since the start of the machine; 0 if unknown. */
function stolenMs(): number {
  try {
    const [, , , , , , , , stolen] = readFileSync('/proc/stat', 'utf8').split(/\s+/, 9);
    return Number(stolen) * 10;
  } catch {
    return 0;
  }
}
