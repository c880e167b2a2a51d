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
  "GLIBC_TUNABLES",
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

/**
 * Large pages for large arrays, where the system gives them to who asks: a step of 100 MB takes a quarter less than with pages
 * of 4 KB, each of which is fetched and cleared by itself. Other libraries than glibc do not look at it.
 */
const MEMORY = { GLIBC_TUNABLES: "glibc.malloc.hugetlb=1" };

/** The environment of a process that runs models. */
export function childEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const passed = Object.fromEntries(
    Object.entries(environment).filter(([name]) => {
      const upper = name.toUpperCase();
      return NAMES.has(upper) || PREFIXES.some((prefix) => upper.startsWith(prefix));
    }),
  );
  return { ...MEMORY, ...passed };
}
