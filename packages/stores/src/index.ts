export { type FileStoreOptions, fileStore } from "./byte-store/file.ts";
export { memoryStore } from "./byte-store/memory.ts";
export { OpenFiles, type OpenFilesOptions } from "./byte-store/open-files.ts";
export * from "./byte-store.ts";
export { type FileAccessOptions, openFileAccess } from "./random-access/file-access.ts";
export { type PagedOptions, paged } from "./random-access/paged.ts";
export { storeAccess } from "./random-access/store-access.ts";
export * from "./random-access.ts";
export { assertStoreKey, isStoreKey } from "./store-key.ts";
