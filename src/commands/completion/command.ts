import { Command, Option } from 'clipanion';
import { completing, declare } from '../../cli/option.ts';
import { parseOneOf } from '../../cli/parse-options.ts';
import type { Context } from '../../context.ts';
import { exitCodes, Failure, UsageFailure } from '../../errors.ts';
import { onWindows } from '../../kube/credential-plugin/look-path.ts';
import { krewFolder, pathFolders, userFolder } from '../../kube/credential-plugin/path-folders.ts';
import type { Environment } from '../../kube/environment.ts';
import {
  isWritten,
  type OwnFile,
  removeOwnFile,
  stateOf,
  writeOwnFile,
} from '../../kube/files/installed-file.ts';
import { folderOf, inFolder } from '../../kube/files/read-file.ts';
import { command, shellWord } from '../../text/command.ts';
import { loadingShells, scriptFile, scripts, shells } from './scripts.ts';
import { ownershipMark, type System, shims } from './shim.ts';

const actions = [...shells, 'install', 'uninstall'] as const;

export class CompletionCommand extends Command<Context> {
  static override paths = [['completion']];
  static override usage = Command.Usage({
    details:
      "Complete commands, options, nodes, pods and other names on the command line.\n\ninstall writes kubectl_complete-kubeletaccess, which kubectl (1.26 or later) runs for each completion of kubectl kubeletaccess, to a folder of PATH: the one with the plugin, the one where krew links plugins, or ~/.local/bin. On Windows it writes a .cmd file. kubectl's own completion must be loaded.\n\nuninstall removes it. Files that this plugin did not write are never replaced or removed.\n\nbash, zsh, fish and powershell print a completion script for running kubectl-kubeletaccess directly, without kubectl.",
    examples: [
      ['Complete kubectl kubeletaccess', 'kubectl kubeletaccess completion install'],
      [
        'Complete kubectl-kubeletaccess in the current bash session, too',
        'source <(kubectl kubeletaccess completion bash)',
      ],
      [
        'Enable completion of both in all fish sessions',
        'kubectl kubeletaccess completion install --dir ~/.local/bin --shell fish',
      ],
      ['Remove what install has written', 'kubectl kubeletaccess completion uninstall'],
    ],
  });

  action = completing(actions, Option.String({ required: false, name: actions.join('|') }));
  dir = declare.selection.text(
    '--dir',
    'Folder to install kubectl_complete-kubeletaccess in. Must be in PATH.',
    { completes: 'folder' },
  );
  shell = declare.selection.text(
    '--shell',
    `With install, also write the script that this shell loads: ${loadingShells.join(', ')}.`,
    { completes: loadingShells },
  );
  dryRun = declare.behavior.flag('--dry-run', 'Print what would change, and change nothing.');

  override async execute(): Promise<number> {
    if (this.action === undefined)
      throw new UsageFailure(`missing argument: must be one of ${actions.join(', ')}`, {
        hints: ['kubectl kubeletaccess completion install'],
      });
    const action = parseOneOf('argument', this.action, actions);
    if (action === 'install') this.install();
    else if (this.shell !== '') throw new UsageFailure('--shell requires install');
    else if (action === 'uninstall') this.uninstall();
    else if (this.dir !== '' || this.dryRun)
      throw new UsageFailure(
        `${this.dir === '' ? '--dry-run' : '--dir'} requires install or uninstall`,
      );
    else this.context.stdout.write(scripts[action]);
    return exitCodes.ok;
  }

  private install(): void {
    const { context, dir, shell } = this;
    const script =
      shell === '' ? [] : [findScript(parseOneOf('--shell', shell, loadingShells), context.env)];
    const folder = findShimFolder(dir, context);
    const shims = shimsIn(folder).filter((file) => !isServed(file));
    const files = [...shims, ...script];
    // All files are checked before the first is written, so that a file of another program stops the whole installation.
    for (const file of files) checkOwn(file);
    for (const file of files) {
      const state = stateOf(file) === 'absent' ? 'created' : 'configured';
      const isDone = isWritten(file);
      if (!isDone && !this.dryRun) writeOwnFile(file);
      this.report(file, isDone ? 'unchanged' : state);
    }
    const note = (text: string) => context.stderr.write(`note: ${text}\n`);
    if (!pathFolders(context.env).includes(folder)) note(pathNote(folder, thisSystem));
    for (const { path } of script)
      if (shell === 'zsh')
        note(`zsh loads it only if ~/.zshrc has, before compinit: fpath+=(${folderOf(path)})`);
  }

  private uninstall(): void {
    const { context, dir } = this;
    const shims = findShims(dir, context).filter((file) => !isServed(file));
    const places = [...shims, ...(dir === '' ? findScripts(context.env) : [])];
    const found = places.filter((file) => stateOf(file) !== 'absent');
    for (const file of found) {
      if (stateOf(file) === 'foreign') {
        context.stderr.write(`note: ${file.path} is left: install has not written it\n`);
        continue;
      }
      if (!this.dryRun) removeOwnFile(file);
      this.report(file, 'deleted');
    }
    if (found.length === 0) context.stderr.write('note: no completion is installed\n');
  }

  private report({ path }: OwnFile, change: string): void {
    const suffix = this.dryRun && change !== 'unchanged' ? ' (dry run)' : '';
    this.context.stdout.write(`${path} ${change}${suffix}\n`);
  }
}

/** Whether another program, such as npm, has already installed a file with the name that kubectl looks for. */
function isServed(file: ShimFile): boolean {
  return file.isNameOnly && stateOf(file) === 'foreign';
}

function checkOwn(file: OwnFile): void {
  if (stateOf(file) === 'foreign')
    throw new Failure(`${file.path} exists, and install has not written it`, {
      hints: ['use another folder: --dir'],
    });
}

/**
 * Returns a note with the command that adds the folder to PATH. On Windows it is a PowerShell command, because kubectl has no completion
 * for cmd.exe.
 */
export function pathNote(folder: string, system: System): string {
  const command =
    system === 'windows'
      ? `$env:PATH += ';${folder.replaceAll("'", "''")}'`
      : `export PATH="$PATH":${shellWord(folder)}`;
  return `kubectl finds it only if PATH has its folder: ${command}`;
}

type LoadingShell = (typeof loadingShells)[number];

const thisSystem: System = onWindows ? 'windows' : 'unix';

interface ShimFile extends OwnFile {
  readonly isNameOnly: boolean;
}

function findShimFolder(dir: string, { env, cwd }: Context): string {
  const folder = dir === '' ? userFolder('kubectl-kubeletaccess', env) : inFolder(cwd, dir);
  if (folder === undefined)
    throw new UsageFailure('no folder of PATH can be written: use --dir', {
      hints: ['kubectl kubeletaccess completion install --dir ~/.local/bin'],
    });
  return folder;
}

function findShims(dir: string, { env, cwd }: Context): readonly ShimFile[] {
  const folders =
    dir === '' ? [...pathFolders(env), krewFolder(env) ?? []].flat() : [inFolder(cwd, dir)];
  return [...new Set(folders)].flatMap((folder) => shimsIn(folder));
}

export function shimsIn(folder: string, system: System = thisSystem): readonly ShimFile[] {
  return shims[system].map(({ name, text, isNameOnly = false }) => {
    const path = `${folder}${system === 'windows' ? '\\' : '/'}${name}`;
    return { path, text, mark: ownershipMark, isExecutable: true, isNameOnly };
  });
}

function findScript(shell: LoadingShell, env: Environment): OwnFile {
  const path = scriptPath(shell, env);
  if (path === undefined)
    throw new UsageFailure('--shell requires a home folder: HOME is not set', {
      hints: [command`kubectl kubeletaccess completion ${shell}`],
    });
  return { path, text: scriptFile(shell), mark: ownershipMark, isExecutable: false };
}

function findScripts(env: Environment): readonly OwnFile[] {
  return env['HOME'] ? loadingShells.map((shell) => findScript(shell, env)) : [];
}

function scriptPath(shell: LoadingShell, env: Environment): string | undefined {
  const { HOME: home, XDG_DATA_HOME: xdgData, XDG_CONFIG_HOME: xdgConfig } = env;
  if (!home) return undefined;
  const data = xdgData || `${home}/.local/share`;
  const config = xdgConfig || `${home}/.config`;
  return {
    bash: `${data}/bash-completion/completions/kubectl-kubeletaccess`,
    zsh: `${data}/zsh/site-functions/_kubectl-kubeletaccess`,
    fish: `${config}/fish/completions/kubectl-kubeletaccess.fish`,
  }[shell];
}
