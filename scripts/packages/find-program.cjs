// The program of this platform, which npm has installed as an optional dependency.
const packageName = `kubectl-kubeletaccess-${process.platform}-${process.arch}`;
const file = `kubectl-kubeletaccess${process.platform === 'win32' ? '.exe' : ''}`;

/** Gives its path, or undefined. */
function findProgram() {
  try {
    return require.resolve(`${packageName}/${file}`);
  } catch {
    return undefined;
  }
}

module.exports = { findProgram, packageName };
