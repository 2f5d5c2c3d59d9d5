// The program of this platform, which npm has installed as an optional dependency.
const packageName = `kubectl-kubeletaccess-${process.platform}-${process.arch}`;
const file = `kubectl-kubeletaccess${process.platform === 'win32' ? '.exe' : ''}`;

/** Returns the path of the program; undefined if it is not installed. */
function findProgram() {
  try {
    return require.resolve(`${packageName}/${file}`);
  } catch {
    return undefined;
  }
}

module.exports = { findProgram, packageName };
