import type { Invocation } from '../../cli/connection.ts';
import type { Profile } from '../../kubelet/pprof.ts';
import { formatDuration } from '../../text/duration.ts';
import { takeProfile } from './gather-body.ts';
import type { OpenedOutput } from './print-fleet.ts';
import { renderSaved, type SavedProfile } from './profile-files.ts';

/** A profile is for go tool pprof: on a terminal it is saved in the current folder, with the command that opens it. */
export function openProfile(profile: Profile, { context }: Invocation): OpenedOutput {
  const { stderr, cwd } = context;
  const saved: SavedProfile[] = [];
  const takeBody = takeProfile(cwd, profile, new Date(), (each) => saved.push(each));
  return {
    takeBody,
    printer: {
      print: async () => {},
      end: async () => {
        stderr.write(renderSaved(profile, saved));
      },
    },
    begin: async () => {
      if (profile.ms > 0)
        stderr.write(
          `note: kubelets measure for ${formatDuration(profile.ms)} before they answer\n`,
        );
    },
  };
}
