/** What native libraries and the system need. Everything else, keys of buckets above all, stays with the server. */
const NAMES = new Set([
  "NODE_COMPILE_CACHE",
  "PATH",
  "HOME",
  "TMPDIR",
  "TEMP",
  "TMP",
  "TZ",
  "LANG",
  "LD_LIBRARY_PATH",
  "LD_PRELOAD",
  "DYLD_LIBRARY_PATH",
  "XDG_RUNTIME_DIR",
  "XDG_CACHE_HOME",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  // without them no process starts on Windows
  "SYSTEMROOT",
  "WINDIR",
]);
const PREFIXES = ["LC_", "CUDA_", "CUDNN_", "NVIDIA_", "ORT_", "OMP_", "VK_", "MESA_"];

/** The environment of a process that runs models. */
export function childEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => {
      const upper = name.toUpperCase();
      return NAMES.has(upper) || PREFIXES.some((prefix) => upper.startsWith(prefix));
    }),
  );
}
